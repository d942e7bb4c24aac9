"""How much of a web worker the pages that follow by themselves may use, so that Web Connectors are answered first.

Each open page asks for its changing parts every few seconds. Two hundred of them would keep two workers busy, and
whoever calls for invoices would stand in line behind people who only look. So a worker works on one such question at a
time, and rests from them for as long as the last one kept its processor: half of it stays free whatever they ask.
Whoever is turned away hears so at once and asks again a little later (`static/live.js`); what they look at is only
older by that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["LiveShare", "is_live"]

LAST_PART: Final = "/live"
"""What the addresses of changing parts end with."""

_BUSY: Final = b"Others are looking too. This page asks again by itself.\n"
_HEADERS: Final = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_BUSY))),
    ("Cache-Control", "no-store"),
    ("Retry-After", "3"),
]


def is_live(environ: WSGIEnvironment) -> bool:
    """Whether a page asks for its changing parts."""
    return environ.get("REQUEST_METHOD") == "GET" and str(environ.get("PATH_INFO", "")).endswith(LAST_PART)


class LiveShare:
    """A WSGI application before another. `ticks` is a clock that only goes forward, `spent` the processor time of the
    present thread; both in seconds."""

    def __init__(
        self,
        others: WSGIApplication,
        ticks: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        self._others, self._ticks, self._spent = others, ticks, spent
        self._one_at_a_time = threading.Lock()
        self._rests_until = float("-inf")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answered by the other, or 503 at once."""
        if not is_live(environ):
            return self._others(environ, start_response)
        if not self._one_at_a_time.acquire(blocking=False):
            return _busy(start_response)
        try:
            if self._ticks() < self._rests_until:
                return _busy(start_response)
            began = self._spent()
            try:
                return self._others(environ, start_response)
            finally:
                self._rests_until = self._ticks() + self._spent() - began
        finally:
            self._one_at_a_time.release()


def _busy(start_response: StartResponse) -> Iterable[bytes]:
    start_response("503 Service Unavailable", list(_HEADERS))
    return [_BUSY]
