"""A company asks to be deleted, and takes it back as long as it can.

From the asking on nothing more leaves for its books: a brake is on, the doors of its computers are closed and say why,
its logins are given back. People go on reading and exporting. Undone, the doors open again; logins that were given back
have to be given again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, update

from dray.connections import brakes
from dray.connections.brakes import Reach, Scope
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.connections.oauth import leaving as logins
from dray.installation import Dray
from dray.leaving.models import Departure
from dray.mail import texts
from dray.mail.outbox import post
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.roles import Right, Role, allows
from dray_tenants.scope import Scoped

GRACE: Final = dt.timedelta(days=30)
"""How long it can be undone. A backup that is not older knows of it too, and is deleted again after a restore."""
LEAVES: Final = "the company leaves"
"""Why its brake is on."""
LEFT: Final = "left"
"""`Install.retired_for` of a company that leaves."""
_QUIET: Final = {"synchronize_session": False}


class LeavingAlready(Exception):
    """Somebody asked already; the message is a sentence."""


class TooLate(Exception):
    """There is nothing to be undone any more; the message is a sentence."""


def of(session: Scoped) -> Departure | None:
    """The departure of the tenant in scope that was not undone."""
    return session.scalar(select(Departure).where(Departure.undone_at.is_(None)))


def ask(session: Scoped, parts: Dray, tenant: Tenant, *, actor: str) -> tuple[Departure, Sequence[int]]:
    """Ask for the deletion of the tenant in scope (right `delete_tenant`), in the caller's transaction.

    The second value: consents that are to be revoked with `revoking.revoke_now` after the commit. Every owner gets a
    letter. Raises LeavingAlready.
    """
    at = parts.clock()
    session.execute(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update())
    if of(session) is not None:
        raise LeavingAlready(f"Somebody asked to delete {tenant.name} already. Nothing was changed.")
    row = Departure(public_id=new_public_id("dep"), asked_at=at, asked_by=actor, due_at=at + GRACE)
    session.add(row)
    brakes.pull(session, _reach(tenant), at=at, actor=actor, reason=LEAVES)
    consents = [
        each
        for connection in session.scalars(select(Connection).where(Connection.state != "removed")).all()
        if (each := logins.disconnect(session, connection, _title(parts, connection), at=at, actor=actor)) is not None
    ]
    session.execute(
        update(Install)
        .where(Install.tenant_id == tenant.id, Install.retired_at.is_(None))
        .values(retired_at=at, retired_for=LEFT),
        execution_options=_QUIET,
    )
    details = {"due": row.due_at.date().isoformat()}
    audit.record(session, actor=actor, action="leaving.asked", subject=tenant.public_id, now=at, details=details)
    letter = texts.leaving(
        parts.settings.product_name, tenant.name, actor, row.due_at, f"{parts.settings.public_url}/company/leaving"
    )
    for email in owners(session, tenant):
        post(session, parts.vault.keys, email, letter, now=at, tenant_id=tenant.id)
    session.flush()
    return row, consents


def undo(session: Scoped, parts: Dray, tenant: Tenant, *, actor: str) -> None:
    """Take it back, in the caller's transaction. Raises TooLate."""
    at = parts.clock()
    session.execute(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update())
    row = of(session)
    if row is None or row.closed_at is not None:
        raise TooLate("Nobody asks to delete this company. Nothing was changed.")
    row.undone_at, row.undone_by = at, actor
    session.flush()
    session.execute(
        update(Install)
        .where(Install.tenant_id == tenant.id, Install.retired_for == LEFT)
        .values(retired_at=None, retired_for=None),
        execution_options=_QUIET,
    )
    if _held_by_us(session, tenant):
        brakes.release(session, _reach(tenant), at=at, actor=actor)
    audit.record(session, actor=actor, action="leaving.undone", subject=tenant.public_id, now=at)


def owners(session: Scoped, tenant: Tenant) -> Sequence[str]:
    """The addresses of its owners."""
    statement = (
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant.id, Membership.role.in_(_MAY_DELETE))
        .order_by(User.email)
    )
    return session.scalars(statement).all()


def computers(session: Scoped, tenant: Tenant) -> Sequence[tuple[str, bool]]:
    """Each connection whose books call us, and whether its computer has heard that it is over since its door closed."""
    statement = (
        select(Connection.name, Install.retired_at, ConnectionStatus.last_contact_at)
        .join(Install, Install.connection_id == Connection.id)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Install.tenant_id == tenant.id, Install.retired_for == LEFT)
        .order_by(Connection.id)
    )
    rows = session.execute(statement).all()
    return [(name, bool(closed and last and last >= closed)) for name, closed, last in rows]


_MAY_DELETE: Final = tuple(role for role in Role if allows(role, Right.DELETE_TENANT))


def _held_by_us(session: Scoped, tenant: Tenant) -> bool:
    """Whether its brake is the one that leaving pulled: another one is not ours to take off."""
    reach = _reach(tenant)
    return any(
        (row.scope, row.subject, row.reason) == (reach.scope, reach.subject, LEAVES) for row in brakes.pulled(session)
    )


def _title(parts: Dray, connection: Connection) -> str:
    connector = parts.registry.get(connection.connector)
    return connector.title if connector is not None else connection.connector


def _reach(tenant: Tenant) -> Reach:
    return Reach(Scope.TENANT, tenant.public_id)
