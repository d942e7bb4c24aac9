"""The brake: stop handing out writes, everywhere or for a part, within one poll of whoever calls.

It is asked at every hand-out, in the transaction that would claim. Answers under way are still taken, doubts are still
settled and books still read; callers hear that there is nothing to do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from sqlalchemy import (
    ColumnElement,
    Exists,
    Table,
    Text,
    bindparam,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from dray.connections.models import Brake, Connection, ConnectionStatus
from dray_tenants import audit
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped


class Scope(StrEnum):
    """How far a brake reaches."""

    EVERYWHERE = "everywhere"
    CONNECTOR = "connector"
    VERSION = "version"
    TENANT = "tenant"
    CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a brake covers. `subject`: empty for everywhere, a connector's name, its name and version ("name 1.2"),
    a tenant's public id, a connection's public id."""

    scope: Scope
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.scope.value} {self.subject}".rstrip()


EVERYWHERE: Final = Reach(Scope.EVERYWHERE)


def of_connector(name: str, version: str | None = None) -> Reach:
    """One connector, or one version of it alone."""
    return Reach(Scope.VERSION, f"{name} {version}") if version else Reach(Scope.CONNECTOR, name)


def pull(session: Scoped, reach: Reach, *, at: dt.datetime, actor: str, reason: str | None = None) -> bool:
    """Put a brake on, in the caller's transaction; False where it is on already.

    What covers a tenant or a connection is audited there, when that tenant is in scope; every brake keeps its own
    record of who and when.
    """
    if _the_one(session, reach) is not None:
        return False
    session.add(Brake(scope=reach.scope.value, subject=reach.subject, pulled_at=at, pulled_by=actor, reason=reason))
    _audit(session, "brake.pulled", reach, at, actor, reason)
    session.flush()
    return True


def release(session: Scoped, reach: Reach, *, at: dt.datetime, actor: str) -> bool:
    """Take a brake off, in the caller's transaction; False where it is not on. What waited is due at once."""
    brake = _the_one(session, reach)
    if brake is None:
        return False
    brake.released_at, brake.released_by = at, actor
    _audit(session, "brake.released", reach, at, actor, None)
    session.flush()
    _wake(session, reach, at)
    return True


def pulled(session: Scoped) -> Sequence[Brake]:
    """Every brake that is on, the oldest first."""
    return session.scalars(select(Brake).where(Brake.released_at.is_(None)).order_by(Brake.id)).all()


def covering(session: Scoped, connection: Connection, version: str) -> Sequence[Brake]:
    """The brakes that hold this connection; `version` is that of its connector."""
    tenant = session.scalars(select(Tenant.public_id).where(Tenant.id == connection.tenant_id)).one()
    reaches = [
        EVERYWHERE,
        of_connector(connection.connector),
        of_connector(connection.connector, version),
        Reach(Scope.TENANT, tenant),
        Reach(Scope.CONNECTION, connection.public_id),
    ]
    return session.scalars(select(Brake).where(_on(reaches)).order_by(Brake.id)).all()


def subjects(connection: Connection, version: str) -> dict[str, str]:
    """The parameters of `HOLDS` for this connection."""
    return {
        "of_connector": connection.connector,
        "of_version": of_connector(connection.connector, version).subject,
        "of_connection": connection.public_id,
    }


def _any_that_holds() -> Exists:
    brake = cast(Table, Brake.__table__).c
    connection = cast(Table, Connection.__table__).c
    tenant = cast(Table, Tenant.__table__).c
    of_tenant = select(tenant.public_id).where(tenant.id == connection.tenant_id).correlate(Connection.__table__)
    by_scope: dict[Scope, ColumnElement[str]] = {
        Scope.EVERYWHERE: literal(""),
        Scope.CONNECTOR: bindparam("of_connector", type_=Text()),
        Scope.VERSION: bindparam("of_version", type_=Text()),
        Scope.TENANT: of_tenant.scalar_subquery(),
        Scope.CONNECTION: bindparam("of_connection", type_=Text()),
    }
    covered = or_(*((brake.scope == scope.value) & (brake.subject == subject) for scope, subject in by_scope.items()))
    holding = select(brake.id).where(brake.released_at.is_(None), covered)
    return holding.correlate(Connection.__table__).exists()


HOLDS: Final = _any_that_holds()
"""SQL: whether any brake holds a row of `connections`. For use in a SELECT of that table, with `subjects`; it looks at
a small index of the brakes that are on."""


def _on(reaches: Sequence[Reach]) -> ColumnElement[bool]:
    pairs = [(reach.scope.value, reach.subject) for reach in reaches]
    return Brake.released_at.is_(None) & tuple_(Brake.scope, Brake.subject).in_(pairs)


def _the_one(session: Scoped, reach: Reach) -> Brake | None:
    return session.scalar(select(Brake).where(_on([reach])).with_for_update())


def _audit(session: Scoped, action: str, reach: Reach, at: dt.datetime, actor: str, reason: str | None) -> None:
    if session.tenant_id is not None:
        told = {"reach": str(reach), **({"reason": reason} if reason else {})}
        audit.record(session, actor=actor, action=action, subject=str(reach), now=at, details=told)


def _wake(session: Scoped, reach: Reach, at: dt.datetime) -> None:
    """Callers who heard that there was nothing to do ask again at their next poll. Only a status row is touched, which
    is a directory's: it may belong to any tenant."""
    wake = update(ConnectionStatus).values(due_at=at)
    match reach.scope:
        case Scope.CONNECTOR | Scope.VERSION:
            wake = wake.where(ConnectionStatus.connector == reach.subject.partition(" ")[0])
        case Scope.TENANT:
            tenant = select(Tenant.id).where(Tenant.public_id == reach.subject).scalar_subquery()
            wake = wake.where(ConnectionStatus.tenant_id == tenant)
        case Scope.CONNECTION:
            with session.every_tenant("a brake names its connection by its id alone"):
                found = session.scalar(select(Connection.id).where(Connection.public_id == reach.subject))
            wake = wake.where(ConnectionStatus.connection_id == found)
        case Scope.EVERYWHERE:
            pass
    session.execute(wake, execution_options={"synchronize_session": False})
