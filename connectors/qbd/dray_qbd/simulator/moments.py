"""Dates and times as qbXML writes them."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from dray_qbd.simulator.checker import Record
from dray_qbd.simulator.statuses import Refusal

_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:([+-])(\d{1,2}):(\d{1,2}))?)?)?)?"
)


def day(text: str, name: str) -> date:
    """A DATETYPE. Refusal 3020 for a day that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(3020, text, name) from None


def moment(text: str, name: str, here: tzinfo | None) -> datetime:
    """A DATETIMETYPE; without an offset it is the time of the QuickBooks computer. Refusal 3020."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Refusal(3020, text, name)
    numbers = [int(part or 0) for part in found.groups()[:6]]
    zone = here
    if found[7]:
        offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
        zone = timezone(offset if found[7] == "+" else -offset)
    try:
        return datetime(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], tzinfo=zone)
    except ValueError:
        raise Refusal(3020, text, name) from None


def between(record: Record, low: str, high: str, here: tzinfo | None) -> tuple[datetime | None, datetime | None]:
    """The two ends of a range of moments; a range to a mere day ends with that day. Refusal 3020, 3030."""
    first, last = record.get(low), record.get(high)
    start = moment(first, low, here) if first else None
    end = moment(last, high, here) if last else None
    if end is not None and last and "T" not in last:
        end += timedelta(days=1) - timedelta(seconds=1)
    if start and end and start > end:
        raise Refusal(3030, str(first), str(last))
    return start, end


def due(terms: Record | None, issued: date) -> date:
    """When an invoice of this day falls due under these terms."""
    if terms is None:
        return issued
    if "DayOfMonthDue" not in terms:
        return issued + timedelta(days=int(terms.get("StdDueDays") or 0))
    wanted = int(terms["DayOfMonthDue"])
    month = issued.replace(day=1)
    if issued.day + int(terms.get("DueNextMonthDays") or 0) > wanted:
        month = (month + timedelta(days=31)).replace(day=1)
    return month.replace(day=min(wanted, calendar.monthrange(month.year, month.month)[1]))


def span(macro: str, today: date) -> tuple[date | None, date | None]:
    """The first and last day of a DateMacro. Refusal 3250 for those that depend on the fiscal year."""
    month = today.replace(day=1)
    year = today.replace(month=1, day=1)
    week = today - timedelta(days=(today.weekday() + 1) % 7)
    before = month - timedelta(days=1)
    spans: dict[str, tuple[date | None, date | None]] = {
        "All": (None, None),
        "Today": (today, today),
        "Yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "ThisWeek": (week, week + timedelta(days=6)),
        "ThisWeekToDate": (week, today),
        "LastWeek": (week - timedelta(days=7), week - timedelta(days=1)),
        "ThisMonth": (month, month.replace(day=calendar.monthrange(month.year, month.month)[1])),
        "ThisMonthToDate": (month, today),
        "LastMonth": (before.replace(day=1), before),
        "ThisCalendarYear": (year, year.replace(month=12, day=31)),
        "ThisCalendarYearToDate": (year, today),
        "LastCalendarYear": (year.replace(year=year.year - 1), year - timedelta(days=1)),
    }
    if macro not in spans:
        raise Refusal(3250)
    return spans[macro]
