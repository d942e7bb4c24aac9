"""A connector that is only installed: pages, API and engine work with it, and nothing in the platform knows its name.

It is the one of the page for authors (docs/connectors/a-minimal-connector.md), found by its entry point as any other's.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dray.app import create_app
from dray.billing.models import BillingSettings
from dray.connections.models import Connection, ConnectionStatus
from dray.extensions import EXTENSION, Dray
from dray.registry import GROUP, find_connectors
from dray.settings import read_settings
from dray.sync.dialling import Dialler
from dray.sync.dialling_rounds import dialler_of, who_is_due
from dray_sdk import Answer, Request, Response
from dray_tenants.companies import create_tenant
from dray_tenants.members import add_member
from dray_tenants.models import TokenScope
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.tokens import mint
from dray_tenants.users import create_user
from tests.platform.cli.shell import KEYS, PASSWORD

PAGE = Path(__file__).parents[3] / "docs/connectors/a-minimal-connector.md"
BOOKS = "L-7"


class PretendLedgerbook:
    """The accounting system of that page: one address, JSON in and out, every item answered by its id."""

    def __init__(self) -> None:
        self.invoices: list[dict[str, Any]] = []
        self.tokens: set[str] = set()

    def carry(self, request: Request, address: str, token: str, timeout: float) -> Response:
        """One call."""
        assert (address, request.path) == ("https://api.ledgerbook.example", f"/books/{BOOKS}/batch")
        self.tokens.add(token)
        asked = json.loads(request.body)
        items = [{"id": item["id"], **self._answer(item)} for item in asked["items"]]
        return Answer(json.dumps({"batch": asked["batch"], "items": items}).encode())

    def _answer(self, item: dict[str, Any]) -> dict[str, Any]:
        match item["do"]:
            case "identify":
                return {"done": "identified", "reference": BOOKS, "name": "Prairie Ledger"}
            case "create":
                total = sum(float(line["amount"]) for line in item["lines"])
                kept = {**item, "reference": f"inv-{len(self.invoices) + 1}", "total": f"{total:.2f}"}
                self.invoices.append(kept)
                return {"done": "created", "reference": kept["reference"], "total": kept["total"]}
            case _:
                return {"done": "found", "invoices": [one for one in self.invoices if self._is_meant(one, item)]}

    def _is_meant(self, one: dict[str, Any], item: dict[str, Any]) -> bool:
        return all(one.get(name) == value for name, value in item.items() if name not in ("do", "id"))


@pytest.fixture
def app(tmp_path: Path, migrated_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An installation in which nothing but Ledgerbook is enabled."""
    ledgerbook = ModuleType("ledgerbook")
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)), ledgerbook.__dict__)
    monkeypatch.setitem(sys.modules, "ledgerbook", ledgerbook)
    entry = EntryPoint("ledgerbook", "ledgerbook:connector", GROUP)
    environment = {**KEYS, "DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": migrated_database_url}
    registry = find_connectors(("ledgerbook",), [entry])
    assert registry.found[0].reason == ""
    app = create_app(read_settings(environment), registry=registry)
    with app.extensions[EXTENSION].engines:
        yield app


def test_it_works_through_pages_api_and_engine(app: Flask) -> None:
    parts: Dray = app.extensions[EXTENSION]
    bearer = connected(parts)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {bearer}"}
    given = {
        "customer": {"name": "Bramble Creek Builders"},
        "date": "2026-11-20",
        "number": "1001",
        "lines": [{"description": "Haul and dump", "quantity": "1", "unit_price": "425.00"}],
    }
    written = client.post("/api/v1/invoices", json=given, headers=headers)
    assert written.status_code == 201, written.text
    sent = client.post("/api/v1/invoices/send", json={"ids": [read(written)["id"]]}, headers=headers)
    assert [one["state"] for one in read(sent)["results"]] == ["pending_sync"], sent.text

    ledgerbook = PretendLedgerbook()
    dialler = calling(parts, ledgerbook)
    ((tenant_id, connection_id),) = who_is_due(dialler)
    dialler.turn(tenant_id, connection_id)

    shown = read(client.get(f"/api/v1/invoices/{read(written)['id']}", headers=headers))
    assert (shown["state"], shown["locked"], shown["books"]["id"]) == ("synced", True, "inv-1")
    assert [one["number"] for one in ledgerbook.invoices] == ["1001"]
    assert ledgerbook.tokens == {"a token"}
    connections = read(client.get("/api/v1/connections", headers=headers))["data"]
    assert [one["connector"] for one in connections] == ["ledgerbook"]

    page = signed_in(client).get("/connections", follow_redirects=True)
    assert page.status_code == 200
    assert "Ledgerbook" in page.text


def read(answer: TestResponse) -> dict[str, Any]:
    """The object that the API answered."""
    said: dict[str, Any] = json.loads(answer.data)
    return said


def connected(parts: Dray) -> str:
    """A tenant whose books they are; its token."""
    now = dt.datetime.now(dt.UTC)
    with ScopedSession(parts.engines) as session:
        tenant = create_tenant(session, parts.vault, name="Prairie", slug="prairie", now=now)
        add_member(session, tenant, create_user(session, "ann@prairie.example", PASSWORD, now=now), Role.OWNER, now=now)
        bearer = mint(session, tenant, "test", scope=TokenScope.WRITE, now=now).bearer
        with session.tenant(tenant.id):
            tie = Connection(
                public_id="con_ledger",
                connector="ledgerbook",
                name="Main company",
                books_id=BOOKS,
                created_at=now,
                created_by="ann",
            )
            session.add(tie)
            session.flush()
            status = {"tenant_id": tenant.id, "connector": "ledgerbook", "books_id": BOOKS, "due_at": now}
            session.add(ConnectionStatus(connection_id=tie.id, **status))
            session.add(BillingSettings(default_connection_id=tie.id))
            session.commit()
    return bearer


def calling(parts: Dray, ledgerbook: PretendLedgerbook) -> Dialler:
    """The installation's own dialler, over pretend wires."""
    real = dialler_of(parts)
    assert list(real.lines) == ["ledgerbook"]
    return Dialler(
        lines=real.lines,
        sessions=real.sessions,
        reads=real.reads,
        seal_for=real.seal_for,
        login=lambda _tenant, _connection, _refused: "a token",
        carry=ledgerbook.carry,
        limiter=real.limiter,
        clock=real.clock,
        randomness=secrets.token_bytes,
        pause=real.pause,
    )


def signed_in(client: FlaskClient) -> FlaskClient:
    """A browser in which the owner is signed in."""
    page = client.get("/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf_token": token[1], "email": "ann@prairie.example", "password": PASSWORD}
    client.post("/login", data=form, follow_redirects=True)
    return client
