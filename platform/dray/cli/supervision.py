"""Several processes as one: started together, stopped together, and none left behind."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from dray.cli.output import say

__all__ = ["Child", "dray_command", "stop_on_signals", "supervise"]

GRACE: Final = 35.0
"""Seconds for a process to end by itself: a little longer than gunicorn gives its workers."""
LONGEST_PAUSE: Final = 30.0
_GLANCE: Final = 0.25
_SET_DEATH_SIGNAL: Final = 1  # prctl(2): PR_SET_PDEATHSIG


@dataclass(slots=True)
class Child:
    """A process to keep. `vital`: when it ends, everything ends; otherwise it is started again after a pause. It is
    started once `ready` says so, and killed where it has not ended `grace` seconds after it was told to."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    vital: bool = False
    stdin: str | None = field(default=None, repr=False)
    ready: Callable[[], bool] = lambda: True
    process: subprocess.Popen[str] | None = None
    deaths: int = 0
    start_at: float = 0.0
    grace: float = GRACE

    def start(self) -> None:
        """Start it, in a process group of its own: Ctrl-C in a terminal reaches us alone, and we stop it in order."""
        self.process = subprocess.Popen(
            self.arguments,
            env=dict(self.environment),
            stdin=subprocess.PIPE if self.stdin is not None else subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no threads run here yet
        )
        if self.stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(self.stdin + "\n")
            self.process.stdin.close()


def dray_command(*arguments: str) -> list[str]:
    """The command line of one of our own commands, run by the Python that runs this."""
    return [sys.executable, "-m", "dray", *arguments]


def supervise(
    children: Sequence[Child],
    stop: threading.Event,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Keep the children running until `stop` is set (0) or a vital one ends (1). `meanwhile` is called now and then.

    Whichever way it ends, by an exception too, no child is left running.
    """
    try:
        while not stop.is_set():
            for child in children:
                if _look_after(child, clock()):
                    return 1
            meanwhile()
            stop.wait(_GLANCE)
        return 0
    finally:
        _stop_all(children)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM or SIGHUP sets; the handlers before come back afterwards."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _look_after(child: Child, now: float) -> bool:
    """Start it again if it ended and its pause is over; whether everything must end."""
    if child.process is None:
        if now >= child.start_at and child.ready():
            child.start()
        return False
    status = child.process.poll()
    if status is None:
        return False
    if child.vital:
        say(f"{child.name} ended with status {status}; stopping everything")
        return True
    child.process = None
    child.deaths += 1
    pause = min(LONGEST_PAUSE, 2.0 ** min(child.deaths, 10))
    child.start_at = now + pause
    say(f"{child.name} ended with status {status}; it starts again in {pause:.0f} s")
    return False


def _stop_all(children: Sequence[Child]) -> None:
    running = [
        (child.process, child.grace) for child in children if child.process is not None and child.process.poll() is None
    ]
    for process, _ in running:
        process.terminate()
    told_at = time.monotonic()
    for process, grace in running:
        try:
            process.wait(max(0.1, told_at + grace - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    """Have the kernel end the child when its parent is killed and cannot do it."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
