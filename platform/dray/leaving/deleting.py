"""The end of a company that left: its key destroyed, its rows gone, what is kept kept.

Two steps, each of which may be interrupted and is gone on with. `close`: the data key is destroyed, so that what was
sealed under it can be opened by nobody any more, and nobody signs in to the company. `empty`: its rows are deleted some
at a time, as the owner of the tables, because accepted invoices are locked for everybody else.

What stays is the record of who did what, whose chain therefore still verifies, the row that the chain begins from, the
departure itself, and the closed doors of its computers, so that these are told. `forget` drops them after `KEPT_AFTER`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import structlog
from sqlalchemy import Connection, Engine, ForeignKey, Table, and_, delete, exists, select, text, update

from dray.billing import locks
from dray.billing.models import Customer
from dray.connections.models import Brake, ConnectionStatus, Install
from dray.installation import Dray
from dray.leaving.departing import owners
from dray.leaving.models import Departure
from dray.mail import texts
from dray.mail.outbox import post
from dray.webhooks.models import WebhookEndpoint
from dray_tenants import audit
from dray_tenants.database import Base, make_engine
from dray_tenants.models import ApiToken, AuditEntry, Membership, Secret, Tenant, User
from dray_tenants.row_security import act_as_owner
from dray_tenants.scope import ScopedSession

KEPT_AFTER: Final = dt.timedelta(days=3 * 365)
"""How long what is kept of a company is kept after its rows are gone."""
PIECE: Final = 1_000
_QUIET: Final = {"synchronize_session": False}
KEPT: Final = frozenset({"audit_entries", "departures", "installs", "connection_status"})
"""Tables whose rows of the company stay."""
_LOCKED: Final = frozenset({lock.table for lock in locks.LOCKS})
_log = structlog.get_logger(__name__)


def delete_due(parts: Dray) -> int:
    """Everything that is due: companies closed and emptied, old remains forgotten. How many rows went. Where this login
    does not own the tables, companies are closed and `dray tenant delete` empties them."""
    at = parts.clock()
    for tenant_id, departure_id in _due(parts, Departure.closed_at.is_(None), Departure.due_at <= at):
        close(parts, tenant_id, departure_id)
    waiting = _due(parts, Departure.closed_at.is_not(None), Departure.emptied_at.is_(None))
    old = _due(parts, Departure.emptied_at.is_not(None), Departure.emptied_at <= at - KEPT_AFTER)
    if not waiting and not old:
        return 0
    engine = make_engine(parts.settings.database_owner_url)
    try:
        if not owns(engine):
            _log.warning("companies that left wait to be emptied: run dray tenant delete", companies=len(waiting))
            return 0
        gone = sum(empty(engine, tenant_id, at=at) for tenant_id, _ in waiting)
        return gone + sum(forget(engine, tenant_id) for tenant_id, _ in old)
    finally:
        engine.dispose()


def overdue(parts: Dray) -> int:
    """How many companies are closed and wait for whoever owns the tables."""
    return len(_due(parts, Departure.closed_at.is_not(None), Departure.emptied_at.is_(None)))


def close(parts: Dray, tenant_id: int, departure_id: int) -> None:
    """Destroy the company's key, and let nobody in any more; in one transaction, with its audit entry."""
    at = parts.clock()
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        tenant = session.scalars(select(Tenant).where(Tenant.id == tenant_id).with_for_update()).one()
        row = session.scalars(select(Departure).where(Departure.id == departure_id)).one()
        if row.undone_at is not None or row.closed_at is not None:
            return
        letter = texts.deleted(parts.settings.product_name, tenant.name, f"{parts.settings.public_url}/help/leaving")
        for email in owners(session, tenant):
            post(session, parts.vault.keys, email, letter, now=at)
        tenant.data_key = None
        tenant.slug, tenant.name = f"deleted-{tenant.public_id[4:].lower().replace('_', '-')}", "Deleted company"
        session.execute(delete(Secret), execution_options=_QUIET)
        session.execute(
            update(WebhookEndpoint).where(WebhookEndpoint.deleted_at.is_(None)).values(deleted_at=at),
            execution_options=_QUIET,
        )
        members = select(Membership.user_id).where(Membership.tenant_id == tenant_id)
        row.people = list(session.scalars(members))
        for directory in (ApiToken, Membership):
            mine = cast(Any, directory).tenant_id == tenant_id
            session.execute(delete(directory).where(mine), execution_options=_QUIET)
        row.closed_at = at
        audit.record(session, actor="dray", action="leaving.finished", subject=tenant.public_id, now=at)
        session.commit()


def empty(engine: Engine, tenant_id: int, *, at: dt.datetime) -> int:
    """Delete the rows of a closed company, some in each transaction; how many. The engine is of the tables' owner."""
    gone = 0
    with _owner(engine) as connection:
        customers = cast(Table, Customer.__table__)
        connection.execute(update(customers).where(customers.c.tenant_id == tenant_id).values(parent_id=None))
    for table in _tables():
        while count := _delete_some(engine, table, tenant_id):
            gone += count
    with _owner(engine) as connection:
        _let_others_be(connection, tenant_id)
        row = cast(Table, Departure.__table__)
        finished = and_(row.c.tenant_id == tenant_id, row.c.closed_at.is_not(None), row.c.emptied_at.is_(None))
        connection.execute(update(row).where(finished).values(emptied_at=at, rows=gone, people=None))
    return gone


def forget(engine: Engine, tenant_id: int) -> int:
    """Delete what was kept of a company that is long gone; how many rows."""
    gone = 0
    with _owner(engine) as connection:
        for mapped in (AuditEntry, Departure, Install, ConnectionStatus):
            table = cast(Table, mapped.__table__)
            gone += connection.execute(delete(table).where(table.c.tenant_id == tenant_id)).rowcount
        tenants = cast(Table, Tenant.__table__)
        gone += connection.execute(delete(tenants).where(tenants.c.id == tenant_id)).rowcount
    return gone


def owns(engine: Engine) -> bool:
    """Whether this login may delete what is locked: it owns the tables."""
    if engine.dialect.name != "postgresql":
        return True
    with engine.connect() as connection:
        return bool(
            connection.scalar(
                text(
                    "select bool_and(tableowner = session_user) from pg_tables"
                    " where schemaname = current_schema() and tablename in ('tenants', 'invoices', 'postings')"
                )
            )
        )


def _due(parts: Dray, *conditions: Any) -> Sequence[tuple[int, int]]:
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find companies that left"):
        columns = (Departure.tenant_id, Departure.id)
        found = session.execute(select(*columns).where(Departure.undone_at.is_(None), *conditions)).all()
        return [(tenant_id, key) for tenant_id, key in found]


def _tables() -> Sequence[Table]:
    """Every table that has rows of a company to delete, those first that refer to others."""
    every = reversed(Base.metadata.sorted_tables)
    return [each for each in every if "tenant_id" in each.c and "id" in each.c and each.name not in KEPT]


def _delete_some(engine: Engine, table: Table, tenant_id: int) -> int:
    some = select(table.c.id).where(table.c.tenant_id == tenant_id).limit(PIECE)
    statement = delete(table).where(table.c.id.in_(some), table.c.tenant_id == tenant_id)
    with _owner(engine) as connection:
        if connection.scalar(some.limit(1)) is None:
            return 0
        if table.name not in _LOCKED:
            return int(connection.execute(statement).rowcount)
        with locks.lifted(connection):
            return int(connection.execute(statement).rowcount)


def _let_others_be(connection: Connection, tenant_id: int) -> None:
    """Its people who belong to no other company are deleted, and its brakes are taken off."""
    departures, users = cast(Table, Departure.__table__), cast(Table, User.__table__)
    mine = and_(departures.c.tenant_id == tenant_id, departures.c.people.is_not(None))
    found = connection.execute(select(departures.c.people).where(mine)).scalars().all()
    kept_by = [(table, key) for table, key in _naming_people() if "tenant_id" in table.c]
    homeless = select(users.c.id).where(
        users.c.id.in_([each for people in found for each in people or ()]),
        users.c.staff.is_(None),
        *(~exists().where(key.parent == users.c.id) for _, key in kept_by),
    )
    gone = connection.execute(homeless).scalars().all()
    for table, key in _naming_people():
        if "tenant_id" not in table.c:
            connection.execute(delete(table).where(key.parent.in_(gone)))
    connection.execute(delete(users).where(users.c.id.in_(gone)))
    tenants, brakes = cast(Table, Tenant.__table__), cast(Table, Brake.__table__)
    itself = select(tenants.c.public_id).where(tenants.c.id == tenant_id)
    connection.execute(delete(brakes).where(brakes.c.scope == "tenant", brakes.c.subject.in_(itself)))
    status = cast(Table, ConnectionStatus.__table__)
    quiet = {"due_at": None, "holder": None, "books_id": None, "trouble": None}
    connection.execute(update(status).where(status.c.tenant_id == tenant_id).values(quiet))


def _naming_people() -> Iterator[tuple[Table, ForeignKey]]:
    """Every column that names a person who signs in, with its table."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "users":
                yield table, key


@contextmanager
def _owner(engine: Engine) -> Iterator[Connection]:
    """One transaction of the tables' owner; it waits for nobody's lock for long."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            act_as_owner(connection)
        yield connection
