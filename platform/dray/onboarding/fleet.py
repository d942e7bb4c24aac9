"""Every tenant's connections in one list, most urgent first, for the people who look after them all. Reads only.

Nothing of any invoice is read here: names, health, when the other side last called, how far a set-up is, and how many
invoices wait or need somebody. The number of statements does not grow with the connections.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, func, literal, or_, select, tuple_

from dray.billing.models import StateCount
from dray.billing.states import InvoiceState
from dray.cadence.models import Cadence
from dray.cadence.week import in_words
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.onboarding.models import Care, SelfCheck, Setup
from dray_tenants.database import UtcDateTime
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

__all__ = ["PAGE", "Cluster", "Health", "Place", "Row", "Wanted", "clusters", "counts", "last_self_check", "page"]

PAGE: Final = 50


class Health(StrEnum):
    """How a connection is, the most urgent first."""

    FAILING = "failing"
    SILENT = "silent"
    SETTING_UP = "setting_up"
    PAUSED = "paused"
    WELL = "well"
    SNOOZED = "snoozed"
    """Somebody of the staff has said that it may wait."""


@dataclass(frozen=True, slots=True)
class Row:
    """One connection. `hours`: when it is usually called; `set_up`: the step that a set-up has reached; `waiting` and
    `problems`: how many invoices of its company are Pending sync, and how many need somebody."""

    public_id: str
    name: str
    connector: str
    tenant: str
    tenant_slug: str
    health: Health
    last_contact_at: dt.datetime | None
    silent_since: dt.datetime | None
    because: str
    hours: str
    program: str
    edition: str
    trouble: Mapping[str, Any] | None
    books: str
    set_up: str
    denied_at: dt.datetime | None
    assigned_to: str
    snoozed_until: dt.datetime | None
    note: str
    waiting: int
    problems: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list a row stands: what comes after it is the next page, whatever was added or went meanwhile."""

    rank: int
    last: dt.datetime
    key: int

    def __str__(self) -> str:
        return f"{self.rank}.{int(self.last.timestamp() * 1_000_000)}.{self.key}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """The place that an address names; None where it names none."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 18 for part in parts):
            return None
        rank, micros, key = (int(part) for part in parts)
        return cls(rank, _EPOCH + dt.timedelta(microseconds=min(micros, _LATEST)), key)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is wanted. `of`: only what this member of the staff looks after; `code`: only where this is the
    trouble; `problems`: only where invoices need somebody."""

    health: Health | None = None
    search: str = ""
    of: str = ""
    code: str = ""
    problems: bool = False
    after: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The same trouble in several places."""

    code: str
    sentence: str
    connections: int
    tenants: int


def page(session: Scoped, wanted: Wanted, *, now: dt.datetime) -> tuple[Sequence[Row], Place | None]:
    """Up to `PAGE` connections, and the place after which the next ones come. The session sees every tenant."""
    rank = _rank(now)
    last = func.coalesce(ConnectionStatus.last_contact_at, literal(_EPOCH, UtcDateTime), type_=UtcDateTime)
    # The narrow rows are sorted first; what is wide (books, trouble) is read for one page only.
    found = _filtered(select(Connection.id, rank.label("rank"), last.label("last")), session, wanted, rank).order_by(
        rank, last, Connection.id
    )
    if wanted.after is not None:
        place = (literal(wanted.after.rank), literal(wanted.after.last, UtcDateTime), literal(wanted.after.key))
        found = found.where(tuple_(rank, last, Connection.id) > tuple_(*place))
    ranked = session.execute(found.limit(PAGE + 1)).all()
    shown = ranked[:PAGE]
    rows = _read(session, {row.id: _ORDER[row.rank] for row in shown})
    more = len(ranked) > PAGE
    return rows, Place(shown[-1].rank, shown[-1].last, shown[-1].id) if more else None


def counts(session: Scoped, *, now: dt.datetime) -> dict[Health, int]:
    """How many connections are how."""
    ranked = _joined(select(_rank(now).label("rank"))).subquery()
    found: dict[int, int] = dict(session.execute(select(ranked.c.rank, func.count()).group_by(ranked.c.rank)).all())
    return {health: found.get(place, 0) for place, health in enumerate(_ORDER)}


def clusters(session: Scoped, *, most: int = 8) -> Sequence[Cluster]:
    """The trouble that several connections have, the widest first."""
    code, how_many = _of_trouble(session, "code"), func.count()
    rows = session.execute(
        select(code, func.min(_of_trouble(session, "sentence")), how_many, func.count(Connection.tenant_id.distinct()))
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Connection.state != "removed", _in_trouble())
        .group_by(code)
        .having(how_many > 1)
        .order_by(how_many.desc())
        .limit(most)
    )
    return [
        Cluster(found or "", sentence or "", connections, tenants) for found, sentence, connections, tenants in rows
    ]


def last_self_check(session: Scoped) -> SelfCheck | None:
    """What was found when the public address was last looked at from outside."""
    return session.scalar(select(SelfCheck).order_by(SelfCheck.id.desc()).limit(1))


_ORDER: Final = tuple(Health)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LATEST: Final = 2**52


def _joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Two tables and no more: what few connections have (a snooze, a silence) is asked for as a set, which a database
    gathers once. Joined in, PostgreSQL would look it up for each connection, because row-level security hides from it
    how many there are."""
    return (
        statement.select_from(Connection)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Connection.state != "removed")
    )


def _filtered(
    statement: Select[*tuple[Any, ...]], session: Scoped, wanted: Wanted, rank: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    found = _joined(statement)
    if wanted.health is not None:
        found = found.where(rank == _ORDER.index(wanted.health))
    if wanted.of:
        found = found.where(Connection.id.in_(select(Care.connection_id).where(Care.assigned_to == wanted.of)))
    if wanted.code:
        found = found.where(_in_trouble(), _of_trouble(session, "code") == wanted.code)
    if wanted.problems:
        found = found.where(
            exists().where(
                StateCount.tenant_id == Connection.tenant_id,
                StateCount.state == InvoiceState.NEEDS_ATTENTION.value,
                StateCount.invoices > 0,
            )
        )
    if wanted.search.strip():
        found = found.join(Tenant, Tenant.id == Connection.tenant_id).where(_found(wanted.search))
    return found


def _in_trouble() -> ColumnElement[bool]:
    return ConnectionStatus.trouble.is_not(None)


def _of_trouble(session: Scoped, key: str) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "postgresql":
        return func.jsonb_extract_path_text(ConnectionStatus.trouble, key, type_=String)
    return func.json_extract(ConnectionStatus.trouble, f"$.{key}", type_=String)


def _rank(now: dt.datetime) -> ColumnElement[int]:
    last, denied = ConnectionStatus.last_contact_at, ConnectionStatus.denied_at
    refused = and_(denied.is_not(None), or_(last.is_(None), denied > last))
    snoozed = select(Care.connection_id).where(Care.snoozed_until > now)
    silent = select(Cadence.connection_id).where(Cadence.silent_since.is_not(None))
    return case(
        (Connection.id.in_(snoozed), _ORDER.index(Health.SNOOZED)),
        (_in_trouble() & Connection.state.in_(("active", "setting_up")), _ORDER.index(Health.FAILING)),
        ((Connection.state == "active") & refused, _ORDER.index(Health.FAILING)),
        ((Connection.state == "active") & Connection.id.in_(silent), _ORDER.index(Health.SILENT)),
        (Connection.state == "setting_up", _ORDER.index(Health.SETTING_UP)),
        (Connection.state == "paused", _ORDER.index(Health.PAUSED)),
        else_=_ORDER.index(Health.WELL),
    )


def _found(search: str) -> ColumnElement[bool]:
    text = " ".join(search.split()).casefold()[:100]
    installs = select(Install.connection_id).where(
        or_(
            func.lower(Install.user_name).contains(text, autoescape=True),
            func.lower(Install.program).contains(text, autoescape=True),
        )
    )
    return or_(
        func.lower(Tenant.name).contains(text, autoescape=True),
        func.lower(Connection.name).contains(text, autoescape=True),
        Connection.public_id == text,
        Connection.id.in_(installs),
    )


def _read(session: Scoped, ranked: Mapping[int, Health]) -> Sequence[Row]:
    """One page's rows, in the order of `ranked`: four statements."""
    if not ranked:
        return []
    statement = _joined(
        select(Connection, ConnectionStatus, Care, Tenant.name, Tenant.slug, Cadence.week)
        .add_columns(Cadence.silent_since, Cadence.silence)
        .join(Tenant, Tenant.id == Connection.tenant_id)
        .outerjoin(Care, Care.connection_id == Connection.id)
        .outerjoin(Cadence, Cadence.connection_id == Connection.id)
    )
    rows = {row[0].id: row for row in session.execute(statement.where(Connection.id.in_(ranked)))}
    tenants = {row[0].tenant_id for row in rows.values()}
    invoices = _invoices(session, tenants)
    installs = _newest(session, Install, tenants, ranked)
    setups = _newest(session, Setup, tenants, ranked)
    return [
        _row(rows[key], health, invoices, installs.get(key), setups.get(key))
        for key, health in ranked.items()
        if key in rows
    ]


def _invoices(session: Scoped, tenants: set[int]) -> Mapping[tuple[int, str], int]:
    statement = select(StateCount.tenant_id, StateCount.state, StateCount.invoices)
    rows = session.execute(statement.where(StateCount.tenant_id.in_(tenants)))
    return {(tenant_id, state): invoices for tenant_id, state, invoices in rows}


def _newest(
    session: Scoped, table: type[Install | Setup], tenants: set[int], connections: Mapping[int, Health]
) -> Mapping[int, Any]:
    """The newest of each connection."""
    wanted: tuple[ColumnElement[bool], ...] = (table.tenant_id.in_(tenants), table.connection_id.in_(connections))
    rows: Sequence[Any] = session.scalars(select(table).where(*wanted).order_by(table.id)).all()
    return {row.connection_id: row for row in rows}


def _row(found: Any, health: Health, invoices: Mapping[tuple[int, str], int], install: Any, setup: Any) -> Row:
    connection, status, care, tenant, slug, week, silent_since, silence = found
    books = connection.books or {}
    return Row(
        public_id=connection.public_id,
        name=connection.name,
        connector=connection.connector,
        tenant=tenant,
        tenant_slug=slug,
        health=health,
        last_contact_at=status.last_contact_at,
        silent_since=silent_since,
        because=str(silence[0].get("because", "")) if silence else "",
        hours=in_words(week) if week else "",
        program=(install.program if install is not None else None) or "",
        edition=str(books.get("edition", "")),
        trouble=status.trouble or None,
        books=str(books.get("name", "")),
        set_up=_step(status, install, setup) if connection.state == "setting_up" else "",
        denied_at=status.denied_at,
        assigned_to=(care.assigned_to if care is not None else None) or "",
        snoozed_until=care.snoozed_until if care is not None else None,
        note=care.note if care is not None else "",
        waiting=invoices.get((connection.tenant_id, InvoiceState.PENDING_SYNC.value), 0),
        problems=invoices.get((connection.tenant_id, InvoiceState.NEEDS_ATTENTION.value), 0),
    )


def _step(status: ConnectionStatus, install: Install | None, setup: Setup | None) -> str:
    """How far a set-up is, by what was seen of it last."""
    reached = (
        (status.last_contact_at is not None, "Signed in, company not seen"),
        (install is not None and install.first_called_at is not None, "Called, not signed in"),
        (install is not None and install.invited_at is not None, "File handed out, nothing called"),
        (setup is not None and setup.claimed_at is not None, "Link opened"),
        (setup is not None and setup.link_hash is not None, "Link sent, not opened"),
    )
    return next((said for is_so, said in reached if is_so), "Not begun there")
