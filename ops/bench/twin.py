"""What a copy of 50,000 names costs: the first reading, a reading of ten changes, and judging by it.

    python -m ops.bench.twin [NAMES]

The pretend QuickBooks answers in the same process; its own time is left out of every figure.
"""

from __future__ import annotations

import datetime as dt
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from dray.connections import opening
from dray.connections.models import Connection
from dray.installation import Dray, compose
from dray.migrations.upgrade import upgrade
from dray.settings import read_settings
from dray.twin import reading
from dray.twin.judging import BooksJudge
from dray.twin.reading import Asked
from dray_qbd import connector
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_sdk import Answer, Batch, Books, Invoice, Kind, Line, LineKind, Money, Reference
from dray_tenants.companies import create_tenant
from dray_tenants.scope import ScopedSession

BOOKS = Books("Bench", id="bench")
DOCUMENTS = 10_000
PIECE = 250


def main() -> None:
    """Measure, and print a line for each figure."""
    names = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory(prefix="dray-bench-twin-") as home:
        parts = installation(Path(home))
        with ScopedSession(parts.engines) as session:
            tenant = create_tenant(session, parts.vault, name="Bench", slug="bench", now=parts.clock())
            with session.tenant(tenant.id):
                opening.open_connection(
                    session, connector, "Books", at=parts.clock(), actor="bench", randomness=secrets.token_bytes
                )
                session.commit()
                measure(parts, session, names)
        parts.engines.dispose()


def installation(home: Path) -> Dray:
    """A migrated one in a directory of its own."""
    address = f"sqlite:///{home / 'dray.db'}"
    upgrade(address)
    return compose(read_settings({"DRAY_HOME": str(home), "DRAY_DATABASE_URL": address, "DRAY_LOG_LEVEL": "error"}))


def measure(parts: Dray, session: ScopedSession, names: int) -> None:
    """The first reading, ten changes, and 10,000 documents."""
    at = parts.clock()
    company = Company.sample(also=[("Customer", {"Name": f"Customer {number:06}"}) for number in range(names)])
    quickbooks = QuickBooks(company, clock=lambda: at + dt.timedelta(hours=2))
    company.rename(next(iter(company.lists["Customer"])), "Changed last", at)
    before = peak()
    report(f"first reading of {names} names", list(read(session, quickbooks, 1, at)), before)
    for list_id in list(company.lists["Customer"])[10:20]:
        company.rename(list_id, f"Renamed {list_id}", at + dt.timedelta(hours=2))
    later = at + dt.timedelta(hours=25)
    report("reading of 10 changes", list(read(session, quickbooks, 2, later)), peak())
    connection = session.scalars(select(Connection)).one()
    documents = [document(number) for number in range(DOCUMENTS)]
    for title, judge in (
        ("judged without the copy", None),
        ("judged by the copy", BooksJudge(session, connection, connector, later)),
    ):
        began = time.process_time()
        for start in range(0, DOCUMENTS, PIECE):
            some = documents[start : start + PIECE]
            if judge is not None:
                judge.look_ahead(some)
            for one in some:
                if judge is not None:
                    judge(one)
                else:
                    connector.judge(one, None, None)
        print(f"{DOCUMENTS} documents {title}: {time.process_time() - began:.2f} s of CPU")


def read(session: ScopedSession, quickbooks: QuickBooks, exchange_id: int, at: dt.datetime) -> Iterator[float]:
    """Reads until nothing is wanted; the seconds of CPU that each request cost us, its commit included."""
    kinds = connector.capabilities.pulls
    while True:
        began = time.process_time()
        connection = session.scalars(select(Connection)).one()
        pulls = reading.wanted(session, connection, exchange_id, kinds, at)
        if not pulls:
            return
        batch = Batch(secrets.token_hex(10), pulls)
        request = connector.encode(batch, BOOKS)
        ours = time.process_time() - began
        answer = quickbooks.process(request.body.decode()).encode()
        began = time.process_time()
        outcomes = connector.decode(batch, request, Answer(answer))
        asked = [Asked(pull.kind, pull.watermark, pull.page, exchange_id, at) for pull in pulls]
        reading.take(session, connection.id, list(zip(asked, outcomes, strict=True)), at)
        session.commit()
        session.expire_all()
        yield ours + time.process_time() - began


def document(number: int) -> Invoice:
    """One invoice for one of the names."""
    amount = Money(42500, "USD")
    line = Line(LineKind.CHARGE, Reference(Kind.ITEM, "Consulting"), "Work", Decimal(1), Decimal(425), amount)
    return Invoice(
        number=str(number),
        date=dt.date(2026, 11, 20),
        customer=Reference(Kind.CUSTOMER, f"Customer {number:06}", id=f"cus_{number}"),
        currency="USD",
        lines=(line,),
        subtotal=amount,
        total=amount,
    )


def peak() -> int:
    """The most memory that this process has held, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def report(what: str, seconds: list[float], before: int) -> None:
    """One line."""
    print(
        f"{what}: {len(seconds)} requests, {sum(seconds):.2f} s of our CPU, the most {max(seconds) * 1000:.0f} ms,"
        f" {(peak() - before) / 1024:.0f} MB more at the peak"
    )


if __name__ == "__main__":
    main()
