"""The runs of one connection over the last day, as a grid of ten-minute cells; and the newest of them as a list.

A poll that found nothing to do leaves no row. What is known of those is the streak they made: since when, until when.
So a cell is told as it is known: a run, a call that found nothing, nothing known, or no call where one was due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from dray.sync.models import Exchange
from dray_tenants.scope import Scoped

CELL: Final = dt.timedelta(minutes=10)
CELLS: Final = 144
READ: Final = 400
"""Runs that are read at most: a Web Connector that is asked to call every minute makes more cells of several runs."""
LISTED: Final = 8


class Look(StrEnum):
    """What a cell says."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    STOPPED = "stopped"
    IDLE = "idle"
    UNKNOWN = "unknown"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Run:
    """One exchange that did something, or was stopped."""

    at: dt.datetime
    accepted: int
    refused: int
    handed_out: int
    stopped: str
    open: bool

    @property
    def invoices(self) -> int:
        """How many it was about: one whose customer was refused is refused too, and was never handed out."""
        return max(self.handed_out, self.accepted + self.refused)

    @property
    def unanswered(self) -> int:
        """How many of its invoices got no answer in it."""
        return self.invoices - self.accepted - self.refused

    @property
    def look(self) -> Look:
        """As its cell shows it."""
        if self.stopped:
            return Look.STOPPED
        if self.accepted < self.invoices:
            return Look.PARTLY
        return Look.ACCEPTED if self.accepted else Look.IDLE


@dataclass(frozen=True, slots=True)
class Cell:
    """Ten minutes."""

    at: dt.datetime
    look: Look
    accepted: int = 0
    refused: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Runs:
    """The grid, oldest first, and the newest runs that did something."""

    cells: Sequence[Cell]
    newest: Sequence[Run]

    def count(self, look: str) -> int:
        """How many cells look so."""
        return sum(cell.look == look for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Calls:
    """What is known of calls that left no row: from `since` to `last` they found nothing to do; `silent_since`: the
    last call, where calls are overdue."""

    since: dt.datetime | None = None
    last: dt.datetime | None = None
    silent_since: dt.datetime | None = None


def read(session: Scoped, connection_id: int, calls: Calls, *, now: dt.datetime) -> Runs:
    """The last day of one connection of the tenant in scope."""
    begin = _floor(now) - CELL * (CELLS - 1)
    statement = (
        select(
            Exchange.opened_at,
            Exchange.accepted,
            Exchange.refused,
            Exchange.handed_out,
            Exchange.stopped,
            Exchange.closed_at,
        )
        .where(Exchange.connection_id == connection_id)
        .order_by(Exchange.id.desc())
        .limit(READ)
    )
    runs = [
        Run(opened, accepted, refused, handed_out, stopped or "", closed is None)
        for opened, accepted, refused, handed_out, stopped, closed in session.execute(statement)
    ]
    newest = [run for run in runs if run.invoices or run.stopped][:LISTED]
    return Runs(cells([run for run in runs if run.at >= begin], begin, calls, now=now), newest)


def cells(runs: Sequence[Run], begin: dt.datetime, calls: Calls, *, now: dt.datetime) -> list[Cell]:
    """The grid of these runs. Pure."""
    by_cell: dict[int, list[Run]] = {}
    for run in runs:
        by_cell.setdefault(int((run.at - begin) / CELL), []).append(run)
    starts = [begin + CELL * at for at in range(CELLS)]
    return [
        _of_runs(start, by_cell[at]) if at in by_cell else Cell(start, _without(start, calls, now))
        for at, start in enumerate(starts)
    ]


def _of_runs(at: dt.datetime, runs: Sequence[Run]) -> Cell:
    looks = {run.look for run in runs}
    order = (Look.STOPPED, Look.PARTLY, Look.ACCEPTED, Look.IDLE)
    return Cell(
        at,
        next(look for look in order if look in looks),
        sum(run.accepted for run in runs),
        sum(run.refused for run in runs),
        sum(run.unanswered for run in runs),
    )


def _without(start: dt.datetime, calls: Calls, now: dt.datetime) -> Look:
    if calls.silent_since is not None and start > calls.silent_since and start + CELL <= now:
        return Look.MISSED
    if calls.since is not None and calls.last is not None and calls.since < start + CELL and start <= calls.last:
        return Look.IDLE
    return Look.UNKNOWN


def _floor(moment: dt.datetime) -> dt.datetime:
    return moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)
