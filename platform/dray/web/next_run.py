"""When the books' side will probably call next. Pure: learned from the polls so far, and always said as "about"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dray.cadence.closures import Span
from dray.cadence.expecting import Usual
from dray.connections.calling import PATIENCE, USUAL, interval

__all__ = ["USUAL", "NextRun", "expected", "interval"]


@dataclass(frozen=True, slots=True)
class NextRun:
    """What is expected. `at` is None before first contact and when the caller has gone silent (`silent_since`).
    `closed`: the planned closure in which the present day lies."""

    at: dt.datetime | None
    silent_since: dt.datetime | None = None
    closed: Span | None = None


def expected(last: dt.datetime | None, every: dt.timedelta, now: dt.datetime, usual: Usual | None = None) -> NextRun:
    """The next call, given the last one, how far apart they are, and in which hours they usually come."""
    if last is None:
        return NextRun(None)
    late = now - last > every * PATIENCE
    if usual is None:
        return NextRun(None, silent_since=last) if late else NextRun(max(last + every, now))
    closed = usual.closure(now)
    if late and closed is None and usual.is_overdue(last, now, every * PATIENCE):
        return NextRun(None, silent_since=last)
    if not late and closed is None:
        return NextRun(max(last + every, now))
    return NextRun(usual.next_from(max(last + every, now)), closed=closed)
