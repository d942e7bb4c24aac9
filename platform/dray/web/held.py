"""Which connections of a company the brake holds, or what is offered to it, as its pages say it. Writes nothing.

A company takes off only what its own people put on. A brake of whoever runs the installation is theirs: it may hold
invoices back from being doubled.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select

from dray.connections import brakes, offers
from dray.connections.brakes import Scope
from dray.connections.models import Brake, Connection, ConnectorOffer
from dray.registry import Registry
from dray_tenants.models import Membership, User
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Held:
    """Sending to this connection is stopped. `by` is empty where nobody of this company did it; then nobody of this
    company can take it back."""

    public_id: str
    name: str
    since: dt.datetime
    by: str


def on_company(session: Scoped, registry: Registry) -> tuple[Held, ...]:
    """The connections of the tenant in scope that a brake holds, or whose connector is not offered to it any more. One
    look at two small indexes while there is neither."""
    braked = select(Brake.id).where(Brake.released_at.is_(None)).exists()
    limited = select(ConnectorOffer.id).where(ConnectorOffer.tenant_id.is_(None)).exists()
    if not session.scalar(select(or_(braked, limited))):
        return ()
    rows = session.scalars(select(Connection).where(Connection.state != "removed").order_by(Connection.id))
    held = (on_connection(session, row, version_of(registry, row)) for row in rows)
    return tuple(each for each in held if each is not None)


def on_connection(session: Scoped, connection: Connection, version: str) -> Held | None:
    """Whether a brake, or what is offered, holds this connection; `version` is that of its connector."""
    covering = brakes.covering(session, connection, version)
    if not covering:
        since = offers.withheld_since(session, connection.connector)
        return None if since is None else Held(connection.public_id, connection.name, since, "")
    by = [_one_of_us(session, brake) for brake in covering]
    # As long as one of them is not ours, nobody here can let it go on.
    ours = by[0] if all(by) else ""
    return Held(connection.public_id, connection.name, covering[0].pulled_at, ours)


def version_of(registry: Registry, connection: Connection) -> str:
    """The version of the connection's connector; empty when it is not there."""
    connector = registry.get(connection.connector)
    return connector.version if connector is not None else ""


def _one_of_us(session: Scoped, brake: Brake) -> str:
    """Who pulled it, if they belong to the tenant in scope and it covers one connection alone."""
    if brake.scope != Scope.CONNECTION.value:
        return ""
    statement = (
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == session.require_tenant(), User.email == brake.pulled_by)
    )
    return session.scalar(statement) or ""
