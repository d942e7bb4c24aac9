"""Days on which a company is closed: its own, and those of calendars that several companies share.

A calendar is the days that carry its name: it begins with its first day, and is over when its last one is taken away.
Everything works in the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import delete, func, select

from dray.cadence.models import Closure, FollowedCalendar
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

__all__ = [
    "LONGEST",
    "LONGEST_CALENDAR",
    "LONGEST_REASON",
    "Calendar",
    "Span",
    "add_own",
    "add_shared",
    "calendars",
    "covering",
    "follow",
    "followed",
    "leave",
    "of_tenants",
    "own",
    "shared",
    "take_away_own",
    "take_away_shared",
]

LONGEST: Final = 92
"""Days that one closure may last: who is away for longer pauses the connection."""
LONGEST_REASON: Final = 120
LONGEST_CALENDAR: Final = 60
KEPT: Final = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Span:
    """Closed on these days, both included."""

    first_day: dt.date
    last_day: dt.date
    reason: str

    def covers(self, day: dt.date) -> bool:
        """Whether that day is one of them."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Calendar:
    """A shared calendar: how many closures it has, and how many companies are closed on its days."""

    name: str
    closures: int
    tenants: int


def add_own(session: Scoped, first: dt.date, last: dt.date, reason: str, *, at: dt.datetime, actor: str) -> Closure:
    """Close the tenant in scope on these days. ValueError, for people to read, where they cannot be."""
    row = _row(first, last, reason, at, actor)
    row.tenant_id = session.require_tenant()
    session.add(row)
    session.flush()
    _note(session, "closures.added", row.public_id, at, actor, days=_days(row), reason=row.reason)
    return row


def take_away_own(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> bool:
    """Take one of the tenant's own away. False where there is none."""
    row = session.scalar(
        select(Closure).where(Closure.public_id == public_id, Closure.tenant_id == session.require_tenant())
    )
    if row is None:
        return False
    session.delete(row)
    _note(session, "closures.taken_away", public_id, at, actor, days=_days(row), reason=row.reason)
    return True


def add_shared(
    session: Scoped, calendar: str, first: dt.date, last: dt.date, reason: str, *, at: dt.datetime, actor: str
) -> Closure:
    """Put these days into a calendar that companies share, which begins here where there is none of that name."""
    row = _row(first, last, reason, at, actor)
    row.calendar = _usable(calendar)
    session.add(row)
    session.flush()
    return row


def take_away_shared(session: Scoped, public_id: str) -> bool:
    """Take days out of a shared calendar. False where there are none."""
    gone = delete(Closure).where(Closure.public_id == public_id, Closure.calendar.is_not(None))
    return bool(cast(Any, session.execute(gone, execution_options=_QUIET)).rowcount)


def follow(session: Scoped, calendar: str, *, at: dt.datetime, actor: str) -> bool:
    """Close the tenant in scope on that calendar's days. False where it is already; LookupError for no such one."""
    tenant_id = session.require_tenant()
    if session.scalar(select(Closure.id).where(Closure.calendar == calendar).limit(1)) is None:
        raise LookupError(f"There is no calendar called {calendar}. See which there are with: dray closure list")
    if calendar in followed(session):
        return False
    session.add(FollowedCalendar(tenant_id=tenant_id, calendar=calendar))
    _note(session, "closures.followed", calendar, at, actor, calendar=calendar)
    return True


def leave(session: Scoped, calendar: str, *, at: dt.datetime, actor: str) -> bool:
    """Close the tenant in scope no longer on that calendar's days. False where it was not."""
    gone = delete(FollowedCalendar).where(
        FollowedCalendar.tenant_id == session.require_tenant(), FollowedCalendar.calendar == calendar
    )
    if not cast(Any, session.execute(gone, execution_options=_QUIET)).rowcount:
        return False
    _note(session, "closures.left", calendar, at, actor, calendar=calendar)
    return True


def followed(session: Scoped) -> Sequence[str]:
    """The calendars on whose days the tenant in scope is closed."""
    statement = select(FollowedCalendar.calendar).where(FollowedCalendar.tenant_id == session.require_tenant())
    return session.scalars(statement.order_by(FollowedCalendar.calendar)).all()


def own(session: Scoped, *, today: dt.date) -> Sequence[Closure]:
    """The closures of the tenant in scope that are not over, the next one first."""
    statement = select(Closure).where(Closure.tenant_id == session.require_tenant(), Closure.last_day >= today)
    return session.scalars(statement.order_by(Closure.first_day, Closure.id)).all()


def shared(session: Scoped, *, today: dt.date) -> Sequence[Closure]:
    """What the shared calendars hold that is not over, by calendar."""
    statement = select(Closure).where(Closure.calendar.is_not(None), Closure.last_day >= today)
    return session.scalars(statement.order_by(Closure.calendar, Closure.first_day, Closure.id)).all()


def calendars(session: Scoped) -> Sequence[Calendar]:
    """Every shared calendar."""
    follow_counts = (
        select(FollowedCalendar.calendar, func.count().label("tenants")).group_by(FollowedCalendar.calendar).subquery()
    )
    statement = (
        select(Closure.calendar, func.count(Closure.id), func.coalesce(func.max(follow_counts.c.tenants), 0))
        .outerjoin(follow_counts, follow_counts.c.calendar == Closure.calendar)
        .where(Closure.calendar.is_not(None))
        .group_by(Closure.calendar)
        .order_by(Closure.calendar)
    )
    return [Calendar(str(name), closures, tenants) for name, closures, tenants in session.execute(statement)]


def of_tenants(
    session: Scoped, first: dt.date, last: dt.date, tenants: Iterable[int] | None = None
) -> Mapping[int, Sequence[Span]]:
    """Which tenants are closed on any day from `first` to `last`, and when: two statements, however many there are.
    `tenants`: only these."""
    wanted = None if tenants is None else list(tenants)
    rows = select(Closure.tenant_id, Closure.calendar, Closure.first_day, Closure.last_day, Closure.reason).where(
        Closure.last_day >= first, Closure.first_day <= last
    )
    follows = select(FollowedCalendar.calendar, FollowedCalendar.tenant_id)
    if wanted is not None:
        rows = rows.where(Closure.tenant_id.in_(wanted) | Closure.calendar.is_not(None))
        follows = follows.where(FollowedCalendar.tenant_id.in_(wanted))
    found: dict[int, list[Span]] = {}
    by_calendar: dict[str, list[Span]] = {}
    for tenant_id, calendar, begins, ends, reason in session.execute(rows):
        span = Span(begins, ends, reason)
        if tenant_id is None:
            by_calendar.setdefault(str(calendar), []).append(span)
        else:
            found.setdefault(tenant_id, []).append(span)
    if by_calendar:
        for calendar, tenant_id in session.execute(follows.where(FollowedCalendar.calendar.in_(by_calendar))):
            found.setdefault(tenant_id, []).extend(by_calendar[calendar])
    return {tenant_id: sorted(spans, key=lambda each: each.first_day) for tenant_id, spans in found.items()}


def covering(spans: Iterable[Span], day: dt.date) -> Span | None:
    """The closure that covers the day: where several follow each other without a working day, the last of them."""
    found: Span | None = None
    for span in sorted(spans, key=lambda each: each.first_day):
        goes_on = found is not None and span.first_day <= found.last_day + dt.timedelta(days=1) <= span.last_day
        if goes_on or (found is None and span.covers(day)):
            found = span
    return found


_QUIET: Final = {"synchronize_session": False}


def _row(first: dt.date, last: dt.date, reason: str, at: dt.datetime, actor: str) -> Closure:
    reason = " ".join(reason.replace("\0", "").split())
    if not reason:
        raise ValueError("Say why, such as “Thanksgiving”. It is shown where the next run is told.")
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"The reason has {len(reason)} characters; at most {LONGEST_REASON} are kept.")
    if last < first:
        raise ValueError(f"The last day, {last:%Y-%m-%d}, is before the first, {first:%Y-%m-%d}.")
    if (last - first).days >= LONGEST:
        raise ValueError(f"A closure has at most {LONGEST} days. Pause the connection for a longer time.")
    if last < (at - dt.timedelta(days=1)).date():
        raise ValueError(f"{last:%Y-%m-%d} is over already.")
    if first > (at + KEPT).date():
        raise ValueError(f"{first:%Y-%m-%d} is more than {KEPT.days} days ahead. Look at the year.")
    return Closure(
        public_id=new_public_id("clo"), first_day=first, last_day=last, reason=reason, added_at=at, added_by=actor
    )


def _usable(calendar: str) -> str:
    name = " ".join(calendar.replace("\0", "").split())
    if not name:
        raise ValueError("A calendar needs a name, such as “US holidays”.")
    if len(name) > LONGEST_CALENDAR:
        raise ValueError(f"The calendar's name has {len(name)} characters; at most {LONGEST_CALENDAR} are kept.")
    return name


def _days(row: Closure) -> str:
    return f"{row.first_day}" if row.first_day == row.last_day else f"{row.first_day} to {row.last_day}"


def _note(session: Scoped, action: str, subject: str, at: dt.datetime, actor: str, **details: str) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=at, details=details)
    session.flush()
