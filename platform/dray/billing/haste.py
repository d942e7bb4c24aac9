"""How long one transaction may hold the database's writer, on a fast machine and on a busy one alike."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")

BREATH: Final = 0.03
"""Seconds between two pieces. Who waits for SQLite's writer looks again after 25 ms for most of the first 200, and
between pieces that follow each other at once would find it taken again and again."""

ENOUGH: Final = 0.05
"""Seconds after which a piece takes nothing more; what it has begun it finishes."""


class Stride:
    """How many to take at a time: at most so many, fewer down to a tenth while that takes more than twice of what is
    enough, and more again when it is quick."""

    def __init__(self, most: int) -> None:
        self._most = self.many = most

    @contextmanager
    def measured(self) -> Iterator[None]:
        """So many are worked on inside."""
        began = time.monotonic()
        yield
        took = time.monotonic() - began
        if took > 2 * ENOUGH:
            self.many = max(self.many // 2, self._most // 10, 1)
        elif took < ENOUGH:
            self.many = min(self.many * 2, self._most)


def while_quick(several: Sequence[T]) -> Iterator[T]:
    """One after the other until the time is over, the first in any case."""
    began = time.monotonic()
    for each in several:
        yield each
        if time.monotonic() - began > ENOUGH:
            return


def in_turns(several: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The values in lists of at most so many, with a breath in between: whoever works on one commits before the next.

    How long they are follows a Stride.
    """
    stride, start = Stride(most), 0
    while start < len(several):
        if start:
            let_others_write()
        many = stride.many
        with stride.measured():
            yield several[start : start + many]
        start += many


def let_others_write() -> None:
    """Wait a little, holding nothing."""
    time.sleep(BREATH)
