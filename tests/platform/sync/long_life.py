"""A long life: one company's Web Connector calls ten thousand times, and what that costs stays as it was.

    python -m tests.platform.sync.long_life [--sessions 10000]

An hour passes between two sessions. One in ten posts an invoice, one in thirty loses the answer; each request of
billing carries an Idempotency-Key; the background tidies once a day. Prints, at every tenth part, the memory of this
process and the rows that exchanges and requests leave behind. Ends with 1 where the last half of the life grew beyond
the first by more than a twentieth.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from dray.billing import idempotency
from dray.billing.idempotency import Answer as Kept
from dray.billing.models import IdempotencyKey
from dray.connections import opening
from dray.connections.models import Connection
from dray.housekeeping import drop_the_old
from dray.installation import Dray, compose
from dray.migrations.upgrade import upgrade
from dray.settings import read_settings
from dray.sync.models import Exchange, SyncBatch, Transcript
from dray_sdk import Answer, Failure, Request
from dray_tenants.database import Engines
from tests.platform.sync.office import Office

REMEMBERED = dt.timedelta(days=60)
"""Older invoices leave the pretend company file: its memory is not this program's."""

GROWTH = 1.05

MEASURED = ("resident_kb", "exchanges", "batches", "transcripts", "keys", "stored")


@dataclass(frozen=True, slots=True)
class Sizes:
    """What one company has cost so far. `stored`: message sets that QuickBooks still remembers for us."""

    sessions: int
    resident_kb: int
    exchanges: int
    batches: int
    carrying: int
    transcripts: int
    keys: int
    stored: int
    to_forget: int

    def __str__(self) -> str:
        return (
            f"{self.sessions:>6} sessions: {self.resident_kb / 1024:6.1f} MB; {self.exchanges} exchanges, "
            f"{self.batches} batches ({self.carrying} with bytes), {self.transcripts} transcripts, {self.keys} keys, "
            f"{self.stored} message sets in the books, {self.to_forget} to be forgotten there"
        )


def main() -> int:
    """Live, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dray-life-") as directory:
        url = f"sqlite:///{Path(directory) / 'dray.db'}"
        upgrade(url)
        with Engines(url) as engines:
            seen = live(Office(engines), url, Path(directory), options.sessions)
    middle = len(seen) // 2
    grown = [name for name in MEASURED if _most(seen[middle:], name) > _most(seen[:middle], name) * GROWTH + 5]
    print(f"Grew in the last half: {', '.join(grown) or 'nothing'}.")
    return 1 if grown else 0


def _most(seen: Sequence[Sizes], name: str) -> int:
    """The largest that it was: between two tidyings rows come and go."""
    return max(int(getattr(each, name)) for each in seen)


def live(office: Office, url: str, home: Path, sessions: int) -> list[Sizes]:
    """So many sessions; what they cost at every tenth part."""
    keys = {"DRAY_SECRET_KEY": "s" * 40, "DRAY_VAULT_KEYS": "k1:" + base64.b64encode(bytes(32)).decode()}
    settings = read_settings({**keys, "DRAY_HOME": str(home), "DRAY_DATABASE_URL": url})
    parts = compose(settings, clock=lambda: office.now)
    customer, seen, began = office.customer("Bramble Creek Builders"), [], time.monotonic()
    with parts.engines:
        for number in range(1, sessions + 1):
            _one(office, parts, customer, number)
            if number % max(1, sessions // 10) == 0:
                seen.append(_measure(office, number))
                print(f"{seen[-1]} ({time.monotonic() - began:.0f} s)", flush=True)
    assert set(office.states().values()) <= {"synced"}
    return seen


def _one(office: Office, parts: Dray, customer: str, number: int) -> None:
    office.now += dt.timedelta(hours=1)
    if number % 10 == 0:
        office.send([office.invoice(customer)])
    with office.session() as session:
        idempotency.begin(session, "POST /invoices", f"key {number}", "body", at=office.now)
        idempotency.finish(session, "POST /invoices", f"key {number}", Kept(201, {"invoice": "inv_one"}))
        connection = session.scalars(select(Connection)).one()
        opening.check_now(session, connection, at=office.now)
        session.commit()
    office.run(around=_lose if number % 30 == 0 else None)
    if number % 30 == 0:
        office.run()
    if number % 24 == 0:
        drop_the_old(parts)
        office.handed_out.clear()
        invoices = office.company.transactions.get("Invoice", {})
        for key, record in list(invoices.items()):
            if dt.datetime.fromisoformat(record["TimeCreated"]) < office.now - REMEMBERED:
                office.company.delete(key, office.now)
        office.company.deleted.clear()


def _lose(request: Request, ask: Callable[[], Answer | Failure]) -> Answer | Failure | None:
    answer = ask()
    return None if b"<InvoiceAddRq" in request.body else answer


def _measure(office: Office, number: int) -> Sizes:
    gc.collect()
    with office.session() as session:

        def count(table: type, *where: object) -> int:
            statement = select(func.count()).select_from(table)
            return session.scalar(statement.where(*where) if where else statement) or 0  # type: ignore[arg-type]

        return Sizes(
            sessions=number,
            resident_kb=int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024,
            exchanges=count(Exchange),
            batches=count(SyncBatch),
            carrying=count(SyncBatch, SyncBatch.contents.is_not(None)),
            transcripts=count(Transcript),
            keys=count(IdempotencyKey),
            stored=len(office.company.message_sets),
            to_forget=len(session.scalars(select(Connection.to_forget)).one() or ()),
        )


if __name__ == "__main__":
    sys.exit(main())
