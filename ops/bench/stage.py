"""What the measurements run against: an installation of its own, its tenants, its servers, all gone afterwards."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert, select

from dray.billing import send
from dray.billing.models import Customer, Invoice, InvoiceLine, StateCount
from dray.connections import opening
from dray.connections.models import Connection
from dray.installation import Dray, compose
from dray.migrations.upgrade import upgrade
from dray.settings import read_settings
from dray_tenants.companies import create_tenant
from dray_tenants.database import new_public_id
from dray_tenants.scope import ScopedSession

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
ITEM = "Roll-off haul"
"""What every line bills. The books must list it, or nothing is sent."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One Web Connector: where it calls, how it logs in, and its file."""

    tenant_id: int
    connection_id: int
    url: str
    user: str
    password: str
    qwc: Path


@dataclass(frozen=True, slots=True)
class Stage:
    """A migrated installation in a directory of its own, and the address at which it will be served."""

    home: Path
    port: int
    environment: dict[str, str]
    dray: Dray

    def callers(self, count: int) -> list[Caller]:
        """So many tenants with one connection each, ready to be called."""
        return [self._caller(number) for number in range(count)]

    def _caller(self, number: int) -> Caller:
        parts, now = self.dray, self.dray.clock()
        with ScopedSession(parts.engines) as session:
            tenant = create_tenant(session, parts.vault, name=f"Bench {number}", slug=f"bench-{number}", now=now)
            with session.tenant(tenant.id):
                connector = next(iter(parts.registry.dialled_into.values()))[0]
                connection = opening.open_connection(
                    session, connector, "Books", at=now, actor="bench", randomness=secrets.token_bytes
                )
                password = parts.passwords.mint(session, connection, at=now, actor="bench")
                file = opening.invitation(session, connection, connector, parts.address, at=now, actor="bench")
                install = opening.install_of(session, connection)
                qwc = self.home / f"{install.public_id}.qwc"
                qwc.write_bytes(file.content)
                url = f"http://127.0.0.1:{self.port}/qbwc/{install.public_id}"
                caller = Caller(tenant.id, connection.id, url, install.user_name, password, qwc)
                session.commit()
        return caller

    def write(self, caller: Caller, count: int, lines: int = 3) -> None:
        """Write so many drafts for that company."""
        with ScopedSession(self.dray.engines) as session, session.tenant(caller.tenant_id):
            _write_invoices(session, count, lines, self.dray.clock())

    def queue(self, caller: Caller, count: int, lines: int = 3) -> float:
        """Write and send so many invoices; the CPU seconds that the sending took."""
        self.write(caller, count, lines)
        with ScopedSession(self.dray.engines) as session, session.tenant(caller.tenant_id):
            ids = session.scalars(select(Invoice.public_id).where(Invoice.state == "draft")).all()
            connection = session.scalars(select(Connection)).one()
            judge = self.dray.judge_for(session, connection)
            session.commit()
            before = time.process_time()
            send.send(
                session,
                dict.fromkeys(ids),
                connection=connection,
                judge=judge,
                actor="bench",
                at=self.dray.clock(),
            )
            return time.process_time() - before

    @contextmanager
    def served(self) -> Iterator[int]:
        """`dray serve` with two workers; its process id."""
        command = [sys.executable, "-m", "dray", "serve", "--bind", f"127.0.0.1:{self.port}", "--workers", str(WORKERS)]
        with _running(command, self.environment, f"http://127.0.0.1:{self.port}/healthz") as pid:
            yield pid


@contextmanager
def a_stage(database_url: str | None = None) -> Iterator[Stage]:
    """An empty installation on SQLite, or in the database named."""
    home = Path(tempfile.mkdtemp(prefix="dray-bench-"))
    port = free_port()
    url = database_url or f"sqlite:///{home / 'dray.db'}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAY_")}
    environment |= {
        "DRAY_HOME": str(home),
        "DRAY_DATABASE_URL": url,
        "DRAY_PUBLIC_URL": f"http://localhost:{port}",
        "DRAY_SECRET_KEY": secrets.token_hex(),
        "DRAY_VAULT_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    try:
        upgrade(url)
        yield Stage(home, port, environment, compose(read_settings(environment)))
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def the_yardstick() -> Iterator[tuple[str, int]]:
    """The constant reply under gunicorn, as many workers; its address and process id."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--chdir", str(Path(__file__).parent), "--workers", str(WORKERS),
        "--worker-class", "gthread", "--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "warning",
        "constant:app",
    ]  # fmt: skip
    with _running(command, dict(os.environ), f"http://127.0.0.1:{port}/") as pid:
        yield f"http://127.0.0.1:{port}/", pid


def write_csv(path: Path, callers: list[Caller], url: str | None = None) -> Path:
    """The list of callers that the load driver reads."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for caller in callers:
            writer.writerow([url or caller.url, caller.user, caller.password, *([] if url else [caller.qwc])])
    return path


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], environment: dict[str, str], url: str) -> Iterator[int]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(url, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  an address that was made here
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit(f"nobody answers at {url}")


def _write_invoices(session: ScopedSession, count: int, lines: int, now: dt.datetime) -> None:
    session.execute(
        insert(Customer),
        [
            {
                "public_id": new_public_id("cus"),
                "name": f"Bramble Creek Builders {number}",
                "name_key": f"bramble creek builders {number}",
                "billing_address": {"line1": f"Bramble Creek {number}", "line2": "12 Creek Road", "city": "Durango"},
                "created_at": now,
                "updated_at": now,
            }
            for number in range(max(1, count // 20))
        ],
    )
    customers = session.scalars(select(Customer.id)).all()
    invoices = [
        {
            "public_id": new_public_id("inv"),
            "version": 1,
            "state": "draft",
            "number": f"B{number:07}",
            "number_key": f"b{number:07}",
            "customer_id": customers[number % len(customers)],
            "date": now.date(),
            "currency": "USD",
            "subtotal_minor": 1000 * lines,
            "total_minor": 1000 * lines,
            "created_at": now,
            "updated_at": now,
        }
        for number in range(count)
    ]
    session.execute(insert(Invoice), invoices)
    ids = session.scalars(select(Invoice.id)).all()
    session.execute(
        insert(InvoiceLine),
        [
            {
                "invoice_id": invoice_id,
                "position": position,
                "kind": "charge",
                "item": ITEM,
                "description": "30 yd roll-off, haul and dump, 2026-10-01 to 2026-10-31",
                "quantity": Decimal(1),
                "unit_price": Decimal(10),
                "amount_minor": 1000,
            }
            for invoice_id in ids
            for position in range(1, lines + 1)
        ],
    )
    session.add(StateCount(state="draft", invoices=count))
    session.commit()
