"""The embedded engine: one process that keeps the time and does the jobs in threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from dray.background.jobs import GLANCE, Job, Shift, keep_time
from dray.installation import Dray

__all__ = ["Threads"]

OURS_AT_ONCE: Final = 2


@dataclass(slots=True)
class Threads:
    """Does the jobs until `stop` is set: `calls_at_once` of those that wait for others, and two of the rest beside
    them, so that slow books hold up no mail."""

    parts: Dray
    jobs: Sequence[Job]
    calls_at_once: int
    glance: float = GLANCE
    _wanted: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, stop: threading.Event) -> None:
        """Returns when everything that was begun has ended."""
        by_name = {job.name: job for job in self.jobs}
        with (
            ThreadPoolExecutor(OURS_AT_ONCE, "jobs") as ours,
            ThreadPoolExecutor(self.calls_at_once, "calls") as calls,
        ):

            def enqueue(name: str, *numbers: int) -> None:
                job = by_name[name]
                if self._want(name, numbers):
                    (calls if job.calls else ours).submit(self._do, job, shift, numbers)

            shift = Shift(self.parts, enqueue, stop)
            keep_time(self.jobs, shift, glance=self.glance)
            for pool in (calls, ours):
                pool.shutdown(wait=False, cancel_futures=True)

    def _want(self, name: str, numbers: tuple[int, ...]) -> bool:
        """Whether it was not wanted already: what waits or is being done need not be asked for twice."""
        with self._lock:
            if (name, numbers) in self._wanted:
                return False
            self._wanted.add((name, numbers))
            return True

    def _do(self, job: Job, shift: Shift, numbers: tuple[int, ...]) -> None:
        try:
            if not shift.stop.is_set():
                job.do(shift, *numbers)
        finally:
            with self._lock:
                self._wanted.discard((job.name, numbers))
