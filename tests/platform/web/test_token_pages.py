"""API tokens: made, shown once, listed, revoked."""

import datetime as dt
import re
from typing import Any

import pytest

from dray_tenants.roles import Role
from tests.platform.web.mailbox import recorded
from tests.platform.web.stage import Browsing, Stage

OWNER = "denise.okafor@harlan.example"
BEARER = re.compile(r"dray_[A-Za-z0-9_-]{43}")


@pytest.fixture
def owner(stage: Stage) -> Browsing:
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/tokens")
    return page


def made(page: Browsing, name: str = "Billing server", scope: str = "write", life: str = "30") -> str:
    page.get("/tokens")
    answer = page.press("/tokens", name=name, scope=scope, life=life)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    found = BEARER.findall(answer.text)
    assert len(set(found)) == 1
    return str(found[0])


def status(stage: Stage, bearer: str, method: str = "GET") -> int:
    client = stage.app.test_client()
    path = "/api/v1/invoices" if method == "GET" else "/api/v1/customers"
    body = None if method == "GET" else {"name": "Kestrel"}
    return client.open(path, method=method, json=body, headers={"Authorization": f"Bearer {bearer}"}).status_code


def test_a_token_is_shown_once_and_works(stage: Stage, owner: Browsing) -> None:
    bearer = made(owner)
    page = owner.get("/tokens").text
    assert bearer not in page
    assert bearer[:11] in page
    assert "Billing server" in page
    assert status(stage, bearer) == 200
    assert status(stage, bearer, "POST") == 201
    assert "just now" in owner.get("/tokens").text, "its last use is told"
    assert recorded(stage) == [(OWNER, "token.created")]


def test_a_token_for_reading_writes_nothing(stage: Stage, owner: Browsing) -> None:
    bearer = made(owner, scope="read")
    assert status(stage, bearer) == 200
    assert status(stage, bearer, "POST") == 403


def test_a_token_ends_when_it_was_said_to(stage: Stage, owner: Browsing) -> None:
    bearer, endless = made(owner, life="30"), made(owner, "Forever", life="never")
    stage.now += dt.timedelta(days=29)
    assert status(stage, bearer) == 200
    stage.now += dt.timedelta(days=1)
    assert status(stage, bearer) == 401
    assert status(stage, endless) == 200
    page = stage.browse(OWNER).get("/tokens").text
    assert "Run out" in page
    assert "No end" in page


def test_a_revoked_token_is_refused_at_once(stage: Stage, owner: Browsing) -> None:
    bearer = made(owner)
    (address,) = re.findall(r'action="(/tokens/tok_\w+/revoke)"', owner.get("/tokens").text)
    assert "is revoked" in owner.press(address, follow=True).text
    assert status(stage, bearer) == 401
    owner.press(address)
    assert [action for _, action in recorded(stage)] == ["token.created", "token.revoked"]


def test_another_companys_tokens_are_not_there(stage: Stage, owner: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    theirs = stage.browse(stage.person("sam@prairie.example", Role.OWNER, other))
    bearer = made(theirs, "Prairie server")
    (address,) = re.findall(r'action="(/tokens/tok_\w+/revoke)"', theirs.get("/tokens").text)
    assert owner.press(address).status_code == 404
    assert "Prairie" not in owner.get("/tokens").text
    assert status(stage, bearer) == 200


@pytest.mark.parametrize("form", [{"name": ""}, {"name": "x" * 101}, {"name": "  \t "}])
def test_a_token_needs_a_name(stage: Stage, owner: Browsing, form: dict[str, Any]) -> None:
    answer = owner.press("/tokens", **{"scope": "read", "life": "30", **form})
    assert answer.status_code == 422
    assert "Give the token a name" in answer.text
    assert recorded(stage) == []


@pytest.mark.parametrize("form", [{"scope": "admin"}, {"life": "9999"}, {"scope": ""}])
def test_what_the_form_does_not_offer_is_refused(owner: Browsing, form: dict[str, Any]) -> None:
    assert owner.press("/tokens", **{"name": "x", "scope": "read", "life": "30", **form}).status_code == 400
