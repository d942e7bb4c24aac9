"""When a shift asks for its jobs."""

from __future__ import annotations

import datetime as dt
import itertools
from types import SimpleNamespace
from typing import Any, cast

from dray.background.jobs import Job, Shift, keep_time

BEGIN = dt.datetime(2026, 11, 19, 10, tzinfo=dt.UTC)


def test_a_job_may_wait_before_its_first_time_and_the_others_do_not() -> None:
    seconds = itertools.count()
    asked: list[tuple[str, int]] = []
    passed = 0

    def clock() -> dt.datetime:
        nonlocal passed
        passed = next(seconds)
        return BEGIN + dt.timedelta(seconds=passed)

    def enqueue(name: str, *_: int) -> None:
        asked.append((name, passed))
        if name == "late":
            shift.stop.set()

    shift = Shift(cast(Any, SimpleNamespace(clock=clock)), enqueue)
    jobs = (Job("soon", print, every=10_000), Job("late", print, every=10_000, after=60))
    keep_time(jobs, shift, glance=0)
    assert [name for name, _ in asked] == ["soon", "late"]
    assert asked[0][1] < 10
    assert asked[1][1] >= 60
