"""What a large import costs: memory that must not grow with the file, and how long it holds the writer.

    python -m ops.bench.imports [ROWS]

Makes a company on SQLite in a temporary folder, imports a CSV of that many rows (100,000) as the worker does, and
prints one line for each step. Status 1 where the process grew by more than 30 MB, or the writer was held for more than
200 ms (99th percentile).
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import event

from dray.api.v1.entries import READERS
from dray.imports import storing, work
from dray.imports.models import Import
from dray.imports.states import Kind, State
from dray.migrations.upgrade import upgrade
from dray_tenants.database import Engines, new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
LINES = 3
HEADINGS = "number,date,customer,email,item,description,quantity,unit_price\n"


MOST_GROWTH: Final = 30.0
MOST_HELD: Final = 200.0


def main() -> int:
    """Run the measurement."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as home:
        url = f"sqlite:///{Path(home) / 'dray.db'}"
        upgrade(url)
        with Engines(url) as engines, ScopedSession(engines) as session:
            tenant = Tenant(public_id=new_public_id("ten"), slug="bench", name="Bench", time_zone="UTC", created_at=NOW)
            session.add(tenant)
            session.commit()
            held = Held(engines)
            with session.tenant(tenant.id):
                return measure(session, rows, held)


def measure(session: ScopedSession, rows: int, held: Held) -> int:
    """Bring the file in and keep it; one line for each step. 1 where a bound was passed."""
    before, _ = say("before", 0, held)
    began = time.monotonic()
    public_id = storing.begin(session, Kind.INVOICES, "bench.csv", actor="bench", at=NOW).public_id
    session.commit()
    offset = 0
    for piece in pieces(rows):
        offset = storing.add(session, public_id, piece, offset=offset, at=NOW)
    storing.complete(session, public_id, at=NOW)
    session.commit()
    figures = [say(f"stored {offset / 1e6:.1f} MB", time.monotonic() - began, held)]
    figures.append(turn(session, public_id, "read and judged", State.READY, held))
    work.start_keeping(session, public_id, actor="bench", at=NOW)
    session.commit()
    figures.append(turn(session, public_id, "kept", State.DONE, held))
    most, longest = (max(each) for each in zip(*figures, strict=True))
    return 0 if most - before <= MOST_GROWTH and longest <= MOST_HELD else 1


def turn(session: ScopedSession, public_id: str, word: str, until: State, held: Held) -> tuple[float, float]:
    """Go on until the import stands there; what `say` says."""
    began = time.monotonic()
    while work.go_on(session, public_id, READERS, clock=lambda: NOW, pieces=work.A_TURN):
        pass
    row: Import = storing.find(session, public_id)
    if row.state != until:
        raise SystemExit(f"the import is {row.state}: {row.problem}")
    said = f"{word}: {row.entries} entries of {row.rows} rows, {row.new} new, {row.bad} bad"
    session.commit()
    return say(said, time.monotonic() - began, held)


def pieces(rows: int) -> Iterator[bytes]:
    """The file, without ever holding all of it."""
    text = HEADINGS
    for number in range(rows):
        invoice = number // LINES
        customer = f"Customer {invoice % 2000},c{invoice % 2000}@bench.example"
        text += f"B-{invoice},2026-11-01,{customer},20 yd,Roll-off ticket {number},1,{number % 900}.50\n"
        if len(text) > storing.PIECE:
            yield text.encode()
            text = ""
    yield text.encode()


class Held:
    """How long the transactions of the write engine lasted: they are what other writers wait for."""

    def __init__(self, engines: Engines) -> None:
        self._began = 0.0
        self._spans: list[float] = []
        event.listen(engines.write, "begin", self._begin)
        event.listen(engines.write, "commit", self._end)
        event.listen(engines.write, "rollback", self._end)

    def taken(self) -> tuple[float, float]:
        """(99th percentile, longest) in milliseconds since the last call."""
        spans, self._spans = sorted(self._spans) or [0.0], []
        return spans[int(len(spans) * 0.99)] * 1000, spans[-1] * 1000

    def _begin(self, connection: object) -> None:
        self._began = time.monotonic()

    def _end(self, connection: object) -> None:
        self._spans.append(time.monotonic() - self._began)


def say(step: str, seconds: float, held: Held) -> tuple[float, float]:
    """One line: the step, its time, the most memory this process ever had, how long the writer was held. Returned are
    that memory in MB, and those milliseconds at the 99th percentile."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    usual, longest = held.taken()
    sys.stdout.write(
        f"{step}: {seconds:.1f} s, at most {memory:.0f} MB, writer held {usual:.0f} ms (p99), {longest:.0f} ms\n"
    )
    sys.stdout.flush()
    return memory, usual


if __name__ == "__main__":
    raise SystemExit(main())
