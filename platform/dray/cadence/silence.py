"""Which connections are silent: calls are missing in hours in which they are usual, and somebody would want to know.

Somebody would while something waits for the computer. While nothing waits, only an absence that nobody planned and that
lasts for days is told. What is silent, since when and probably why is kept beside the cadence; it clears by itself.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, exists, or_, select, update

from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.cadence import closures, learning
from dray.cadence.causes import likely
from dray.cadence.closures import Span
from dray.cadence.evidence import Silent, gather
from dray.cadence.models import Cadence, CadenceRound
from dray.cadence.week import HOUR, Slice, overdue, slices
from dray.connections import calling
from dray.connections.models import Connection, ConnectionStatus
from dray.installation import Dray
from dray_tenants.scope import Scoped, ScopedSession

__all__ = ["FORGOTTEN_AFTER", "SILENT_AND_IDLE_FOR", "SILENT_FOR", "Swept", "is_silent", "sweep"]

SILENT_FOR: Final = dt.timedelta(minutes=30)
"""The shortest silence that is told, however often the computer usually calls."""
SILENT_AND_IDLE_FOR: Final = 72
"""While nothing waits: hours, closures not counted, for which a computer may be off without anybody being told."""
FORGOTTEN_AFTER: Final = dt.timedelta(days=30)
"""Who has not called for so long was given up."""

_PIECE: Final = 500
_QUIET: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Swept:
    """How many connections are silent since this sweep, and how many are not any more."""

    silent: int = 0
    heard: int = 0


def sweep(parts: Dray) -> Swept:
    """Learn the cadences, and note who is silent: as many statements for many connections as for few."""
    now, connectors = parts.clock(), {each.name for each, _ in parts.registry.dialled_into.values()}
    if not connectors:
        return Swept()
    with ScopedSession(parts.engines) as session:
        round_ = learning.learn(session, connectors, now=now)
        shut, open_since = _everybody_is(round_, now), round_.open_since
        session.commit()
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find who is silent"):
        rows = _judged(session, connectors, now)
        large = len(rows) >= learning.LARGE
        newly, heard = _changed(session, rows, open_since, now)
        if shut and large:
            newly = []
        told = _made_of(session, newly, now)
    with ScopedSession(parts.engines) as session:
        if told:
            session.execute(update(Cadence), told)
        for start in range(0, len(heard), _PIECE):
            some = update(Cadence).where(Cadence.id.in_(heard[start : start + _PIECE]))
            session.execute(some.values(silent_since=None, silence=None), execution_options=_QUIET)
        session.commit()
    return Swept(len(told), len(heard))


@dataclass(slots=True)
class Hours:
    """The hours of the last month, in each zone, without those in which a company is closed."""

    now: dt.datetime
    _kept: dict[tuple[str, tuple[Span, ...]], Sequence[Slice]] = field(default_factory=dict)

    def of(self, zone: str, spans: Sequence[Span]) -> Sequence[Slice]:
        """Made once for each zone and set of closures."""
        key = (zone, tuple(spans))
        if key not in self._kept:
            place = ZoneInfo(zone)
            self._kept[key] = [
                each
                for each in slices(place, self.now - FORGOTTEN_AFTER, self.now)
                if not spans or not any(span.covers(each.begin.astimezone(place).date()) for span in spans)
            ]
        return self._kept[key]


def is_silent(
    week: str,
    hours: Sequence[Slice],
    *,
    last: dt.datetime,
    since: dt.datetime,
    every: dt.timedelta,
    waiting: bool,
    now: dt.datetime,
    stands: bool = False,
) -> bool:
    """Whether a silence is worth telling. `hours` are those of the last month in which the company is not closed;
    `since` is the last call, or the end of an outage of ours after it. One that `stands` already goes on until a call
    comes, although its hours are unlearned meanwhile, unless nobody waits or the company is closed today."""
    if now - last > FORGOTTEN_AFTER:
        return False
    if not waiting and len(hours) - bisect_left(hours, since, key=_begin) <= SILENT_AND_IDLE_FOR:
        return False
    if stands:
        return bool(hours) and hours[-1].begin > now - HOUR
    return overdue(week, hours, since, now, max(every * calling.PATIENCE, SILENT_FOR))


def _begin(hour: Slice) -> dt.datetime:
    return hour.begin


def _everybody_is(round_: CadenceRound, now: dt.datetime) -> bool:
    """Whether nobody at all has called for a while: then the fault is ours."""
    return round_.heard_at is not None and now - round_.heard_at > learning.QUIET


def _judged(session: Scoped, connectors: Collection[str], now: dt.datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Who has not called for a while, and who is silent already."""
    waits = exists().where(
        Posting.tenant_id == Cadence.tenant_id,
        Posting.connection_id == Cadence.connection_id,
        Posting.state == PostingState.QUEUED.value,
    )
    last = ConnectionStatus.last_contact_at
    quiet = and_(Connection.state == "active", last < now - SILENT_FOR, last > now - FORGOTTEN_AFTER)
    return session.execute(
        select(
            Cadence.id,
            Cadence.tenant_id,
            Cadence.connection_id,
            Cadence.time_zone,
            Cadence.week,
            Cadence.silent_since,
            Connection.state,
            last,
            ConnectionStatus.idle_since,
            ConnectionStatus.idle_polls,
            waits.label("waits"),
        )
        .join(ConnectionStatus, ConnectionStatus.connection_id == Cadence.connection_id)
        .join(Connection, Connection.id == Cadence.connection_id)
        .where(or_(quiet, Cadence.silent_since.is_not(None)), ConnectionStatus.connector.in_(connectors))
    ).all()


def _changed(
    session: Scoped, rows: Sequence[Row[*tuple[Any, ...]]], open_since: dt.datetime | None, now: dt.datetime
) -> tuple[list[Row[*tuple[Any, ...]]], list[int]]:
    """Who is silent since now, and the ids of who is not any more."""
    closed = _closed(session, now) if rows else {}
    hours = Hours(now)
    newly, heard = [], []
    for row in rows:
        last = row.last_contact_at
        stands = row.silent_since is not None and row.silent_since >= last
        silent = row.state == "active" and is_silent(
            row.week,
            hours.of(row.time_zone, closed.get(row.tenant_id, ())),
            last=last,
            since=last if open_since is None else max(last, open_since),
            every=calling.interval(last, row.idle_since, row.idle_polls),
            waiting=bool(row.waits),
            now=now,
            stands=stands,
        )
        if silent and not stands:
            newly.append(row)
        elif not silent and row.silent_since is not None:
            heard.append(row.id)
    return newly, heard


def _closed(session: Scoped, now: dt.datetime) -> Mapping[int, Sequence[Span]]:
    day = dt.timedelta(days=1)
    return closures.of_tenants(session, (now - FORGOTTEN_AFTER - day).date(), (now + day).date())


def _made_of(session: Scoped, newly: Sequence[Row[*tuple[Any, ...]]], now: dt.datetime) -> list[dict[str, Any]]:
    """What to keep of each new silence."""
    silent = [
        Silent(row.tenant_id, row.connection_id, ZoneInfo(row.time_zone), row.week, row.last_contact_at)
        for row in newly
    ]
    seen = gather(session, silent, now=now)
    return [
        {
            "id": row.id,
            "silent_since": row.last_contact_at,
            "silence": [asdict(each) for each in likely(seen[row.connection_id])],
        }
        for row in newly
    ]
