"""Learning in which hours each connection is called: a few statements for all of them, and nothing at any poll.

Every minute the sweep notes in which connections a call came in the present hour, once an hour for each of them; when
the hour is over, it notes for the others that none came. An hour is not held against anybody while the sweep itself did
not run, while nobody at all called a large installation, or while the company is closed.

Any number of workers may sweep at once: each hour is learned once, because its row says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, case, func, insert, literal, or_, select, update

from dray.cadence.models import Cadence, CadenceRound, Closure, FollowedCalendar
from dray.cadence.week import FALLEN, LEVELS, NEW, RISEN, hour_of, place_of
from dray.connections.models import ConnectionStatus
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

__all__ = ["LARGE", "QUIET", "learn"]

GAP: Final = dt.timedelta(minutes=65)
"""After so long without a sweep, perhaps nothing of ours was running, and nobody could call."""
QUIET: Final = dt.timedelta(minutes=20)
"""After so long without any call at all, calls that come again are the end of an outage."""
LARGE: Final = 20
"""From so many connections on, it is no chance that nobody calls."""

_QUIET: Final = {"synchronize_session": False}


def learn(session: Scoped, connectors: Collection[str], *, now: dt.datetime) -> CadenceRound:
    """One sweep, in the caller's transaction. `connectors`: the names of those that are dialled into."""
    heard, fleet = session.execute(
        select(func.max(ConnectionStatus.last_contact_at), func.count()).where(
            ConnectionStatus.connector.in_(connectors)
        )
    ).one()
    round_ = _begun(session, heard, now)
    _make_missing(session, connectors, now)
    zones = session.scalars(select(Cadence.time_zone).distinct()).all()
    hour = hour_of(now)
    if zones and round_.finished_hour < hour - 1:
        _follow_moves(session)
        _note_calls(session, hour - 1, zones)
        somebody = heard is not None and heard >= _begin(hour - 1)
        if round_.steady_since <= _begin(hour - 1) and (somebody or fleet < LARGE):
            _note_missing(session, hour - 1, zones)
        round_.finished_hour = hour - 1
    if zones:
        _note_calls(session, hour, zones)
    session.flush()
    return round_


def _begun(session: Scoped, heard: dt.datetime | None, now: dt.datetime) -> CadenceRound:
    """The round's row as of now."""
    row = session.scalar(select(CadenceRound).where(CadenceRound.id == 1).with_for_update())
    if row is None:
        row = CadenceRound(
            id=1, at=now, steady_since=now, finished_hour=hour_of(now) - 1, heard_at=heard, open_since=None
        )
        session.add(row)
        session.flush()
        return row
    if now - row.at > GAP:
        row.steady_since = now
    if heard is not None and row.heard_at is not None and heard - row.heard_at > QUIET:
        row.open_since = now
    row.at, row.heard_at = now, heard
    return row


def _make_missing(session: Scoped, connectors: Collection[str], now: dt.datetime) -> None:
    have = select(Cadence.connection_id)
    rows = (
        select(
            ConnectionStatus.tenant_id,
            ConnectionStatus.connection_id,
            Tenant.time_zone,
            literal(NEW),
            literal(hour_of(now) - 1),
        )
        .join(Tenant, Tenant.id == ConnectionStatus.tenant_id)
        .where(
            ConnectionStatus.connector.in_(connectors),
            ConnectionStatus.last_contact_at.is_not(None),
            ConnectionStatus.connection_id.not_in(have),
        )
    )
    columns = ["tenant_id", "connection_id", "time_zone", "week", "judged_hour"]
    session.execute(insert(Cadence).from_select(columns, rows), execution_options=_QUIET)


def _follow_moves(session: Scoped) -> None:
    """Companies that changed their time zone."""
    zone = select(Tenant.time_zone).where(Tenant.id == Cadence.tenant_id).scalar_subquery()
    session.execute(update(Cadence).where(Cadence.time_zone != zone).values(time_zone=zone), execution_options=_QUIET)


def _note_calls(session: Scoped, hour: int, zones: Collection[str]) -> None:
    called = select(ConnectionStatus.connection_id).where(
        ConnectionStatus.last_contact_at >= _begin(hour), ConnectionStatus.last_contact_at < _begin(hour + 1)
    )
    _move(session, hour, zones, RISEN, Cadence.connection_id.in_(called))


def _note_missing(session: Scoped, hour: int, zones: Collection[str]) -> None:
    """Who called after that hour may have called in it too: nothing is learned of them."""
    not_called = select(ConnectionStatus.connection_id).where(ConnectionStatus.last_contact_at < _begin(hour))
    never = LEVELS[0]
    letter = _letter(hour, zones)
    _move(session, hour, zones, FALLEN, Cadence.connection_id.in_(not_called), letter != never, ~_closed(hour, zones))


def _move(session: Scoped, hour: int, zones: Collection[str], becomes: str, *conditions: ColumnElement[bool]) -> None:
    place = _place(hour, zones)
    find = func.strpos if session.get_bind().dialect.name == "postgresql" else func.instr
    letter = func.substr(literal(becomes), find(literal(LEVELS), _letter(hour, zones)), 1, type_=String)
    week = (
        func.substr(Cadence.week, 1, place, type_=String) + letter + func.substr(Cadence.week, place + 2, type_=String)
    )
    session.execute(
        update(Cadence).where(Cadence.judged_hour < hour, *conditions).values(week=week, judged_hour=hour),
        execution_options=_QUIET,
    )


def _letter(hour: int, zones: Collection[str]) -> ColumnElement[str]:
    return func.substr(Cadence.week, _place(hour, zones) + 1, 1, type_=String)


def _place(hour: int, zones: Collection[str]) -> ColumnElement[int]:
    """The hour's place in the week, by each row's time zone."""
    return case({zone: place_of(_begin(hour), ZoneInfo(zone)) for zone in sorted(zones)}, value=Cadence.time_zone)


def _closed(hour: int, zones: Collection[str]) -> ColumnElement[bool]:
    """Whether the row's company is closed on the day of that hour."""
    by_day: dict[dt.date, list[str]] = {}
    for zone in sorted(zones):
        by_day.setdefault(_begin(hour).astimezone(ZoneInfo(zone)).date(), []).append(zone)
    return or_(*(Cadence.time_zone.in_(some) & _closed_on(day) for day, some in by_day.items()))


def _closed_on(day: dt.date) -> ColumnElement[bool]:
    on_day = (Closure.first_day <= day) & (Closure.last_day >= day)
    own = select(Closure.tenant_id).where(on_day, Closure.tenant_id.is_not(None))
    calendars = select(Closure.calendar).where(on_day, Closure.calendar.is_not(None))
    following = select(FollowedCalendar.tenant_id).where(FollowedCalendar.calendar.in_(calendars))
    return Cadence.tenant_id.in_(own) | Cadence.tenant_id.in_(following)


def _begin(hour: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(hour * 3600, dt.UTC)
