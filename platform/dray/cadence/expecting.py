"""When a connection is expected to be called next: its cadence and its company's closures together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from dray.cadence import closures
from dray.cadence.closures import Span
from dray.cadence.models import Cadence
from dray.cadence.silence import FORGOTTEN_AFTER
from dray.cadence.week import in_words, next_usual, overdue, slices
from dray_tenants.scope import Scoped

__all__ = ["Usual", "of_cadence", "usual"]

AHEAD = dt.timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is known of a connection's hours. `silent_since` is its last call, where the sweep found a silence worth
    telling; `silence` its likely causes, as the sweep kept them."""

    week: str
    zone: ZoneInfo
    closed: Sequence[Span] = ()
    silent_since: dt.datetime | None = None
    silence: Sequence[Mapping[str, Any]] = ()

    @property
    def in_words(self) -> str:
        """Its usual hours; empty while too little is known."""
        return in_words(self.week)

    def closure(self, moment: dt.datetime) -> Span | None:
        """The planned closure in which the moment lies."""
        return closures.covering(self.closed, moment.astimezone(self.zone).date())

    def next_from(self, moment: dt.datetime) -> dt.datetime | None:
        """The first moment from this one on in which a call is to be expected; None where none ever is."""
        for _ in range(len(self.closed) + 2):
            found = next_usual(self.week, self.zone, moment)
            span = self.closure(found) if found is not None else None
            if found is None or span is None:
                return found
            after = span.last_day + dt.timedelta(days=1)
            moment = dt.datetime.combine(after, dt.time(), self.zone).astimezone(dt.UTC)
        return None

    def is_overdue(self, last: dt.datetime, now: dt.datetime, enough: dt.timedelta) -> bool:
        """Whether so much time has gone without a call in hours in which calls are to be expected."""
        since = max(last, now - FORGOTTEN_AFTER)
        hours = [
            each
            for each in slices(self.zone, since, now)
            if not any(span.covers(each.begin.astimezone(self.zone).date()) for span in self.closed)
        ]
        return overdue(self.week, hours, last, now, enough)


def of_cadence(session: Scoped, cadence: Cadence, *, now: dt.datetime) -> Usual:
    """What is known of that one connection: a statement or two, for its company's closures."""
    tenant_id = cadence.tenant_id
    spans = closures.of_tenants(session, (now - FORGOTTEN_AFTER).date(), (now + AHEAD).date(), [tenant_id])
    closed, zone = spans.get(tenant_id, ()), ZoneInfo(cadence.time_zone)
    return Usual(cadence.week, zone, closed, cadence.silent_since, cadence.silence or ())


def usual(session: Scoped, tenant_id: int, connections: Collection[int], *, now: dt.datetime) -> Mapping[int, Usual]:
    """What is known of a tenant's connections; those of which nothing is are left out. Two statements or three."""
    rows = session.execute(
        select(Cadence.connection_id, Cadence.week, Cadence.time_zone, Cadence.silent_since, Cadence.silence).where(
            Cadence.tenant_id == tenant_id, Cadence.connection_id.in_(connections)
        )
    ).all()
    if not rows:
        return {}
    spans = closures.of_tenants(session, (now - FORGOTTEN_AFTER).date(), (now + AHEAD).date(), [tenant_id])
    closed = spans.get(tenant_id, ())
    return {
        row.connection_id: Usual(row.week, ZoneInfo(row.time_zone), closed, row.silent_since, row.silence or ())
        for row in rows
    }
