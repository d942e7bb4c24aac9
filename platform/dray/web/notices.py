"""What a page says at its top after something was done. Kept in the session until the next page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, lines below it, and the public id of a sending that can still be undone from here."""

    text: str
    more: Sequence[str] = ()
    undo: str = ""

    @property
    def plain(self) -> Any:
        """The notice as the session can hold it, for `flask.flash`."""
        return {**asdict(self), "more": list(self.more)}
