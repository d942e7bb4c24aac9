"""Who sits at the computer of a connection: the person to whom its set-up was sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from dray.connections import opening
from dray.connections.models import Connection, Install
from dray.installation import Dray
from dray.onboarding.models import Setup
from dray_sdk import DialsIn
from dray_tenants.scope import Scoped

__all__ = ["Contact", "contact_of", "support_page"]


@dataclass(frozen=True, slots=True)
class Contact:
    """An address, and the way in of their computer."""

    email: str
    connector: str
    install: Install


def contact_of(session: Scoped, public_id: str) -> Contact | None:
    """To whom the newest set-up of the connection was sent; None where it was sent to nobody."""
    connection = session.scalar(select(Connection).where(Connection.public_id == public_id))
    if connection is None:
        return None
    email = session.scalar(
        select(Setup.email)
        .where(Setup.tenant_id == connection.tenant_id, Setup.connection_id == connection.id)
        .order_by(Setup.id.desc())
        .limit(1)
    )
    if not email:
        return None
    return Contact(email, connection.connector, opening.install_of(session, connection))


def support_page(parts: Dray, contact: Contact) -> str:
    """The page that helps at that computer without a login."""
    connector: object = parts.registry.get(contact.connector)
    if not isinstance(connector, DialsIn):
        return parts.settings.public_url
    return f"{opening.endpoint(connector, contact.install, parts.settings.public_url)}/support"
