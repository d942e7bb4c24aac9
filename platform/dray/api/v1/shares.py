"""What a tenant's programs may take of one web process, so that the pages and Web Connectors of others stay quick.

Two of their requests are worked on at a time and one waits; a process has twice as many threads. And when they have
used a second of the processor, they get a quarter of its time: a program that calls without a pause is answered a
little later each time, and one that would have to wait longer than half a second is told to come back (429). What the
answer costs is counted, not how many there are, because one request may bring 500 invoices.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from flask import current_app

from dray.extensions import EXTENSION

AT_WORK: Final = 2
"""How many requests of one tenant a process works on at the same time."""
WAITING: Final = 1
"""How many more of them may wait for that."""
SAVED: Final = 1.0
"""Seconds of the processor that may be used at once after a pause."""
SHARE: Final = 0.25
"""What part of the processor's time there is for a tenant that never pauses."""
LONGEST_WAIT: Final = 0.5
_KEY: Final = f"{EXTENSION}.shares"


class NoRoom(Exception):
    """Come back after so many seconds."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"come back after {seconds} s")


@dataclass(slots=True)
class _Share:
    """One tenant's: seconds of the processor that are saved up (below 0: owed), as of when, and who is here."""

    saved: float = SAVED
    at: float = 0.0
    here: int = 0
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_WORK))


@dataclass(slots=True)
class Shares:
    """The shares of this process. Clocks and the pause are handed in. Safe to share between threads."""

    now: Callable[[], float] = time.monotonic
    used: Callable[[], float] = time.thread_time
    pause: Callable[[float], None] = time.sleep
    of: dict[int, _Share] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, tenant_id: int) -> Iterator[None]:
        """A request of that tenant is worked on inside. May wait a little first; raises NoRoom."""
        share = self._enter(tenant_id)
        try:
            if not share.places.acquire(timeout=LONGEST_WAIT):
                raise NoRoom(1)
            try:
                yield from self._measured(share)
            finally:
                share.places.release()
        finally:
            with self.lock:
                share.here -= 1

    def _enter(self, tenant_id: int) -> _Share:
        with self.lock:
            share = self.of.setdefault(tenant_id, _Share(at=self.now()))
            if share.here >= AT_WORK + WAITING:
                raise NoRoom(1)
            share.here += 1
            return share

    def _measured(self, share: _Share) -> Iterator[None]:
        with self.lock:
            wait = self._owed(share)
        if wait:
            self.pause(min(wait, LONGEST_WAIT))
        if wait > LONGEST_WAIT:
            # Only now: who asks again at once, without looking at the answer, is slowed down too.
            raise NoRoom(math.ceil(wait - LONGEST_WAIT))
        began = self.used()
        try:
            yield
        finally:
            with self.lock:
                share.saved -= self.used() - began

    def _owed(self, share: _Share) -> float:
        """How long to wait until nothing is owed."""
        now = self.now()
        share.saved = min(SAVED, share.saved + (now - share.at) * SHARE)
        share.at = now
        return max(0.0, -share.saved / SHARE)


def shares() -> Shares:
    """The shares of this application in this process."""
    kept: Shares = current_app.extensions.setdefault(_KEY, Shares())
    return kept
