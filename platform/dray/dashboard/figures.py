"""What came of sending lately: by day, and how long it took. One statement, whatever the size of the tenant."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from dray.billing.tallies import WITHIN
from dray.billing.tally_models import Tally
from dray_sdk import Money
from dray_tenants.scope import Scoped

DAYS: Final = 14
TOOK_DAYS: Final = 7
"""Over how many of the days the time from sent to accepted is told."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day in the tenant's zone."""

    date: dt.date
    accepted: int = 0
    refused: int = 0
    sums: Sequence[Money] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """How many invoices took between `least` and `most` minutes; `most` is None for the longest."""

    least: int
    most: int | None
    invoices: int

    @property
    def label(self) -> str:
        """As an axis writes it."""
        return f"{self.least}+" if self.most is None else f"{self.least}-{self.most}"


@dataclass(frozen=True, slots=True)
class Figures:
    """`days` ends with today."""

    days: Sequence[Day]
    took: Sequence[Span]

    @property
    def today(self) -> Day:
        """Today so far."""
        return self.days[-1]

    @property
    def accepted(self) -> int:
        """How many invoices `took` is about."""
        return sum(span.invoices for span in self.took)

    def within(self, share: float) -> Span | None:
        """The shortest span by whose end this share of them had been accepted; None where there are none."""
        wanted, so_far = share * self.accepted, 0
        for span in self.took:
            so_far += span.invoices
            if so_far and so_far >= wanted:
                return span
        return None


@dataclass(slots=True)
class _Sum:
    accepted: int = 0
    refused: int = 0
    minor: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def read(session: Scoped, *, zone: ZoneInfo, now: dt.datetime) -> Figures:
    """The last `DAYS` days of the tenant in scope."""
    today = now.astimezone(zone).date()
    first = today - dt.timedelta(days=DAYS - 1)
    columns = [func.sum(getattr(Tally, name)) for name in WITHIN]
    statement = (
        select(
            Tally.slot,
            Tally.currency,
            func.sum(Tally.accepted),
            func.sum(Tally.accepted_minor),
            func.sum(Tally.refused),
            *columns,
        )
        .where(Tally.slot >= beginning(first, zone))
        .group_by(Tally.slot, Tally.currency)
    )
    by_day: dict[dt.date, _Sum] = defaultdict(_Sum)
    took = [0] * len(WITHIN)
    for slot, currency, accepted, minor, refused, *spans in session.execute(statement):
        date = slot.astimezone(zone).date()
        that_day = by_day[date]
        that_day.accepted += int(accepted)
        that_day.refused += int(refused)
        that_day.minor[currency] += int(minor) if accepted else 0
        if date > today - dt.timedelta(days=TOOK_DAYS):
            took = [so_far + int(more) for so_far, more in zip(took, spans, strict=True)]
    dates = [first + dt.timedelta(days=at) for at in range(DAYS)]
    return Figures([_day(date, by_day[date]) for date in dates], _spans(took))


def beginning(date: dt.date, zone: ZoneInfo) -> dt.datetime:
    """When a day begins in a zone, in UTC."""
    return dt.datetime.combine(date, dt.time(), zone).astimezone(dt.UTC)


def _day(date: dt.date, summed: _Sum) -> Day:
    sums = [Money(minor, currency) for currency, minor in sorted(summed.minor.items()) if minor]
    return Day(date, summed.accepted, summed.refused, sums)


def _spans(took: Sequence[int]) -> list[Span]:
    bounds = [0, *WITHIN.values()]
    return [Span(least or 0, most, count) for (least, most), count in zip(pairwise(bounds), took, strict=True)]
