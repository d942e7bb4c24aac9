"""How many calls a realm may make: what Intuit's limits and throttles page says."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls of one application to one realm; 0 is without limit."""

    per_minute: int = 500
    per_second: int = 10
    batches_per_minute: int = 40
    at_once: int = 10

    @classmethod
    def none(cls) -> Limits:
        """No limit at all, for tests whose clock stands still."""
        return cls(0, 0, 0, 0)


class TooMany(Exception):
    """The call is over a limit."""


@dataclass(slots=True)
class _Counts:
    calls: deque[datetime] = field(default_factory=deque)
    batches: deque[datetime] = field(default_factory=deque)
    at_once: int = 0


@dataclass(slots=True)
class Throttle:
    """Counts the calls of each realm over the last minute."""

    limits: Limits = field(default_factory=Limits)
    _realms: dict[str, _Counts] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def call(self, realm_id: str, now: datetime, *, batch: bool) -> Iterator[None]:
        """Around one call. TooMany; a call that is refused counts for nothing."""
        with self._lock:
            counts = self._realms.setdefault(realm_id, _Counts())
            self._admit(counts, now, batch=batch)
            counts.at_once += 1
            counts.calls.append(now)
            if batch:
                counts.batches.append(now)
        try:
            yield
        finally:
            with self._lock:
                counts.at_once -= 1

    def _admit(self, counts: _Counts, now: datetime, *, batch: bool) -> None:
        limits = self.limits
        for moments in (counts.calls, counts.batches):
            while moments and moments[0] <= now - timedelta(minutes=1):
                moments.popleft()
        second = now - timedelta(seconds=1)
        recent = 0
        if limits.per_second:
            for moment in reversed(counts.calls):
                if moment <= second:
                    break
                recent += 1
        over = (
            (limits.per_minute and len(counts.calls) >= limits.per_minute)
            or (limits.per_second and recent >= limits.per_second)
            or (batch and limits.batches_per_minute and len(counts.batches) >= limits.batches_per_minute)
            or (limits.at_once and counts.at_once >= limits.at_once)
        )
        if over:
            raise TooMany
