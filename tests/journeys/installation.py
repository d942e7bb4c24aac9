"""A whole installation for a journey: a migrated database, settings, a tenant with one connection, and its doors."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from flask import Flask

from dray.app import create_app
from dray.connections import opening
from dray.installation import Dray, compose
from dray.settings import read_settings
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.sample import item
from dray_qbd.simulator.transports import WsgiTransport
from dray_qbd.simulator.webconnector import WebConnector
from dray_tenants import tokens
from dray_tenants.companies import create_tenant
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Door:
    """One connection's way in, and the API token of its tenant."""

    tenant_id: int
    connection_id: int
    connection: str
    qwc: Qwc
    file: Path
    password: str
    token: str


class Installation:
    """Settings and parts over one database; `served` runs the real server, `app` is the application in this process."""

    def __init__(self, home: Path, database_url: str, port: int) -> None:
        self.home, self.port = home, port
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DRAY_")}
        self.environment = kept | {
            "DRAY_HOME": str(home),
            "DRAY_DATABASE_URL": database_url,
            "DRAY_PUBLIC_URL": f"http://localhost:{port}",
            "DRAY_SECRET_KEY": "a secret of this test alone, and long enough",
            "DRAY_VAULT_KEYS": "k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
        }
        self.parts: Dray = compose(read_settings(self.environment))
        self._apps: list[Flask] = []

    def door(self, slug: str = "cedar-ridge") -> Door:
        """A tenant of its own with one connection."""
        parts, now = self.parts, self.parts.clock()
        with ScopedSession(parts.engines) as session:
            tenant = create_tenant(session, parts.vault, name=f"Tenant {slug}", slug=slug, now=now)
            with session.tenant(tenant.id):
                connector = next(iter(parts.registry.dialled_into.values()))[0]
                connection = opening.open_connection(
                    session, connector, "Main books", at=now, actor="test", randomness=secrets.token_bytes
                )
                password = parts.passwords.mint(session, connection, at=now, actor="test")
                file = opening.invitation(session, connection, connector, parts.address, at=now, actor="test")
                token = tokens.mint(session, tenant, "billing", scope=TokenScope.WRITE, now=now).bearer
                ids = (tenant.id, connection.id, connection.public_id)
                session.commit()
        path = self.home / f"{slug}.qwc"
        path.write_bytes(file.content)
        return Door(*ids, Qwc.read(file.content), path, password, token)

    def app(self) -> Flask:
        """The application in this process, over the same database."""
        app = create_app(read_settings(self.environment))
        self._apps.append(app)
        return app

    def close(self) -> None:
        """Close every connection to the database."""
        self.parts.engines.dispose()
        for app in self._apps:
            app.extensions["dray"].engines.dispose()

    @contextmanager
    def served(self, module: str = "dray") -> Iterator[str]:
        """`dray serve` with two workers, or a module that does the same and more; its address."""
        command = [sys.executable, "-m", module, "serve", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"]
        log = (self.home / "serve.log").open("wb")
        process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=REPOSITORY)
        address = f"http://localhost:{self.port}"
        try:
            self._wait(f"{address}/healthz", process)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            log.close()

    def _wait(self, url: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert process.poll() is None, (self.home / "serve.log").read_text()
            try:
                urllib.request.urlopen(url, timeout=5).close()
            except (URLError, ConnectionError):
                continue
            return
        raise AssertionError(f"nobody answers at {url}")


def web_connector(app: Flask, door: Door, company: Company | None = None) -> WebConnector:
    """A Web Connector in this process that calls the application, with the file added."""
    quickbooks = QuickBooks(company or books())
    connector = WebConnector(WsgiTransport(app.wsgi_app), quickbooks, door.qwc, door.password, sleep=lambda _: None)
    connector.add()
    return connector


def books() -> Company:
    """The pretend company file of the journeys, which sells what they invoice."""
    return Company.sample("Cedar Ridge Hauling", also=[item("Roll-off haul"), item("Tonnage")])


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API over HTTP, with one token."""

    address: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON."""
        request = urllib.request.Request(
            f"{self.address}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")


def invoice(number: int, amount: str = "425.00", **changes: Any) -> dict[str, Any]:
    """An invoice as a billing system posts it."""
    return {
        "external_id": f"job-{number}",
        "number": str(number),
        "date": "2026-11-20",
        "customer": {
            "external_id": f"c-{number % 7}",
            "name": f"Bramble Creek {number % 7}",
            "email": f"office{number % 7}@bramble.example",
            "billing_address": {"line1": f"Bramble Creek {number % 7}", "line2": "12 Creek Road", "city": "Durango"},
        },
        "lines": [
            {"kind": "charge", "item": "Roll-off haul", "description": "30 yd", "quantity": "1", "unit_price": amount},
            {"kind": "text", "description": "Thank you"},
        ],
        **changes,
    }  # fmt: skip
