"""How often the books' side calls. Pure: learned from the polls so far."""

from __future__ import annotations

import datetime as dt
from typing import Final

USUAL: Final = dt.timedelta(minutes=10)
"""What the file that we hand out asks the Web Connector for."""

PATIENCE: Final = 3
"""After as many intervals without a call, the caller counts as silent."""

_POLLS_TO_LEARN_FROM: Final = 3
_SHORTEST: Final = dt.timedelta(minutes=1)
_LONGEST: Final = dt.timedelta(hours=24)


def interval(last: dt.datetime | None, idle_since: dt.datetime | None, idle_polls: int) -> dt.timedelta:
    """How far apart its calls are: the average of the present streak of polls, or the usual ten minutes."""
    if last is None or idle_since is None or idle_polls < _POLLS_TO_LEARN_FROM:
        return USUAL
    return min(max((last - idle_since) / (idle_polls - 1), _SHORTEST), _LONGEST)
