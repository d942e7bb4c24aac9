"""When the books' side will probably call next. Pure: learned from the polls so far, and always said as "about"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dray.connections.calling import PATIENCE, USUAL, interval

__all__ = ["USUAL", "NextRun", "expected", "interval"]


@dataclass(frozen=True, slots=True)
class NextRun:
    """What is expected. `at` is None before first contact and when the caller has gone silent (`silent_since`)."""

    at: dt.datetime | None
    silent_since: dt.datetime | None = None


def expected(last: dt.datetime | None, every: dt.timedelta, now: dt.datetime) -> NextRun:
    """The next call, given the last one and how far apart they are."""
    if last is None:
        return NextRun(None)
    if now - last > every * PATIENCE:
        return NextRun(None, silent_since=last)
    return NextRun(max(last + every, now))
