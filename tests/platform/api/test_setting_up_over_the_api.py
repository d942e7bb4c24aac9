"""A billing product sets a connection up inside its own pages, with a token of the operator."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from dray.connections.models import IssuedFile
from dray.extensions import EXTENSION
from dray.mail.models import Mail
from dray.onboarding import operator_answers, operator_tokens, reaching
from dray.onboarding.models import OperatorAnswer, Setup
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.transports import WsgiTransport
from dray_qbd.simulator.webconnector import WebConnector
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
            told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert {row.actor for row in told} == {"Billing product (operator’s API)"}
    assert [row.action for row in told] == [
        "tenant.created", "connection.opened", "connection.link_made", "token.created",
    ]  # fmt: skip


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


def test_the_whole_set_up_inside_somebody_elses_pages(operator: Program, engines: Engines) -> None:
    connection = begun(operator)
    file = made(operator.call("POST", f"/operator/connections/{connection}/file", {"issued_to": "Ada"}))
    assert operator.call("GET", f"/operator/connections/{connection}/set-up").json["company"] is None
    quickbooks = QuickBooks(Company.sample("Boone Valley"))
    transport = WsgiTransport(operator.app.wsgi_app)
    qwc = Qwc.read(file["content"].encode())
    connector = WebConnector(transport, quickbooks, qwc, "not it", sleep=lambda _: None)
    connector.add()
    connector.run_once()
    address = f"/operator/connections/{connection}"
    assert operator.call("GET", f"{address}/set-up").json["hint"]["code"] == "not_ours"
    connector._password = file["password"]
    assert connector.run_once().code is None
    seen = operator.call("GET", f"{address}/set-up").json
    assert (seen["company"]["name"], seen["proved"], seen["hint"]) == ("Boone Valley", False, None)
    wrong = operator.call("POST", f"{address}/company", {"mark": "0" * 24})
    assert wrong.status_code == 409
    body = {"mark": seen["company"]["mark"], "first_day": "2026-11-01"}
    confirmed = operator.call("POST", f"{address}/company", body)
    assert (confirmed.status_code, confirmed.json["proved"]) == (200, True)
    again = made(operator.call("POST", f"{address}/file", {"new_identity": True}))
    assert again["user_name"] != file["user_name"]
    assert again["password"] != file["password"]
    with ScopedSession(engines) as session, session.every_tenant("the test looks"):
        assert [row.issued_to for row in session.scalars(select(IssuedFile).order_by(IssuedFile.id))] == ["Ada", ""]
        kept = [row.sealed or b"" for row in session.scalars(select(OperatorAnswer))]
    assert not any(file["password"].encode() in each for each in kept)


def test_the_same_key_makes_nothing_twice_and_shows_the_same(operator: Program, engines: Engines) -> None:
    asked = {"name": "Boone Valley"}
    first = operator.call("POST", "/operator/tenants", asked, Idempotency_Key="customer-1")
    again = operator.call("POST", "/operator/tenants", asked, Idempotency_Key="customer-1")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    other = operator.call("POST", "/operator/tenants", {"name": "Other"}, Idempotency_Key="customer-1")
    assert other.status_code == 422
    path = f"/operator/tenants/{first.json['id']}"
    token, again_token = (
        made(operator.call("POST", f"{path}/tokens", {"name": "b"}, Idempotency_Key="k")) for _ in "12"
    )
    assert token == again_token
    asked = {"connector": "qbd", "name": "QuickBooks"}
    opened = [made(operator.call("POST", f"{path}/connections", asked, Idempotency_Key="k")) for _ in range(2)]
    assert opened[0] == opened[1]
    link = f"/operator/connections/{opened[0]['id']}/links"
    links = [made(operator.call("POST", link, {}, Idempotency_Key="k"))["url"] for _ in range(2)]
    assert links[0] == links[1]
    assert operator.app.test_client().get(links[0].partition(":8000")[2]).status_code == 200
    with ScopedSession(engines) as session:
        assert len(session.scalars(select(Tenant)).all()) == 1
        assert [links[0].encode() in (row.sealed or b"") for row in session.scalars(select(OperatorAnswer))] == [
            False
        ] * 4
        assert operator_answers.forget_old(session, now=NOW + dt.timedelta(hours=25)) == 4


def test_what_was_refused_may_be_tried_again_with_the_key(operator: Program) -> None:
    made(operator.call("POST", "/operator/tenants", {"name": "One", "slug": "same"}))
    taken = {"name": "Two", "slug": "same"}
    refused = [operator.call("POST", "/operator/tenants", taken, Idempotency_Key="k") for _ in range(2)]
    assert [each.status_code for each in refused] == [409, 409]
    assert "Idempotent-Replayed" not in refused[1].headers


def test_a_key_belongs_to_one_token(app: Flask, operator: Program, engines: Engines) -> None:
    with ScopedSession(engines) as session:
        other = Program(app, operator_tokens.mint(session, "Another product", at=NOW).bearer)
        session.commit()
    for program, name in ((operator, "One"), (other, "Two")):
        assert made(program.call("POST", "/operator/tenants", {"name": name}, Idempotency_Key="k"))["name"] == name


def test_a_letter_leaves_only_when_we_can_be_reached(
    operator: Program, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = begun(operator)

    def away(_parts: object) -> None:
        raise reaching.NotReached("Customers’ computers cannot reach us.")

    monkeypatch.setattr(reaching, "refuse_unreached", away)
    link = f"/operator/connections/{connection}/links"
    refused = operator.call("POST", link, {"email": "owner@boone.example"})
    assert refused.status_code == 409
    assert "Nothing was made" in refused.json["detail"]
    with ScopedSession(engines) as session:
        assert session.scalars(select(Setup)).all() == []
        assert session.scalars(select(Mail)).all() == []
    made(operator.call("POST", link, {"email": "owner@boone.example", "despite_self_check": True}))


def begun(operator: Program) -> str:
    """A connection that nobody has set up."""
    tenant = made(operator.call("POST", "/operator/tenants", {"name": "Boone Valley"}))["id"]
    asked = {"connector": "qbd", "name": "QuickBooks"}
    return made(operator.call("POST", f"/operator/tenants/{tenant}/connections", asked))["id"]


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
    assert len(operations) == 7
    for outsider in (theirs, Program(app, "")):
        assert {outsider.call(method, path, {}).status_code for method, path in operations} == {401}
    for path in ("/invoices", "/customers", "/connections"):
        assert operator.call("GET", path).status_code == 401


def test_a_token_ends_on_its_day(app: Flask, engines: Engines) -> None:
    with ScopedSession(engines) as session:
        late = operator_tokens.mint(session, "late", at=NOW, expires_at=NOW)
        soon = operator_tokens.mint(session, "soon", at=NOW, expires_at=NOW + dt.timedelta(seconds=1))
        session.commit()
    assert Program(app, late.bearer).call("POST", "/operator/tenants", {"name": "X"}).status_code == 401
    assert Program(app, soon.bearer).call("POST", "/operator/tenants", {"name": "X"}).status_code == 201


def test_a_revoked_token_opens_nothing(operator: Program, engines: Engines) -> None:
    with ScopedSession(engines) as session:
        (row,) = operator_tokens.listed(session)
        operator_tokens.revoke(session, row.public_id, at=NOW)
        session.commit()
    assert operator.call("POST", "/operator/tenants", {"name": "X"}).status_code == 401


def test_a_test_company_is_made_used_and_emptied(operator: Program, program: Program) -> None:
    tenant = made(operator.call("POST", "/operator/tenants", {"name": "Try It", "test": True}))
    bearer = made(operator.call("POST", f"/operator/tenants/{tenant['id']}/tokens", {"name": "b", "scope": "write"}))
    assert bearer["token"].startswith("test_")
    trying = Program(operator.app, bearer["token"])
    invoice = {"number": "1", "date": "2026-11-20", "customer": {"name": "Oak Street Diner"}, "lines": []}
    assert trying.call("POST", "/invoices", invoice).status_code == 201
    other = trying.call("POST", "/company/empty", {"slug": "oak"})
    assert (other.status_code, "of the company try-it" in other.json["detail"]) == (409, True)
    emptied = trying.call("POST", "/company/empty", {"slug": tenant["slug"]})
    assert emptied.json["deleted"] | {"invoices": 1, "customers": 1} == emptied.json["deleted"]
    assert trying.call("GET", "/invoices").json["data"] == []
    assert trying.call("POST", "/invoices", invoice).status_code == 201


def test_a_real_company_is_not_emptied_over_the_api(program: Program, shop: Shop, engines: Engines) -> None:
    with ScopedSession(engines) as session:
        slug = session.scalars(select(Tenant.slug).where(Tenant.id == shop.tenant_id)).one()
    refused = program.call("POST", "/company/empty", {"slug": slug})
    assert (refused.status_code, "is no test company" in refused.json["detail"]) == (409, True)
