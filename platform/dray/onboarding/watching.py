"""Which ways in are watched: known in memory, so that a call nobody watches costs nothing.

A hundred thousand Web Connectors poll an installation; at most some dozens of them are being set up. Each process asks
the database for those once a second while it is called, and not for each call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dray.clock import Clock
from dray.connections.models import Install
from dray.onboarding.models import Setup
from dray_tenants.scope import ScopedSession

__all__ = ["EVERY", "Watched", "Watches"]

EVERY: Final = 1.0
"""Seconds after which a process looks again for what is watched."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """One watched way in."""

    tenant_id: int
    connection_id: int
    install_id: int
    public_id: str


class Watches:
    """The watched ways in, as of at most a second ago. Safe to share between threads."""

    def __init__(
        self, readers: Callable[[], ScopedSession], clock: Clock, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._readers, self._clock, self._ticks = readers, clock, ticks
        self._lock = Lock()
        self._found: Mapping[str, Watched] = {}
        self._look_at = float("-inf")

    def get(self, install: str) -> Watched | None:
        """The way in of that public id, if it is watched now."""
        if self._ticks() >= self._look_at:
            self._look()
        return self._found.get(install)

    def look_again(self) -> None:
        """Something was begun to be watched in this process: the next call is seen already."""
        self._look_at = float("-inf")

    def _look(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # another thread is looking; what was known a second ago is good enough meanwhile
        try:
            self._look_at = self._ticks() + EVERY
            with self._readers() as session:
                rows = session.execute(_WATCHED.where(Setup.watched_until > self._clock())).all()
            self._found = {row.public_id: Watched(*row) for row in rows}
        except SQLAlchemyError:
            # The call itself is answered all the same, or says so itself; watching can wait.
            _log.warning("watched set-ups not read", exc_info=True)
        finally:
            self._lock.release()


_WATCHED: Final = select(Install.tenant_id, Install.connection_id, Install.id, Install.public_id).join(
    Setup, (Setup.tenant_id == Install.tenant_id) & (Setup.connection_id == Install.connection_id)
)
