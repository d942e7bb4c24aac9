"""What calling costs: the worker's CPU for an invoice that goes into books that we call, over HTTP to pretend ones in a
process of their own.

    python -m ops.bench.dialling [--invoices 3000] [--database URL]

The pretend books keep no limits and the limiter's clock runs ahead when it would wait: this measures work, not waiting.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import secrets
import time
from collections import Counter
from multiprocessing.connection import Connection as Pipe

from sqlalchemy import select

from dray.billing.models import BillingSettings, Invoice
from dray.connections.models import Connection, ConnectionStatus
from dray.sync.dialling import Dialler, Ended, Line
from dray.sync.dialling_rounds import dialler_of
from dray_qbo import connector
from dray_qbo.simulator import Company, Intuit, Limits, Server
from dray_qbo.simulator.sample import item
from dray_tenants.companies import create_tenant
from dray_tenants.scope import ScopedSession
from ops.bench.stage import Caller, Stage, a_stage

REALM = "9341450000000001"
ITEM = "Roll-off haul"


def main() -> int:
    """Measure, and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=3000)
    parser.add_argument("--database", help="an empty database, instead of SQLite in a temporary directory")
    options = parser.parse_args()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    books = multiprocessing.get_context("spawn").Process(target=pretend, args=(theirs,), daemon=True)
    books.start()
    url, token = ours.recv()
    try:
        with a_stage(options.database) as stage, stage.dray.engines:
            caller = connected(stage)
            clock = Clock()
            dialler = calling(stage, url, token, clock)
            dialler.turn(caller.tenant_id, caller.connection_id)
            stage.queue(caller, options.invoices)
            began, cpu = time.monotonic(), time.process_time()
            requests = carried(dialler, caller, clock)
            cpu, began = time.process_time() - cpu, time.monotonic() - began
            everything_arrived(stage, caller, options.invoices)
            report(options.invoices, requests, cpu, began)
    finally:
        books.terminate()
        books.join()
    return 0


class Clock:
    """The time, with what was waited for added to it and not waited."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def wait(self, seconds: float) -> None:
        self.ahead += dt.timedelta(seconds=seconds)


def pretend(pipe: Pipe) -> None:
    """The pretend QuickBooks Online; says where it is and with which token it is called."""
    intuit = Intuit(Company.sample(REALM, also=[item(ITEM)], custom_txn_numbers=True), limits=Limits.none())
    with Server(intuit) as server:
        pipe.send((server.url, intuit.connect(REALM).access))
        pipe.recv()


def connected(stage: Stage) -> Caller:
    """A tenant that is tied to that company."""
    parts, now = stage.dray, stage.dray.clock()
    with ScopedSession(parts.engines) as session:
        tenant = create_tenant(session, parts.vault, name="Bench", slug="bench", now=now)
        with session.tenant(tenant.id):
            tie = Connection(
                public_id="con_bench", connector=connector.name, name="Books", books_id=REALM, created_at=now,
                created_by="bench",
            )  # fmt: skip
            session.add(tie)
            session.flush()
            status = {"tenant_id": tenant.id, "connector": connector.name, "books_id": REALM, "due_at": now}
            session.add(ConnectionStatus(connection_id=tie.id, **status))
            session.add(BillingSettings(default_connection_id=tie.id))
            caller = Caller(tenant.id, tie.id, "", "", "", stage.home)
            session.commit()
    return caller


def calling(stage: Stage, url: str, token: str, clock: Clock) -> Dialler:
    """The installation's own dialler, with a login that needs no renewal and a clock that does not wait."""
    real = dialler_of(stage.dray)
    return Dialler(
        lines={connector.name: Line(connector, url)},
        sessions=real.sessions, reads=real.reads, seal_for=real.seal_for, login=lambda *_: token, carry=real.carry,
        limiter=real.limiter, clock=clock, randomness=secrets.token_bytes, pause=clock.wait,
    )  # fmt: skip


def carried(dialler: Dialler, caller: Caller, clock: Clock) -> int:
    """Turns until nothing is left; how many requests they took."""
    requests = 0
    while (turned := dialler.turn(caller.tenant_id, caller.connection_id)).ended is not Ended.DONE:
        requests += turned.requests
        if turned.ended in (Ended.STOPPED, Ended.UNREACHED):
            raise SystemExit(f"the books could not be called: {turned.ended}")
        clock.wait(61)
    return requests + turned.requests


def everything_arrived(stage: Stage, caller: Caller, invoices: int) -> None:
    """A figure for invoices that did not arrive would be none."""
    with ScopedSession(stage.dray.engines, read_only=True) as session, session.tenant(caller.tenant_id):
        states = Counter(session.scalars(select(Invoice.state)))
    if states != {"synced": invoices}:
        raise SystemExit(f"not everything arrived: {dict(states)}")


def report(invoices: int, requests: int, cpu: float, took: float) -> None:
    """Print the figures. Milliseconds hold only on a machine that does nothing else meanwhile."""
    print(f"invoice             {cpu * 1000 / invoices:.2f} ms of the worker's CPU ({invoices} in {requests} requests)")
    print(f"                    {invoices / took:.0f} a second, one call at a time")


if __name__ == "__main__":
    raise SystemExit(main())
