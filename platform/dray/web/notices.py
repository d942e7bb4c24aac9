"""What a page says at its top after something was done. Kept in the session until the next page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

_LONGEST_LINE: Final = 240
_ROOM: Final = 2_000
"""Bytes for all lines together. The session is a cookie, and a browser drops one of 4 kB without a word: a person would
be signed out by a long message."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, lines below it, and what can still be undone from here: the public id of a sending, or an address
    that undoes it."""

    text: str
    more: Sequence[str] = ()
    undo: str = ""
    undo_at: str = ""

    @property
    def plain(self) -> Any:
        """The notice as the session can hold it, for `flask.flash`. Lines for which there is no room are counted."""
        lines = list(_that_fit(self.more))
        left = len(self.more) - len(lines)
        plain = {
            "text": _cut(self.text),
            "more": [*lines, f"and {left:,} more; each says why on its own page."] if left else lines,
            "undo": self.undo,
        }
        return {**plain, "undo_at": self.undo_at} if self.undo_at else plain


def _that_fit(lines: Sequence[str]) -> Iterator[str]:
    room = _ROOM
    for line in map(_cut, lines):
        room -= len(json.dumps(line))
        if room < 0:
            return
        yield line


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
