"""Jobs, and the shift in which a worker does them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from dray.installation import Dray

__all__ = ["GLANCE", "Enqueue", "Job", "Shift", "keep_time", "run_once"]

GLANCE: Final = 1.0
"""Seconds between two looks at what is due."""

_log = structlog.get_logger(__name__)


class Enqueue(Protocol):
    """Asks for a job by its name, with a few numbers. What is asked for may be lost, or done twice."""

    def __call__(self, name: str, *numbers: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Shift:
    """What a job works with. `stop` is set when the worker is to end: whatever takes long looks at it."""

    parts: Dray
    enqueue: Enqueue
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do: every so many seconds, or, where `every` is None, when it is enqueued. It may be done twice at
    the same time. `calls`: it waits for others and not for us, so that many are done at once. `after`: seconds from the
    beginning of a shift to the first time."""

    name: str
    run: Callable[..., object]
    every: int | None = None
    calls: bool = False
    after: int = 0

    def do(self, shift: Shift, *numbers: int) -> None:
        """Do it. One that breaks is told of, and done again when its time comes or when it is found due again."""
        try:
            done = self.run(shift, *numbers)
        except Exception:  # noqa: BLE001  one job that breaks must not end the others
            _log.exception("job broke", job=self.name, numbers=numbers)
            return
        _log.debug("job done", job=self.name, numbers=numbers, result=str(done))


def keep_time(jobs: Sequence[Job], shift: Shift, *, glance: float = GLANCE) -> None:
    """Enqueue every job whose time has come, until the shift ends."""

    def now() -> float:
        return shift.parts.clock().timestamp()

    next_at = {job.name: now() + job.after for job in jobs if job.every is not None}
    while not shift.stop.is_set():
        for job in jobs:
            if job.every is not None and next_at[job.name] <= now():
                shift.enqueue(job.name)
                next_at[job.name] = now() + job.every
        shift.stop.wait(glance)


def run_once(jobs: Sequence[Job], parts: Dray) -> None:
    """Every job that has a time, once and now, with all that it enqueues. What breaks, breaks here."""
    by_name: Mapping[str, Job] = {job.name: job for job in jobs}

    def enqueue(name: str, *numbers: int) -> None:
        by_name[name].run(shift, *numbers)

    shift = Shift(parts, enqueue)
    for job in jobs:
        if job.every is not None:
            job.run(shift)
