"""The support office with 20,000 connections: its page in every filter, and the sweep that learns cadences and silence.

    python -m ops.bench.fleet [--connections 20000] [--database URL]

The application answers in this process. Told are the time on the clock, the processor's (on PostgreSQL without the
database's own) and the number of statements, which must not grow with the connections. A sweep is measured at an hour's
end, when every connection's hour is learned, a third of the computers is silent, and something waits for a tenth.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from flask.testing import FlaskClient
from sqlalchemy import event, insert, select
from sqlalchemy.engine import Engine

from dray import sign_in
from dray.app import create_app
from dray.billing.models import Customer, Invoice, Posting, Sending, StateCount
from dray.cadence import closures, silence
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.onboarding.models import Care, Setup
from dray.settings import read_settings
from dray_tenants import login
from dray_tenants.companies import create_tenant
from dray_tenants.models import Tenant, User
from dray_tenants.roles import StaffRole
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from ops.bench.stage import Stage, a_stage

PAGES: Final = (
    "/console",
    "/console?health=silent",
    "/console?health=failing",
    "/console?q=haul",
    "/console?q=nobody+is+called+so",
    "/console?mine=1",
    "/console/closures",
)
CALLS: Final = 60
PIECE: Final = 5_000
AGENT: Final = "agent@bench.example"
ZONES: Final = ("America/Chicago", "America/New_York", "America/Denver", "America/Los_Angeles", "UTC")
WORDS: Final = ("Haulage", "Roll-Off", "Disposal", "Containers", "Recycling", "Waste", "Bins", "Services")
TROUBLE: Final = {
    "code": "0x80040414",
    "sentence": "A window is open in QuickBooks. Close it.",
    "text": "A modal dialog box is showing in the QuickBooks user interface.",
    "at": "",
}
BOOKS: Final = {"name": "Bench", "place": "C:\\\\Books\\\\Bench.qbw", "edition": "QuickBooks Enterprise 24.0"}


def main() -> int:
    """Measure, and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=20_000)
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    options = parser.parse_args()
    with a_stage(options.database) as stage:
        user = fill(stage, options.connections)
        sweeps(stage, options.connections)
        gather_statistics(stage)
        app = create_app(read_settings(stage.environment | {"DRAY_LOG_LEVEL": "error"}))
        client = app.test_client()
        _sign_in(stage, client, user)
        for page in (*PAGES, *_later_pages(client)):
            _measure(client, page)
        app.extensions["dray"].engines.dispose()
    return 0


def fill(stage: Stage, count: int) -> int:
    """So many connections of as many companies; the id of the agent."""
    parts, now = stage.dray, stage.dray.clock()
    with ScopedSession(parts.engines) as session:
        create_tenant(session, parts.vault, name="Bench", slug="bench", now=now)
        agent = create_user(session, AGENT, "a long word for the bench", now=now, staff=StaffRole.AGENT)
        session.commit()
        user_id = agent.id
        first = (session.scalar(select(Tenant.id).order_by(Tenant.id.desc()).limit(1)) or 0) + 1
        closures.add_shared(session, "Holidays", now.date(), now.date(), "A holiday", at=now, actor="bench")
        for start in range(0, count, PIECE):
            _piece(session, range(start, min(start + PIECE, count)), first, now)
    return user_id


def _piece(session: ScopedSession, numbers: range, first: int, now: dt.datetime) -> None:
    made = now - dt.timedelta(days=90)
    _insert(session, Tenant, [
        {
            "id": first + at, "public_id": f"ten_{at}", "slug": f"bench-{at}", "created_at": made,
            "name": f"{WORDS[at % 8]} {WORDS[at // 8 % 8]} {at}", "time_zone": ZONES[at % 5],
        }
        for at in numbers
    ])  # fmt: skip
    states = {at: "setting_up" if at % 50 == 7 else "paused" if at % 97 == 5 else "active" for at in numbers}
    for at in numbers:
        with session.tenant(first + at):
            session.execute(insert(Connection), [
                {
                    "id": at + 1, "public_id": f"con_{at}", "connector": "qbd", "name": "QuickBooks Desktop",
                    "state": states[at], "books": BOOKS, "batch_size": 1, "created_at": made, "created_by": "bench",
                }
            ])  # fmt: skip
            if at % 10 == 0:
                _one_waits(session, at, now)
    _insert(session, ConnectionStatus, [
        {
            "connection_id": at + 1, "tenant_id": first + at, "connector": "qbd", "lease": 0,
            "last_contact_at": None if states[at] == "setting_up" else now - _ago(at),
            "idle_since": now - dt.timedelta(days=1) - _ago(at), "idle_polls": 145, "denials": 0,
            "trouble": TROUBLE if at % 40 == 3 else None,
        }
        for at in numbers
    ])  # fmt: skip
    _insert(session, Install, [
        {
            "public_id": f"ins_{at}", "tenant_id": first + at, "connection_id": at + 1, "connector": "qbd",
            "user_name": f"bench_{at}", "passwords": [], "file_id": f"{{{at}}}", "created_at": made,
            "program": f"34.0.0.{at % 7}",
        }
        for at in numbers
    ])  # fmt: skip
    _insert(session, Setup, [
        {
            "public_id": f"set_{at}", "tenant_id": first + at, "connection_id": at + 1, "begun_by": "bench",
            "begun_at": made, "watched_until": made, "browsers": [], "email": f"owner{at}@bench.example",
        }
        for at in numbers
    ])  # fmt: skip
    _insert(session, Care, [
        {
            "tenant_id": first + at, "connection_id": at + 1, "assigned_to": AGENT, "note": "Calls back on Monday",
            "snoozed_until": now + dt.timedelta(days=2) if at % 200 == 11 else None,
            "changed_by": "bench", "changed_at": now,
        }
        for at in numbers if at % 100 == 11
    ])  # fmt: skip
    session.commit()


def _ago(at: int) -> dt.timedelta:
    """A third of the computers has been off for hours."""
    return dt.timedelta(hours=3 + at % 20, minutes=at % 60) if at % 3 == 0 else dt.timedelta(minutes=at % 11)


def _one_waits(session: ScopedSession, at: int, now: dt.datetime) -> None:
    key = at + 1
    one = {"id": key, "public_id": f"cus_{at}", "name": "A", "name_key": "a", "created_at": now, "updated_at": now}
    session.execute(insert(Customer), [one])
    session.execute(insert(Sending), [
        {"id": key, "public_id": f"snd_{at}", "connection_id": key, "actor": "bench", "at": now, "invoices": 1}
    ])  # fmt: skip
    session.execute(insert(Invoice), [
        {
            "id": key, "public_id": f"inv_{at}", "version": 1, "state": "pending_sync", "number": "1",
            "number_key": "1", "customer_id": key, "connection_id": key, "date": now.date(), "currency": "USD",
            "subtotal_minor": 1000, "total_minor": 1000, "created_at": now, "updated_at": now,
        }
    ])  # fmt: skip
    session.execute(insert(Posting), [
        {
            "public_id": f"pst_{at}", "invoice_id": key, "connection_id": key, "sending_id": key, "state": "queued",
            "document": b"", "document_hash": "0" * 64, "number": "1", "queued_at": now, "anyway": False,
            "take_back": False,
        }
    ])  # fmt: skip
    session.execute(insert(StateCount), [{"state": "pending_sync", "invoices": 1}])


def _insert(session: ScopedSession, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), list(rows))


def sweeps(stage: Stage, count: int) -> None:
    """The first sweep, which makes the rows; then those of an ordinary minute and of an hour's end."""
    begin = stage.dray.clock()
    for title, later in (
        ("first sweep", dt.timedelta()),
        ("a minute later", dt.timedelta(minutes=1)),
        ("at the hour's end", dt.timedelta(hours=1)),
        ("a minute after it", dt.timedelta(hours=1, minutes=1)),
    ):
        parts = replace(stage.dray, clock=_standing(begin + later))
        with statements() as said:
            began, spent = time.perf_counter(), time.process_time()
            swept = silence.sweep(parts)
        clock, processor = time.perf_counter() - began, time.process_time() - spent
        print(
            f"{title:20} {clock * 1000:7.0f} ms on the clock, {processor * 1000:7.0f} of the processor,"
            f" {len(said):3} statements; {swept.silent:,} silent, {swept.heard:,} heard, of {count:,}",
            flush=True,
        )


def _standing(moment: dt.datetime) -> Callable[[], dt.datetime]:
    return lambda: moment


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is said to databases meanwhile."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield said
    event.remove(Engine, "before_cursor_execute", note)


def gather_statistics(stage: Stage) -> None:
    """As an autovacuum does in the hour after so many rows came."""
    with stage.dray.engines.write.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if connection.dialect.name == "postgresql" else "ANALYZE")


def _sign_in(stage: Stage, client: FlaskClient, user_id: int) -> None:
    with ScopedSession(stage.dray.engines) as session:
        user = session.get(User, user_id)
        assert user is not None
        now = stage.dray.clock()
        _row, secret = login.start(session, user, ip="127.0.0.1", user_agent="bench", now=now, second_factor=True)
        session.commit()
    with client.session_transaction() as cookie:
        cookie[sign_in.KEY] = secret


def _later_pages(client: FlaskClient) -> Iterator[str]:
    """The second page, and one far down, as their links say."""
    page = "/console"
    for at in range(1, 101):
        found = client.get(page).text.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        if not found.startswith("/console"):
            return
        page = found.replace("&amp;", "&")
        if at in (1, 100):
            yield page


def _measure(client: FlaskClient, page: str) -> None:
    client.get(page)
    with statements() as said:
        answer = client.get(page)
    if answer.status_code != 200:
        raise SystemExit(f"{page} answered {answer.status_code}")
    clock, processor = _timed(lambda: client.get(page))
    print(
        f"{page[:40]:40} {_told(clock)} on the clock, {_told(processor)} of the processor,"
        f" {len(answer.data) / 1000:5.1f} kB, {len(said):3} statements",
        flush=True,
    )


def _timed(call: Callable[[], object]) -> tuple[list[float], list[float]]:
    clock, processor = [], []
    for _ in range(CALLS):
        began, spent = time.perf_counter(), time.process_time()
        call()
        clock.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    return clock, processor


def _told(took: list[float]) -> str:
    return f"{statistics.median(took):6.1f} ms, {statistics.quantiles(took, n=20)[-1]:6.1f} at the 95th"


if __name__ == "__main__":
    raise SystemExit(main())
