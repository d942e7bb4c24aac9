"""A company with invoices to send and a login to its books, and the worker that calls them."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select

from dray.billing import send as sending
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push_many
from dray.billing.models import Invoice
from dray.connections.models import Connection
from tests.platform.connections.online import LARKSPUR, Online

PATIENCE = 120.0


@dataclass
class Works:
    """It. `connection` is the public id of the tie to the books."""

    online: Online
    connection: str = ""
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    written: int = 0

    def __post_init__(self) -> None:
        self.connection = self.online.connect()

    def send(self, count: int) -> None:
        """Write so many invoices and send them."""
        given = []
        for _ in range(count):
            self.written += 1
            line = GivenLine(item="Services", quantity=Decimal(1), unit_price=Decimal(10 + self.written))
            given.append(
                GivenInvoice(
                    customer=GivenCustomer(name="Bramble Creek Builders"),
                    date=dt.date(2026, 11, 20),
                    number=str(5000 + self.written),
                    lines=[line],
                )
            )
        parts = self.online.parts
        with self.online.session() as session:
            push_many(session, given, at=parts.clock(), actor="ann", kind="imported")
            session.commit()
            connection = session.scalars(select(Connection)).one()
            ids = session.scalars(select(Invoice.public_id).where(Invoice.state == "draft")).all()
            judge = parts.judge_for(session, connection)
            sending.send(session, dict.fromkeys(ids), connection=connection, judge=judge, actor="ann", at=parts.clock())

    def states(self) -> list[str]:
        """Of every invoice."""
        with self.online.session() as session:
            return list(session.scalars(select(Invoice.state).order_by(Invoice.id)))

    def there(self) -> int:
        """How many invoices the books hold."""
        return len(self.online.intuit.realms[LARKSPUR].company.entities.get("Invoice", {}))

    def worker(self, **settings: str) -> subprocess.Popen[str]:
        """`dray worker` as a process of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAY_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "dray", "worker"],
            env={**environment, **self.online.environment, "DRAY_LOG_LEVEL": "info", **settings},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.workers.append(process)
        return process

    def stop(self) -> None:
        """End every worker that still runs."""
        for process in self.workers:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=PATIENCE)


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; AssertionError when it never does."""
    deadline, never = time.monotonic() + PATIENCE, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        never.wait(0.1)


def until_said(process: subprocess.Popen[str], words: str) -> None:
    """Wait until the process says so."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it ended without saying {words!r}")
