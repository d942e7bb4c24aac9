"""Each page by which people watch their invoices, at 1,000,000 of them over two years: server time, weight, statements.

    python -m ops.bench.pages [--invoices 1000000] [--database URL]

The application answers in this process; what a browser would add (network, drawing) is not in it. Told are the time on
the clock, which other work on the machine lengthens, and the processor's (on PostgreSQL without the database's own).
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Iterator
from typing import Any, Final

from flask.testing import FlaskClient
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine

from dray import sign_in
from dray.app import create_app
from dray.billing.models import (
    BookState,
    Customer,
    Invoice,
    Posting,
    Receipt,
    Sending,
    StateCount,
    TimelineEntry,
)
from dray.billing.tallies import slot_of
from dray.billing.tally_models import Tally
from dray.connections import opening
from dray.settings import read_settings
from dray.sync.models import Exchange
from dray_tenants import login
from dray_tenants.companies import create_tenant
from dray_tenants.members import add_member
from dray_tenants.models import User
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from ops.bench.stage import Stage, a_stage

PAGES: Final = (
    "/overview",
    "/overview/live",
    "/overview/synced?days=14",
    "/overview/refused?days=14",
    "/problems",
    "/months?month={month}",
    "/alerts",
    "/invoices",
    "/invoices?state=synced",
)
CALLS: Final = 60
PIECE: Final = 20_000
DAYS: Final = 730
REFUSED: Final = 2_000
PENDING: Final = 500
DIFFERING: Final = 300


def main() -> int:
    """Measure, and print one line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    options = parser.parse_args()
    with a_stage(options.database) as stage:
        user = _company(stage, options.invoices)
        _gather_statistics(stage)
        app = create_app(read_settings(stage.environment | {"DRAY_LOG_LEVEL": "error"}))
        client = app.test_client()
        _sign_in(stage, client, user)
        month = f"{stage.dray.clock().date().replace(day=1) - dt.timedelta(days=1):%Y-%m}"
        print(f"{options.invoices:,} invoices; {CALLS} calls of each page")
        for page in PAGES:
            _measure(client, page.format(month=month))
        app.extensions["dray"].engines.dispose()
    return 0


def _measure(client: FlaskClient, page: str) -> None:
    statements = 0

    def count(*rest: object) -> None:
        nonlocal statements
        statements += 1

    client.get(page)
    event.listen(Engine, "before_cursor_execute", count)
    answer = client.get(page)
    event.remove(Engine, "before_cursor_execute", count)
    if answer.status_code != 200:
        raise SystemExit(f"{page} answered {answer.status_code}")
    clock, processor = [], []
    for _ in range(CALLS):
        began, spent = time.perf_counter(), time.process_time()
        client.get(page)
        clock.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    weight = len(answer.data) / 1000
    print(
        f"{page:28} {_told(clock)} on the clock, {_told(processor)} of the processor, {weight:6.1f} kB,"
        f" {statements:3} statements",
        flush=True,
    )


def _told(took: list[float]) -> str:
    return f"{statistics.median(took):6.1f} ms, {statistics.quantiles(took, n=20)[-1]:6.1f} at the 95th"


def _sign_in(stage: Stage, client: FlaskClient, user_id: int) -> None:
    with ScopedSession(stage.dray.engines) as session:
        user = session.get(User, user_id)
        assert user is not None
        _row, secret = login.start(session, user, ip="127.0.0.1", user_agent="bench", now=stage.dray.clock())
        session.commit()
    with client.session_transaction() as cookie:
        cookie[sign_in.KEY] = secret


def _company(stage: Stage, count: int) -> int:
    """A tenant with so many invoices; the id of its owner."""
    parts, now = stage.dray, stage.dray.clock()
    with ScopedSession(parts.engines) as session:
        tenant = create_tenant(session, parts.vault, name="Bench", slug="bench", now=now)
        user = create_user(session, "bench@bench.example", "a long word for the bench", now=now)
        add_member(session, tenant, user, Role.OWNER, now=now)
        session.commit()
        user_id = user.id
        with session.tenant(tenant.id):
            connector = next(iter(parts.registry.dialled_into.values()))[0]
            connection = opening.open_connection(
                session, connector, "Books", at=now, actor="bench", randomness=lambda size: b"\1" * size
            )
            connection.state = "active"
            customer = Customer(public_id="cus_bench", name="A", name_key="a", created_at=now, updated_at=now)
            session.add(customer)
            session.flush()
            sending = Sending(
                public_id="snd_bench", connection_id=connection.id, actor="bench", at=now, invoices=count, told_at=now
            )
            session.add(sending)
            session.commit()
            keys = (connection.id, customer.id, sending.id)
            for start in range(0, count, PIECE):
                _piece(session, range(start, min(start + PIECE, count)), count, keys, now)
                session.commit()
            _counted(session, count, keys[0], now)
            _runs(session, keys[0], now)
            session.commit()
    return user_id


def _state_of(number: int, count: int) -> str:
    if number >= count - PENDING:
        return "pending_sync"
    return "needs_attention" if number % (count // REFUSED) == 0 else "synced"


def _piece(session: ScopedSession, numbers: range, count: int, keys: tuple[int, int, int], now: dt.datetime) -> None:
    connection, customer, sending = keys
    problem = {
        "code": "3140",
        "field": "terms",
        "detail": "The books have no such terms.",
        "severity": "blocks",
        "fix": None,
    }
    invoices, postings, receipts, told, differing = [], [], [], [], []
    for number in numbers:
        key, state = number + 1, _state_of(number, count)
        at = now - dt.timedelta(minutes=(count - number) * DAYS * 1440 // count)
        invoices.append(
            {
                "id": key,
                "public_id": f"inv_{number}",
                "version": 1,
                "state": state,
                "number": str(number),
                "number_key": str(number),
                "customer_id": customer,
                "connection_id": connection,
                "date": at.date(),
                "currency": "USD",
                "subtotal_minor": 1000,
                "total_minor": 1000,
                "problems": [problem] if state == "needs_attention" else None,
                "created_at": at,
                "updated_at": at,
            }
        )
        postings.append(_posting(key, state, at, connection, sending, problem))
        if state == "synced":
            receipts.append(_receipt(key, at))
            if number % (count // DIFFERING) == 1:
                differing.append(_differs(key, at, connection))
        elif state == "needs_attention":
            told.append(
                {"invoice_id": key, "at": at, "kind": "refused", "actor": "bench", "details": {"detail": "No."}}
            )
    for table, rows in (
        (Invoice, invoices), (Posting, postings), (Receipt, receipts), (TimelineEntry, told), (BookState, differing),
    ):  # fmt: skip
        if rows:
            session.execute(insert(table), rows)


def _posting(
    key: int, state: str, at: dt.datetime, connection: int, sending: int, problem: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": key,
        "public_id": f"pst_{key}",
        "invoice_id": key,
        "connection_id": connection,
        "sending_id": sending,
        "state": {"synced": "posted", "needs_attention": "refused", "pending_sync": "queued"}[state],
        "document": b"",
        "document_hash": "0" * 64,
        "number": str(key),
        "queued_at": at - dt.timedelta(minutes=7),
        "anyway": False,
        "take_back": False,
        "problem": problem if state == "needs_attention" else None,
    }


def _receipt(key: int, at: dt.datetime) -> dict[str, Any]:
    return {
        "posting_id": key,
        "invoice_id": key,
        "books_id": f"B{key}",
        "number": str(key),
        "total_minor": 1000,
        "accepted_at": at,
        "read_at": at,
    }


def _differs(key: int, at: dt.datetime, connection: int) -> dict[str, Any]:
    return {
        "invoice_id": key,
        "connection_id": connection,
        "kind": "voided",
        "total_minor": 0,
        "since": at,
        "seen_at": at,
    }


def _counted(session: ScopedSession, count: int, connection: int, now: dt.datetime) -> None:
    refused = len(range(0, count - PENDING, count // REFUSED))
    counts = {"pending_sync": PENDING, "needs_attention": refused, "synced": count - PENDING - refused}
    session.add_all([StateCount(state=state, invoices=number) for state, number in counts.items()])
    slots = {slot_of(now - dt.timedelta(minutes=15 * back)) for back in range(DAYS * 96)}
    rows = [
        {
            "connection_id": connection,
            "slot": slot,
            "currency": "USD",
            "accepted": 14,
            "accepted_minor": 14_000,
            "refused": 1,
            "refused_minor": 1_000,
            **dict.fromkeys(("within_2", "within_5", "within_20", "within_60", "within_240", "longer"), 0),
            "within_10": 14,
        }
        for slot in slots
    ]
    for start in range(0, len(rows), PIECE):
        session.execute(insert(Tally), rows[start : start + PIECE])


def _runs(session: ScopedSession, connection: int, now: dt.datetime) -> None:
    rows = list(_exchanges(connection, now))
    session.execute(insert(Exchange), rows)
    session.flush()


def _exchanges(connection: int, now: dt.datetime) -> Iterator[dict[str, Any]]:
    """Thirty days of runs, as long as they are kept."""
    for back in range(30 * 144, 0, -1):
        at = now - dt.timedelta(minutes=10 * back)
        yield {
            "public_id": f"exc_{back}",
            "connection_id": connection,
            "opened_at": at,
            "seen_at": at,
            "closed_at": at,
            "handed_out": 14,
            "accepted": 13,
            "refused": 1,
            "requests": 3,
            "read_back": 0,
        }


def _gather_statistics(stage: Stage) -> None:
    """As an autovacuum does in the hour after so many rows came."""
    with stage.dray.engines.write.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        postgresql = connection.dialect.name == "postgresql"
        connection.exec_driver_sql("VACUUM ANALYZE" if postgresql else "ANALYZE")


if __name__ == "__main__":
    raise SystemExit(main())
