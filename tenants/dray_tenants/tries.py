"""Counting tries, so that guessing is slow and nobody can lock another person out for long.

A try is counted before it is judged, and given back when it was good: however many come at the same moment, each is
counted. After a few free ones each further try has to wait, twice as long each time, up to some minutes. Who tries
meanwhile is refused unjudged, and that is not counted: hammering never makes the wait longer.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray_tenants.people_models import TryCount
from dray_tenants.scope import Scoped

__all__ = ["Counted", "Pace", "forgive", "give_back", "network_of", "sweep", "take"]

FORGOTTEN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries are free, the wait after the first that is not, and the longest wait."""

    free: int
    first_wait: timedelta
    longest_wait: timedelta

    def wait_after(self, tries: int) -> timedelta:
        """How long to wait after so many tries in vain."""
        beyond = tries - self.free
        if beyond < 0:
            return timedelta(0)
        wait: timedelta = self.first_wait * 2 ** min(beyond, 20)
        return min(wait, self.longest_wait)


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing that is counted: a kind, what it is about, and its pace."""

    kind: str
    about: tuple[str, ...]
    pace: Pace

    @property
    def name(self) -> str:
        """A hash, so that no address of a person or a machine is kept. Lengths keep parts apart."""
        text = "".join(f"{len(part)}:{part}" for part in (self.kind, *self.about))
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def take(session: Scoped, counted: Iterable[Counted], *, now: datetime) -> timedelta | None:
    """Count one try under each; None: it may be judged. Otherwise how long to wait; nothing was counted then.

    Commit it before judging.
    """
    every = sorted(counted, key=lambda each: each.name)  # in one order, so that two never wait for each other
    waits = [wait for each in every if (wait := _take_one(session, each, now))]
    if waits:
        session.rollback()
        return max(waits)
    return None


def forgive(session: Scoped, counted: Iterable[Counted]) -> None:
    """The try was good: forget those before it."""
    for each in sorted(counted, key=lambda each: each.name):
        session.execute(delete(TryCount).where(TryCount.name == each.name))


def give_back(session: Scoped, counted: Iterable[Counted]) -> None:
    """The try was good: do not count it, and do not wait for it. Those before it stay counted."""
    for each in sorted(counted, key=lambda each: each.name):
        session.execute(
            update(TryCount)
            .where(TryCount.name == each.name, TryCount.tries > 0)
            .values(tries=TryCount.tries - 1, wait_until=None)
        )


def sweep(session: Scoped, *, now: datetime) -> int:
    """Drop what is forgotten; how many."""
    return int(cast(Any, session.execute(delete(TryCount).where(TryCount.last_at < now - FORGOTTEN_AFTER))).rowcount)


def network_of(address: str) -> str:
    """The network that an address belongs to, as far as one customer usually has it: /24 of IPv4, /56 of IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:45]
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    found = mapped or found
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 56), strict=False))


def _take_one(session: Scoped, counted: Counted, now: datetime) -> timedelta | None:
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        make(TryCount).on_conflict_do_nothing(index_elements=["name"]),
        [{"name": counted.name, "tries": 0, "last_at": now, "wait_until": None}],
    )
    row = session.execute(
        select(TryCount.tries, TryCount.last_at, TryCount.wait_until)
        .where(TryCount.name == counted.name)
        .with_for_update()
    ).one()
    if row.wait_until is not None and row.wait_until > now:
        return cast(timedelta, row.wait_until - now)
    tries = 1 if now - row.last_at > FORGOTTEN_AFTER else row.tries + 1
    wait = counted.pace.wait_after(tries)
    session.execute(
        update(TryCount)
        .where(TryCount.name == counted.name, or_(TryCount.wait_until.is_(None), TryCount.wait_until <= now))
        .values(tries=tries, last_at=now, wait_until=now + wait if wait else None)
    )
    return None
