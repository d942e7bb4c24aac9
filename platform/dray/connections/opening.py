"""Making a connection, and the ways in that belong to it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from dray.billing.models import BillingSettings
from dray.connections import offers
from dray.connections.models import Connection, ConnectionStatus, Install, IssuedFile
from dray_sdk import Connector, DialsIn, Invitation, InvitationFile
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

LONGEST_NAME = 60
MOST_ENDED = 5

OWNER_ID = "{0C4D5C0E-7A53-4C66-9E0E-3A2F2A4B7F5D}"
"""Names this application in every company file, for ever: the same for all customers, and never to be changed."""


class NameTaken(Exception):
    """The tenant has a connection of that name already."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an invitation needs to know of this installation."""

    public_url: str
    product: str
    help: tuple[str, ...] = ()


def open_connection(
    session: Scoped,
    connector: Connector,
    name: str,
    *,
    at: dt.datetime,
    actor: str,
    randomness: Callable[[int], bytes],
) -> Connection:
    """Make a connection in the tenant in scope; the first becomes the tenant's default. Where its books call us, its
    way in is made too, still without a password; where we call them, `oauth.confirming` makes it, once somebody signed
    in there. ValueError for an unusable name; NotOffered, which is one too, where the company may not use the
    connector; NameTaken where there is a connection of that name already."""
    name = usable_name(name)
    refuse_taken(session, name)
    offers.require(session, connector.name, connector.title)
    connection = Connection(
        public_id=new_public_id("con", randomness), connector=connector.name, name=name, created_at=at, created_by=actor
    )
    session.add(connection)
    session.flush()
    tenant_id = session.require_tenant()
    session.add(
        ConnectionStatus(connection_id=connection.id, tenant_id=tenant_id, connector=connector.name, due_at=at, lease=0)
    )
    if isinstance(connector, DialsIn):
        session.add(new_install(connection, tenant_id, at, randomness))
    _make_default(session, connection)
    audit.record(
        session, actor=actor, action="connection.opened", subject=connection.public_id, now=at, details={"name": name}
    )
    session.flush()
    return connection


def usable_name(name: str) -> str:
    """The name on one line. ValueError for an empty or a long one."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ValueError(f"Give the connection a name of at most {LONGEST_NAME} characters, such as “Main company”.")
    return name


def refuse_taken(session: Scoped, name: str) -> None:
    """Raises NameTaken where another connection of the tenant has the name."""
    if session.scalar(select(Connection.id).where(Connection.name == name)) is not None:
        raise NameTaken(f"There is a connection called “{name}” already. Choose another name.")


def install_of(session: Scoped, connection: Connection) -> Install:
    """The way in that is in use. LookupError for a connection that we dial ourselves."""
    install = session.scalar(
        select(Install)
        .where(
            Install.tenant_id == session.require_tenant(),
            Install.connection_id == connection.id,
            Install.retired_at.is_(None),
        )
        .order_by(Install.id.desc())
        .limit(1)
    )
    if install is None:
        raise LookupError(f"{connection.name} has no way in")
    return install


def invitation(
    session: Scoped,
    connection: Connection,
    connector: Connector,
    address: Address,
    *,
    at: dt.datetime,
    actor: str,
    issued_to: str = "",
) -> InvitationFile:
    """The file that makes the customer's computer call us; the same identity every time. No password is in it. It is
    noted in the register of files, with `issued_to`: the address of whom it is for."""
    if not isinstance(connector, DialsIn):
        raise LookupError(f"{connector.title} is connected from here; there is no file to install")  # noqa: TRY004
    install = install_of(session, connection)
    file = connector.invite(
        Invitation(
            install=install.public_id,
            product=address.product,
            description=connection.name,
            endpoint=endpoint(connector, install, address.public_url),
            support_url=f"{endpoint(connector, install, address.public_url)}/support",
            user_name=install.user_name,
            owner_id=OWNER_ID,
            file_id=install.file_id,
            help=address.help,
        )
    )
    if install.invited_at is None:
        install.invited_at = at
    session.add(
        IssuedFile(
            install_id=install.id,
            connection_id=connection.id,
            file=file.name,
            public_url=address.public_url,
            at=at,
            issued_by=actor,
            issued_to=issued_to,
        )
    )
    audit.record(
        session,
        actor=actor,
        action="connection.invited",
        subject=connection.public_id,
        now=at,
        details={"file": file.name},
    )
    return file


def at_former_addresses(session: Scoped, public_url: str, *, since: dt.datetime) -> dict[str, int]:
    """Former public address → how many ways in that called after `since` call it, as far as the register of files
    tells. The session sees every tenant."""
    newest = select(func.max(IssuedFile.id)).group_by(IssuedFile.tenant_id, IssuedFile.install_id)
    rows = session.execute(
        select(IssuedFile.public_url, func.count())
        .join(Install, (Install.tenant_id == IssuedFile.tenant_id) & (Install.id == IssuedFile.install_id))
        .join(
            ConnectionStatus,
            (ConnectionStatus.tenant_id == Install.tenant_id)
            & (ConnectionStatus.connection_id == Install.connection_id),
        )
        .where(
            IssuedFile.id.in_(newest),
            IssuedFile.public_url != public_url,
            Install.retired_at.is_(None),
            ConnectionStatus.last_contact_at > since,
        )
        .group_by(IssuedFile.public_url)
    )
    return dict(rows.all())


def endpoint(connector: DialsIn, install: Install, public_url: str) -> str:
    """The address that the other side calls."""
    return f"{public_url.rstrip('/')}/{connector.mount}/{install.public_id}"


def set_password(session: Scoped, connection: Connection, digest: str, *, at: dt.datetime, actor: str) -> None:
    """Put a new password's digest first. The one before it works until the new one has been seen."""
    install = install_of(session, connection)
    entry = {"digest": digest, "made_at": at.isoformat()}
    # Only the newest older one stays: three passwords that work at once are two too many.
    values = {
        "passwords": [entry, *install.passwords[:1]],
        "ended_passwords": ended(install.ended_passwords, install.passwords[1:]),
    }
    session.execute(update(Install).where(Install.id == install.id).values(values))
    session.refresh(install)
    audit.record(
        session, actor=actor, action="connection.password_made", subject=connection.public_id, now=at, details={}
    )


def ended(before: Sequence[dict[str, str]] | None, over: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The passwords that a way in remembers as ended, once `over` are too."""
    return [*over, *(before or ())][:MOST_ENDED]


def check_now(session: Scoped, connection: Connection, *, at: dt.datetime) -> None:
    """Open an exchange at the next call, whether or not anything waits."""
    session.execute(
        update(ConnectionStatus)
        .where(ConnectionStatus.tenant_id == session.require_tenant(), ConnectionStatus.connection_id == connection.id)
        .values(due_at=at)
    )


def new_install(connection: Connection, tenant_id: int, at: dt.datetime, randomness: Callable[[int], bytes]) -> Install:
    """A way in with an identity of its own, and no password yet; not added to the session."""
    return Install(
        public_id=new_public_id("in", randomness),
        tenant_id=tenant_id,
        connection_id=connection.id,
        connector=connection.connector,
        user_name=new_public_id("dray", randomness),
        passwords=[],
        file_id=_guid(randomness),
        created_at=at,
    )


def _make_default(session: Scoped, connection: Connection) -> None:
    settings = session.scalar(select(BillingSettings))
    if settings is None:
        settings = BillingSettings()
        session.add(settings)
    if settings.default_connection_id is None:
        settings.default_connection_id = connection.id


def _guid(randomness: Callable[[int], bytes]) -> str:
    return f"{{{str(uuid.UUID(bytes=randomness(16), version=4)).upper()}}}"
