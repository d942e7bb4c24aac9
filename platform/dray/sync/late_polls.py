"""Polls that found nothing to do while somebody else was writing: counted in memory until a later one is written."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class LatePolls:
    """Polls with nothing to do that came while somebody else was writing: connection → since when nothing was due, the
    last of them, how many. The next poll of any connection writes them. Safe to share between threads."""

    kept: dict[int, tuple[dt.datetime, dt.datetime, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, connection_id: int, since: dt.datetime, at: dt.datetime) -> None:
        """One more of that connection."""
        with self.lock:
            first, _, polls = self.kept.get(connection_id, (since, at, 0))
            self.kept[connection_id] = (min(first, since), at, polls + 1)

    def take(self) -> list[dict[str, object]]:
        """All of them, as the statement wants them; they are gone from here."""
        if not self.kept:
            return []
        with self.lock:
            taken, self.kept = self.kept, {}
        return [{"of": of, "since": since, "at": at, "polls": polls} for of, (since, at, polls) in taken.items()]
