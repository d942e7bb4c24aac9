"""A running API, and programs that call it with a tenant's token."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import Headers

from dray.app import create_app
from dray.extensions import EXTENSION
from dray.settings import read_settings
from dray_tenants import tokens
from dray_tenants.database import Engines
from dray_tenants.models import Tenant, TokenScope
from dray_tenants.scope import ScopedSession
from tests.platform.shop import NOW, Shop


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status_code: int
    content_type: str
    headers: Headers
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


class Program:
    """A caller with a token."""

    def __init__(self, app: Flask, bearer: str) -> None:
        self.app = app
        self.bearer = bearer

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Call an address below /api/v1; a body is sent as JSON, bytes as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.bearer}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        came = self.app.test_client().open(f"/api/v1{path}", method=method, data=data, headers=sent)
        return Reply(came.status_code, came.content_type or "", came.headers, came.text)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many calls follow each other here; none waits for its tenant's share of the processor."""
    monkeypatch.setattr("dray.api.v1.shares.SHARE", 1e9)


@pytest.fixture
def app(migrated_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application over a migrated database; its clock stands still."""
    # Each application would keep its engines alive for its forks.
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: None)
    environment = {
        "DRAY_HOME": str(tmp_path),
        "DRAY_DATABASE_URL": migrated_database_url,
        "DRAY_SECRET_KEY": "k" * 40,
        "DRAY_VAULT_KEYS": "a:" + "A" * 43 + "=",
    }
    app = create_app(read_settings(environment), clock=lambda: NOW)
    yield app
    app.extensions[EXTENSION].engines.dispose()


def give_key(app: Flask, engines: Engines, shop: Shop) -> None:
    """The tenant's own key, under which its secrets are sealed."""
    with ScopedSession(engines) as session:
        tenant = session.scalars(select(Tenant).where(Tenant.id == shop.tenant_id)).one()
        tenant.data_key = app.extensions[EXTENSION].vault.new_data_key(tenant.public_id)
        session.commit()


def token(engines: Engines, shop: Shop, scope: TokenScope) -> str:
    """A new token of a tenant."""
    with ScopedSession(engines) as session:
        tenant = session.get(Tenant, shop.tenant_id)
        assert tenant is not None
        minted = tokens.mint(session, tenant, "Billing", scope=scope, now=NOW)
        session.commit()
        return minted.bearer


@pytest.fixture
def program(app: Flask, engines: Engines, shop: Shop) -> Program:
    """Writes and reads the shop's invoices."""
    give_key(app, engines, shop)
    return Program(app, token(engines, shop, TokenScope.WRITE))


@pytest.fixture
def reader(app: Flask, engines: Engines, shop: Shop) -> Program:
    """Only reads."""
    return Program(app, token(engines, shop, TokenScope.READ))


@pytest.fixture
def stranger(app: Flask, engines: Engines, other_shop: Shop) -> Program:
    """Writes and reads for another tenant."""
    return Program(app, token(engines, other_shop, TokenScope.WRITE))


@pytest.fixture
def paper() -> dict[str, Any]:
    """An invoice as a billing system sends it: 425.00 for Bright Lights."""
    return {
        "external_id": "bill-1",
        "number": "1001",
        "customer": {
            "external_id": "cust-1",
            "name": "Bright Lights",
            "email": "office@brightlights.example",
            "billing_address": {"line1": "4 Harbour Road", "city": "Fairport", "region": "CA", "postal_code": "90001"},
        },
        "date": "2026-11-20",
        "due_date": "2026-12-20",
        "terms": "Net 30",
        "class": "Field",
        "custom": {"route": "7"},
        "lines": [
            {"item": "Visit", "quantity": "3", "unit_price": "100.00", "taxable": True},
            {"kind": "charge", "item": "Filter", "quantity": 2.5, "unit_price": "20", "class": "Parts"},
            {"item": "Travel", "amount": "75.00", "service_date": "2026-11-19"},
            {"kind": "text", "description": "Thank you."},
        ],
        "payments": [{"amount": "25.00", "date": "2026-11-20", "method": "card", "reference": "x"}],
    }
