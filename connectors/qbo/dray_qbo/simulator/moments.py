"""Times as QuickBooks Online writes them: in the company's zone, with its offset."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_FRACTION = re.compile(r"\.(\d{1,6})\d*")


def stamp(moment: datetime, zone: str) -> str:
    """As in MetaData: whole seconds."""
    return moment.astimezone(ZoneInfo(zone)).replace(microsecond=0).isoformat()


def envelope(moment: datetime, zone: str) -> str:
    """As in `time` beside an entity: thousandths."""
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")


@lru_cache(maxsize=65536)
def read(text: str) -> datetime:
    """A moment, or midnight UTC of a day; without an offset it is UTC. ValueError."""
    moment = datetime.fromisoformat(_FRACTION.sub(lambda found: f".{found[1]:0<6}", text.replace(" ", "+")))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def due(terms: dict[str, Any] | None, issued: date) -> date:
    """When an invoice of this day falls due under these terms."""
    if terms is None:
        return issued + timedelta(days=30)
    if "DayOfMonthDue" not in terms:
        return issued + timedelta(days=int(terms.get("DueDays", 0)))
    wanted = int(terms["DayOfMonthDue"])
    month = issued.replace(day=1)
    if issued.day + int(terms.get("DueNextMonthDays", 0)) > wanted:
        month = (month + timedelta(days=31)).replace(day=1)
    return month.replace(day=min(wanted, calendar.monthrange(month.year, month.month)[1]))
