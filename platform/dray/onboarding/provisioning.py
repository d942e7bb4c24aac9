"""Everything that a new installation needs, from a company and an address: connection, set-up, link, letter."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sqlalchemy import select

from dray.connections import opening
from dray.connections.models import Connection
from dray.installation import Dray
from dray.mail import texts
from dray.mail.outbox import post
from dray.onboarding import setups
from dray.onboarding.setups import Begun
from dray_sdk import Connector
from dray_tenants.companies import create_tenant, slug_of
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped
from dray_tenants.users import folded_email

__all__ = ["CannotProvision", "Provisioned", "company_named", "link_address", "mail_link", "provision"]


class CannotProvision(ValueError):
    """Something given cannot be used; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A connection that waits to be set up, and its link, shown now and never again."""

    tenant: Tenant
    connection: Connection
    begun: Begun
    address: str = field(repr=False)


def provision(
    session: Scoped, parts: Dray, company: str, email: str, connector: Connector, *, actor: str, name: str = ""
) -> Provisioned:
    """Make a connection for the company of that name or short name, which is made where there is none, and send its
    link to the address (empty: to nobody). In the caller's transaction, with no tenant in scope.

    `name`: what the connection is called; without one, what its accounting system is called. Raises CannotProvision.
    """
    at = parts.clock()
    try:
        recipient = folded_email(email) if email.strip() else None
        tenant = company_named(session, company) or _made(session, parts, company)
        with session.tenant(tenant.id):
            wanted = name.strip() or _free_name(session, connector.title)
            connection = opening.open_connection(
                session, connector, wanted, at=at, actor=actor, randomness=secrets.token_bytes
            )
            opening.install_of(session, connection)
            begun = setups.begin(session, connection, at=at, actor=actor, email=recipient)
            address = link_address(parts, begun)
            mail_link(session, parts, tenant, begun)
    except (ValueError, LookupError, opening.NameTaken) as refused:
        raise CannotProvision(str(refused)) from None
    return Provisioned(tenant, connection, begun, address)


def company_named(session: Scoped, text: str) -> Tenant | None:
    """The company of that name or short name, without regard to case."""
    wanted = " ".join(text.split())
    found = session.scalar(select(Tenant).where(Tenant.slug == wanted.casefold()))
    if found is not None or not wanted:
        return found
    return session.scalar(select(Tenant).where(Tenant.name == wanted).order_by(Tenant.id).limit(1))


def link_address(parts: Dray, begun: Begun) -> str:
    """The link as it is sent."""
    return f"{parts.settings.public_url}/connect/{begun.secret}"


def mail_link(session: Scoped, parts: Dray, tenant: Tenant, begun: Begun) -> bool:
    """Send the link to whom the set-up is for; False where that is nobody."""
    setup = begun.setup
    if setup.email is None:
        return False
    settings = parts.settings
    letter = texts.set_up_link(
        settings.product_name,
        tenant.name,
        link_address(parts, begun),
        " or ".join(each for each in (settings.support_phone, settings.support_email) if each),
    )
    post(
        session,
        parts.vault.keys,
        setup.email,
        letter,
        now=parts.clock(),
        tenant_id=tenant.id,
        useful_until=setup.link_expires_at,
    )
    return True


def _made(session: Scoped, parts: Dray, name: str) -> Tenant:
    slug = slug_of(name)
    for number in range(2, 100):
        if session.scalar(select(Tenant.id).where(Tenant.slug == slug)) is None:
            break
        slug = f"{slug_of(name)[:58]}-{number}"
    return create_tenant(session, parts.vault, name=" ".join(name.split()), now=parts.clock(), slug=slug)


def _free_name(session: Scoped, title: str) -> str:
    taken = set(session.scalars(select(Connection.name)))
    return next(name for name in (title, *(f"{title} {number}" for number in range(2, 10_000))) if name not in taken)
