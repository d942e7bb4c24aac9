"""When the books' side will probably call next. Pure: learned from the polls so far, and always said as "about"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

USUAL: Final = dt.timedelta(minutes=10)
"""What the file that we hand out asks the Web Connector for."""

_POLLS_TO_LEARN_FROM: Final = 3
_SHORTEST: Final = dt.timedelta(minutes=1)
_LONGEST: Final = dt.timedelta(hours=24)
_PATIENCE: Final = 3
"""After as many intervals without a call, the caller counts as silent."""


@dataclass(frozen=True, slots=True)
class NextRun:
    """What is expected. `at` is None before first contact and when the caller has gone silent (`silent_since`)."""

    at: dt.datetime | None
    silent_since: dt.datetime | None = None


def interval(last: dt.datetime | None, idle_since: dt.datetime | None, idle_polls: int) -> dt.timedelta:
    """How far apart its calls are: the average of the present streak of polls, or the usual ten minutes."""
    if last is None or idle_since is None or idle_polls < _POLLS_TO_LEARN_FROM:
        return USUAL
    return min(max((last - idle_since) / (idle_polls - 1), _SHORTEST), _LONGEST)


def expected(last: dt.datetime | None, every: dt.timedelta, now: dt.datetime) -> NextRun:
    """The next call, given the last one and how far apart they are."""
    if last is None:
        return NextRun(None)
    if now - last > every * _PATIENCE:
        return NextRun(None, silent_since=last)
    return NextRun(max(last + every, now))
