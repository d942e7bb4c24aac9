"""How long one transaction may hold the database's writer, on a fast machine and on a busy one alike."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

BREATH: Final = 0.02
"""Seconds between two pieces. Who waits for SQLite's writer looks again after a little while, and between pieces that
follow each other at once would often find it taken again."""

ENOUGH: Final = 0.08
"""Seconds after which a piece takes nothing more; what it has begun it finishes."""


def while_quick(several: Sequence[T]) -> Iterator[T]:
    """One after the other until the time is over, the first in any case."""
    began = time.monotonic()
    for each in several:
        yield each
        if time.monotonic() - began > ENOUGH:
            return


def let_others_write() -> None:
    """Wait a little, holding nothing."""
    time.sleep(BREATH)
