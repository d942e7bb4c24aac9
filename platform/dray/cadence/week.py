"""A week of hours, and how usual a call is in each: one letter an hour, so that a cadence never grows. Pure.

A letter is a level from 0 (never) to 61 (always), in the order of their codes; "." is an hour of which nothing is known
yet. Each week moves an hour's level a third of the way towards what was seen: two missed weeks unlearn a habit, and one
holiday does not.
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

__all__ = [
    "FALLEN",
    "HOUR",
    "HOURS",
    "LEVELS",
    "NEW",
    "RISEN",
    "Slice",
    "hour_of",
    "in_words",
    "is_usual",
    "next_usual",
    "overdue",
    "place_of",
    "slices",
]

HOURS: Final = 168
HOUR: Final = dt.timedelta(hours=1)
ENOUGH: Final = 72
"""Hours that must be known before a week is told in words."""
_KNOWN: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_UNKNOWN: Final = "."
LEVELS: Final = _KNOWN + _UNKNOWN
NEW: Final = _UNKNOWN * HOURS
"""A week of which nothing is known."""

_TOP: Final = len(_KNOWN) - 1
_HALF: Final = _KNOWN[(_TOP + 1) // 2]

RISEN: Final = "".join(_KNOWN[level + -(-(_TOP - level) // 3)] for level in range(_TOP + 1)) + _KNOWN[_TOP * 4 // 5]
FALLEN: Final = "".join(_KNOWN[level - -(-level // 3)] for level in range(_TOP + 1)) + _KNOWN[_TOP // 5]
"""For each letter of `LEVELS`, what it becomes when a call came in that hour, and when none came."""

_WORKING: Final = range(5)
_WEEKEND: Final = range(5, 7)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Slice:
    """One hour that began at `begin`, and its place in the week of the zone that it was made for."""

    begin: dt.datetime
    place: int


def hour_of(moment: dt.datetime) -> int:
    """The hour in which the moment lies, counted from 1970."""
    return int(moment.timestamp()) // 3600


def place_of(moment: dt.datetime, zone: dt.tzinfo) -> int:
    """The place in the week of the hour that holds the moment, as clocks in the zone show it."""
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour


def is_usual(week: str, place: int) -> bool | None:
    """Whether a call is usual in that hour. Where nothing is known of it, other days of its kind (a working day, a
    weekend) tell; None where they do not either."""
    letter = week[place]
    if letter != _UNKNOWN:
        return letter >= _HALF
    day, hour = divmod(place, 24)
    kin = _WORKING if day in _WORKING else _WEEKEND
    known = [_KNOWN.index(week[other * 24 + hour]) for other in kin if week[other * 24 + hour] != _UNKNOWN]
    return sum(known) * 2 > _TOP * len(known) if known else None


def slices(zone: ZoneInfo, since: dt.datetime, now: dt.datetime) -> Sequence[Slice]:
    """Every hour from `since` until `now`, the oldest first."""
    begin = dt.datetime.fromtimestamp(hour_of(since) * 3600, dt.UTC)
    count = hour_of(now) - hour_of(since) + 1
    return [Slice(begin + HOUR * at, place_of(begin + HOUR * at, zone)) for at in range(count)]


def overdue(week: str, hours: Sequence[Slice], since: dt.datetime, now: dt.datetime, enough: dt.timedelta) -> bool:
    """Whether `enough` time has passed since a moment in hours in which calls are usual, or of which nothing is known.
    `hours` end with the present one; those of planned closures are left out by whoever gives them."""
    gone = dt.timedelta()
    for each in reversed(hours):
        end = each.begin + HOUR
        if end <= since:
            break
        if _is_expected(week, each.place):
            gone += min(end, now) - max(each.begin, since)
            if gone > enough:
                return True
    return False


def next_usual(week: str, zone: ZoneInfo, moment: dt.datetime) -> dt.datetime | None:
    """The first moment from this one on in which a call is to be expected; None where no hour of the week is usual."""
    if _is_expected(week, place_of(moment, zone)):
        return moment
    begin = dt.datetime.fromtimestamp(hour_of(moment) * 3600, dt.UTC)
    for ahead in range(1, HOURS + 1):
        hour = begin + HOUR * ahead
        if _is_expected(week, place_of(hour, zone)):
            return hour
    return None


def in_words(week: str) -> str:
    """The usual hours for people ("Monday to Friday 07:00–18:00"); empty while too little is known."""
    if HOURS - week.count(_UNKNOWN) < ENOUGH:
        return ""
    days = ["".join("1" if is_usual(week, day * 24 + hour) else "0" for hour in range(24)) for day in range(7)]
    if all(day == "1" * 24 for day in days):
        return "all day, every day"
    said = [
        f"{_DAYS[first]}{'' if last == first else f' to {_DAYS[last]}'} {_spans(days[first])}"
        for first, last in _alike(days)
        if "1" in days[first]
    ]
    return "; ".join(said) or "at no hour regularly"


def _is_expected(week: str, place: int) -> bool:
    """Where nothing is known, calls are to be expected. A known letter is judged by itself: the sweep asks this for
    every hour of many thousand silent connections."""
    letter = week[place]
    return letter >= _HALF or (letter == _UNKNOWN and is_usual(week, place) is not False)


def _alike(days: Sequence[str]) -> Sequence[tuple[int, int]]:
    """(first, last) of each run of days with the same hours."""
    runs: list[tuple[int, int]] = []
    for at, day in enumerate(days):
        if runs and days[runs[-1][0]] == day:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def _spans(day: str) -> str:
    if day == "1" * 24:
        return "all day"
    said, begin = [], None
    for hour, mark in enumerate(f"{day}0"):
        if mark == "1" and begin is None:
            begin = hour
        elif mark == "0" and begin is not None:
            said.append(f"{begin:02}:00–{hour:02}:00")
            begin = None
    return " and ".join(said)
