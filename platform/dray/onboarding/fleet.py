"""Every tenant's connections in one list, most urgent first, for the people who look after them all. Reads only.

Nothing of any invoice is read here: names, health, when the other side last called, and how far a set-up is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from dray.connections.models import Connection, ConnectionStatus, Install
from dray.onboarding.models import Care, SelfCheck, Setup
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

__all__ = ["PAGE", "SILENT_AFTER", "Cluster", "Health", "Row", "clusters", "counts", "last_self_check", "page"]

PAGE: Final = 50
SILENT_AFTER: Final = dt.timedelta(minutes=30)


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
    """One connection."""

    public_id: str
    name: str
    connector: str
    tenant: str
    tenant_slug: str
    health: Health
    last_contact_at: dt.datetime | None
    trouble: Mapping[str, Any] | None
    books: str
    set_up: str
    denied_at: dt.datetime | None
    assigned_to: str
    note: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The same trouble in several places."""

    code: str
    sentence: str
    connections: int
    tenants: int


def page(
    session: Scoped, *, now: dt.datetime, health: Health | None = None, search: str = "", offset: int = 0, of: str = ""
) -> Sequence[Row]:
    """Up to `PAGE` connections and one more, so that a caller sees whether there are others. The session sees every
    tenant. `of`: only those that this member of the staff looks after."""
    rank = _rank(now)
    # The narrow rows are sorted first; what is wide (books, trouble) is read for one page only.
    found = (
        select(Connection.id, rank.label("rank"))
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .outerjoin(Care, Care.connection_id == Connection.id)
        .where(Connection.state != "removed")
        .order_by(rank, ConnectionStatus.last_contact_at, Connection.id)
        .offset(max(0, offset))
        .limit(PAGE + 1)
    )
    if health is not None:
        found = found.where(rank == _ORDER.index(health))
    if of:
        found = found.where(Care.assigned_to == of)
    if search.strip():
        found = found.join(Tenant, Tenant.id == Connection.tenant_id).where(_found(search))
    ranked: dict[int, int] = dict(session.execute(found).all())
    rows = {each.id: each for each in session.execute(_base().where(Connection.id.in_(ranked)))}
    return [_row(rows[key], _ORDER[place]) for key, place in ranked.items() if key in rows]


def counts(session: Scoped, *, now: dt.datetime) -> dict[Health, int]:
    """How many connections are how."""
    rank = _rank(now).label("rank")
    ranked = (
        select(rank)
        .select_from(Connection)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .outerjoin(Care, Care.connection_id == Connection.id)
        .where(Connection.state != "removed")
        .subquery()
    )
    found: dict[int, int] = dict(session.execute(select(ranked.c.rank, func.count()).group_by(ranked.c.rank)).all())
    return {health: found.get(place, 0) for place, health in enumerate(_ORDER)}


def clusters(session: Scoped, *, most: int = 8) -> Sequence[Cluster]:
    """The trouble that several connections have, the widest first."""
    rows = session.execute(
        select(Connection.tenant_id, ConnectionStatus.trouble)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Connection.state != "removed", _in_trouble())
    )
    places: dict[str, list[tuple[int, str]]] = {}
    for tenant_id, trouble in rows:
        places.setdefault(str(trouble.get("code", "")), []).append((tenant_id, str(trouble.get("sentence", ""))))
    found = [
        Cluster(code, some[0][1], len(some), len({tenant for tenant, _ in some}))
        for code, some in places.items()
        if len(some) > 1
    ]
    return sorted(found, key=lambda each: -each.connections)[:most]


def last_self_check(session: Scoped) -> SelfCheck | None:
    """What was found when the public address was last looked at from outside."""
    return session.scalar(select(SelfCheck).order_by(SelfCheck.id.desc()).limit(1))


_ORDER: Final = tuple(Health)


def _base() -> Select[*tuple[Any, ...]]:
    newest = (
        select(Setup.claimed_at)
        .where(Setup.tenant_id == Connection.tenant_id, Setup.connection_id == Connection.id)
        .order_by(Setup.id.desc())
        .limit(1)
        .correlate(Connection)
        .scalar_subquery()
    )
    return (
        select(
            Connection.id,
            Connection.public_id,
            Connection.name,
            Connection.connector,
            Connection.state,
            Connection.books,
            Tenant.name.label("tenant"),
            Tenant.slug,
            ConnectionStatus.last_contact_at,
            ConnectionStatus.trouble,
            ConnectionStatus.denied_at,
            newest.label("claimed_at"),
            Care.assigned_to,
            Care.note,
        )
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .outerjoin(Care, Care.connection_id == Connection.id)
        .join(Tenant, Tenant.id == Connection.tenant_id)
    )


def _in_trouble() -> ColumnElement[bool]:
    return ConnectionStatus.trouble.is_not(None)


def _rank(now: dt.datetime) -> ColumnElement[int]:
    last = ConnectionStatus.last_contact_at
    return case(
        (Care.snoozed_until > now, _ORDER.index(Health.SNOOZED)),
        (_in_trouble() & Connection.state.in_(("active", "setting_up")), _ORDER.index(Health.FAILING)),
        ((Connection.state == "active") & (last < now - SILENT_AFTER), _ORDER.index(Health.SILENT)),
        (Connection.state == "setting_up", _ORDER.index(Health.SETTING_UP)),
        (Connection.state == "paused", _ORDER.index(Health.PAUSED)),
        else_=_ORDER.index(Health.WELL),
    )


def _found(search: str) -> ColumnElement[bool]:
    text = " ".join(search.split()).casefold()[:100]
    installs = select(Install.connection_id).where(func.lower(Install.user_name).contains(text, autoescape=True))
    return or_(
        func.lower(Tenant.name).contains(text, autoescape=True),
        func.lower(Connection.name).contains(text, autoescape=True),
        Connection.public_id == text,
        Connection.id.in_(installs),
    )


def _row(found: Any, health: Health) -> Row:
    waits = "Link opened" if found.claimed_at is not None else "Not begun there"
    return Row(
        public_id=found.public_id,
        name=found.name,
        connector=found.connector,
        tenant=found.tenant,
        tenant_slug=found.slug,
        health=health,
        last_contact_at=found.last_contact_at,
        trouble=found.trouble or None,
        books=str((found.books or {}).get("name", "")),
        set_up=waits if found.state == "setting_up" else "",
        denied_at=found.denied_at,
        assigned_to=found.assigned_to or "",
        note=found.note or "",
    )
