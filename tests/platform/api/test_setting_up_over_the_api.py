"""A billing product sets a connection up inside its own pages, with a token of the operator."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from dray.extensions import EXTENSION
from dray.onboarding import operator_tokens
from dray_tenants.database import Engines
from dray_tenants.models import AuditEntry, Tenant, TokenScope
from dray_tenants.scope import ScopedSession
from tests.platform.api.conftest import Program, token
from tests.platform.shop import NOW, Shop


@pytest.fixture
def operator(app: Flask, engines: Engines) -> Program:
    with ScopedSession(engines) as session:
        bearer = operator_tokens.mint(session, "Billing product", at=NOW).bearer
        session.commit()
    return Program(app, bearer)


def made(reply: object) -> dict[str, str]:
    assert getattr(reply, "status_code", None) == 201, getattr(reply, "text", "")
    found: dict[str, str] = getattr(reply, "json")  # noqa: B009
    return found


def test_from_nothing_to_a_link(operator: Program, engines: Engines) -> None:
    tenant = made(operator.call("POST", "/operator/tenants", {"name": "Boone Valley", "time_zone": "America/Chicago"}))
    connector = next(iter(operator.app.extensions[EXTENSION].registry.dialled_into.values()))[0].name
    asked = {"connector": connector, "name": "Main books"}
    connection = made(operator.call("POST", f"/operator/tenants/{tenant['id']}/connections", asked))
    link = made(
        operator.call("POST", f"/operator/connections/{connection['id']}/links", {"email": "owner@boone.example"})
    )
    assert "/connect/" in link["url"]
    seen = operator.call("GET", f"/operator/connections/{connection['id']}/set-up").json
    assert (seen["link"], seen["proved"], seen["hint"], seen["books"]) == ("open", False, None, None)
    assert [each["state"] for each in seen["steps"]] == ["now", *["todo"] * 6]
    bearer = made(operator.call("POST", f"/operator/tenants/{tenant['id']}/tokens", {"name": "b", "scope": "write"}))
    assert Program(operator.app, bearer["token"]).call("GET", "/connections").status_code == 200
    with ScopedSession(engines) as session:
        key = session.scalars(select(Tenant.id).where(Tenant.public_id == tenant["id"])).one()
        with session.tenant(key):
            actors = {row.actor for row in session.scalars(select(AuditEntry))}
    assert actors == {"Billing product (operator’s API)"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/operator/tenants", {"name": ""}, 422),
        ("/operator/tenants", {"name": "X", "time_zone": "Moon/Crater"}, 422),
        ("/operator/tenants/ten_none/connections", {"connector": "qbd", "name": "Main"}, 404),
        ("/operator/tenants/ten_none/connections", {"connector": "none", "name": "Main"}, 422),
        ("/operator/tenants/ten_none/tokens", {"name": "x"}, 404),
        ("/operator/connections/con_none/links", {}, 404),
    ],
)
def test_what_cannot_be_is_refused(operator: Program, path: str, body: dict[str, str], status: int) -> None:
    assert operator.call("POST", path, body).status_code == status


def test_a_slug_is_given_once(operator: Program) -> None:
    made(operator.call("POST", "/operator/tenants", {"name": "One", "slug": "same"}))
    assert operator.call("POST", "/operator/tenants", {"name": "Two", "slug": "same"}).status_code == 409


def test_a_tenants_token_opens_none_of_it_and_the_operators_reads_no_invoice(
    app: Flask, engines: Engines, shop: Shop, operator: Program
) -> None:
    theirs = Program(app, token(engines, shop, TokenScope.WRITE))
    operations = [
        (method, rule.rule.removeprefix("/api/v1").replace("<id>", "con_x"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/operator/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    assert len(operations) == 5
    for outsider in (theirs, Program(app, "")):
        assert {outsider.call(method, path, {}).status_code for method, path in operations} == {401}
    for path in ("/invoices", "/customers", "/connections"):
        assert operator.call("GET", path).status_code == 401


def test_a_revoked_token_opens_nothing(operator: Program, engines: Engines) -> None:
    with ScopedSession(engines) as session:
        (row,) = operator_tokens.listed(session)
        operator_tokens.revoke(session, row.public_id, at=NOW)
        session.commit()
    assert operator.call("POST", "/operator/tenants", {"name": "X"}).status_code == 401
