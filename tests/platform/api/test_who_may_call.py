"""A token opens its own tenant and nothing else; every operation is asked, found from the operations themselves."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dray.api.v1.operations import Operation
from dray_tenants import tokens
from dray_tenants.database import Engines
from dray_tenants.models import ApiToken, TokenScope
from dray_tenants.scope import ScopedSession
from tests.platform.api.conftest import Program
from tests.platform.shop import NOW, Shop

ADDRESS = "{id}"

# Every operation, with a body that it would take: (method, path, body, what an id in the path names).
CALLS: list[tuple[str, str, Any, str]] = [
    ("POST", "/customers", {"name": "Stone Mill"}, ""),
    ("GET", "/customers", None, ""),
    ("GET", "/customers/{id}", None, "customer"),
    ("PATCH", "/customers/{id}", {"phone": "1"}, "customer"),
    ("POST", "/invoices", {"customer": {"name": "A"}, "date": "2026-11-20", "lines": []}, ""),
    ("GET", "/invoices", None, ""),
    ("GET", "/invoices/{id}", None, "invoice"),
    ("PATCH", "/invoices/{id}", {"memo": "x"}, "invoice"),
    ("DELETE", "/invoices/{id}", None, "invoice"),
    ("GET", "/invoices/{id}/timeline", None, "invoice"),
    ("POST", "/invoices/send", {"ids": ["{id}"]}, "invoice"),
    ("POST", "/invoices/unpend", {"ids": ["{id}"]}, "invoice"),
    ("POST", "/rates", {"item": "Visit", "price": "1", "first_day": "2026-01-01"}, ""),
    ("GET", "/rates", None, ""),
    ("GET", "/rates/{id}", None, "rate"),
    ("PATCH", "/rates/{id}", {"price": "2"}, "rate"),
    ("GET", "/routing-rules", None, ""),
    ("POST", "/routing-rules", {"field": "class", "value": "A", "connection": "con_x"}, ""),
    ("DELETE", "/routing-rules/{id}", None, "rule"),
    ("GET", "/webhook-endpoints", None, ""),
    ("POST", "/webhook-endpoints", {"url": "https://a.example/", "events": ["invoice.synced"]}, ""),
    ("DELETE", "/webhook-endpoints/{id}", None, "endpoint"),
    ("GET", "/connections", None, ""),
    ("POST", "/company/empty", {"slug": "nobody"}, ""),
    ("GET", "/connections/{id}", None, "connection"),
]
KEPT_FROM_OTHERS = ("/rates", "/routing-rules", "/webhook-endpoints")
WITH_ID = [call for call in CALLS if call[3] and "{id}" in call[1]]


def test_every_operation_is_in_the_table_of_these_tests(app: Flask) -> None:
    # what an operator's token opens has no tenant before it, and tests of its own
    described = {
        (method, rule.rule.removeprefix("/api/v1").replace("<id>", ADDRESS))
        for rule in app.url_map.iter_rules()
        if isinstance(getattr(app.view_functions[rule.endpoint], "operation", None), Operation)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/api/v1/operator/")
    }
    assert described == {(method, path) for method, path, _, _ in CALLS}


@pytest.mark.parametrize(("method", "path", "body", "kind"), CALLS, ids=lambda value: str(value)[:30])
def test_nobody_calls_without_a_token(app: Flask, method: str, path: str, body: Any, kind: str) -> None:
    for bearer in ("", "dray_made_up", "x" * 5000):
        response = Program(app, bearer).call(method, path.replace(ADDRESS, "inv_x"), body)
        assert response.status_code == 401
        assert response.content_type == "application/problem+json"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "body", "kind"), CALLS, ids=lambda value: str(value)[:30])
def test_a_reading_token_changes_nothing(reader: Program, method: str, path: str, body: Any, kind: str) -> None:
    response = reader.call(method, path.replace(ADDRESS, "inv_x"), body)
    assert (response.status_code == 403) == (method != "GET")


@pytest.mark.parametrize(("method", "path", "body", "kind"), WITH_ID, ids=lambda value: str(value)[:30])
def test_another_tenants_things_are_not_there(
    program: Program, stranger: Program, shop: Shop, paper: dict[str, Any], method: str, path: str, body: Any, kind: str
) -> None:
    connection = shop.connect()
    invoice = program.call("POST", "/invoices", paper).json
    ids = {"invoice": invoice["id"], "customer": invoice["customer"]["id"], "connection": connection}
    price = {"item": "Visit", "price": "1", "first_day": "2026-01-01"}
    ids["rate"] = program.call("POST", "/rates", price).json["id"]
    rule = {"field": "class", "value": "A", "connection": connection}
    ids["rule"] = program.call("POST", "/routing-rules", rule).json["id"]
    told = {"url": "https://a.example/"}
    ids["endpoint"] = program.call("POST", "/webhook-endpoints", told).json["id"]
    held = [program.call("GET", path).json for path in KEPT_FROM_OTHERS]
    response = stranger.call(method, path.replace(ADDRESS, ids[kind]), body)
    assert response.status_code == 404, response.text
    assert stranger.call(method, path.replace(ADDRESS, "nobody"), body).json == response.json
    assert program.call("GET", f"/invoices/{invoice['id']}").json == invoice
    assert [program.call("GET", path).json for path in KEPT_FROM_OTHERS] == held


def test_another_tenants_things_are_in_no_list_and_no_reference(
    program: Program, stranger: Program, shop: Shop, other_shop: Shop, paper: dict[str, Any]
) -> None:
    connection = shop.connect()
    other_shop.connect()
    invoice = program.call("POST", "/invoices", paper).json
    customer = invoice["customer"]["id"]
    for path in ("/invoices", "/customers", f"/invoices?customer={customer}", "/invoices?number=1001"):
        assert stranger.call("GET", path).json["data"] == []
    assert [each["id"] for each in stranger.call("GET", "/connections").json["data"]] != [connection]
    for path in ("/invoices/send", "/invoices/unpend"):
        (result,) = stranger.call("POST", path, {"ids": [invoice["id"]]}).json["results"]
        assert (result["state"], result["problems"][0]["code"]) != ("draft", "")
        assert result["state"] is None
    named = stranger.call("POST", "/invoices/send", {"ids": [], "connection": connection})
    assert named.status_code == 404
    foreign = stranger.call("POST", "/invoices", {**paper, "customer": {"id": customer}})
    assert foreign.json["errors"][0]["pointer"] == "/customer/id"
    page = program.call("GET", "/customers?limit=1").json
    assert page["next"] is None
    # The same external id, number and customer in two tenants are two things.
    assert stranger.call("POST", "/invoices", paper).json["id"] != invoice["id"]
    assert program.call("GET", f"/invoices/{invoice['id']}").json == invoice


def test_a_cursor_of_another_tenant_leads_nowhere(program: Program, stranger: Program, paper: dict[str, Any]) -> None:
    for number in ("1", "2"):
        program.call("POST", "/invoices", {**paper, "external_id": number, "number": number})
    cursor = program.call("GET", "/invoices?limit=1").json["next"]
    assert stranger.call("GET", f"/invoices?after={cursor}").status_code == 422


def test_a_revoked_token_opens_nothing(program: Program, engines: Engines) -> None:
    assert program.call("GET", "/connections").status_code == 200
    with ScopedSession(engines) as session:
        tokens.revoke(session, session.scalars(select(ApiToken)).one(), now=NOW)
        session.commit()
    assert program.call("GET", "/connections").status_code == 401


def test_the_use_of_a_token_is_noted(program: Program, engines: Engines) -> None:
    program.call("GET", "/connections")
    with ScopedSession(engines) as session:
        used = session.scalars(select(ApiToken)).one()
        assert (used.last_used_at, used.scope) == (NOW, TokenScope.WRITE)
