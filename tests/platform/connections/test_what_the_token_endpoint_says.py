"""Answers of a token endpoint, the odd ones too, and what travels to it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses

from dray.connections.oauth import token_endpoint
from dray.connections.oauth.application import Application
from dray.connections.oauth.discovery import Endpoints
from dray.connections.oauth.token_endpoint import AppRefused, GrantOver, NoTokens
from dray_qbo import connector
from dray_sdk import OAuth2

NOW = dt.datetime(2026, 11, 19, 16, 46, tzinfo=dt.UTC)
TOKEN = "https://api.example/token"
REVOKE = "https://api.example/revoke"
AT = Endpoints("https://login.example/authorize", TOKEN, REVOKE)
assert isinstance(connector.authorization, OAuth2)
APP = Application(
    "qbo",
    "QuickBooks Online",
    connector.authorization,
    "an-id",
    "a-secret",
    "https://d.example",
    "https://us.example/cb",
)
GIVEN = {
    "access_token": "A",
    "refresh_token": "R2",
    "token_type": "bearer",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8_726_400,
    "x_refresh_token_hard_expires_in": 157_680_000,
}


def refresh() -> token_endpoint.Given:
    return token_endpoint.refresh(APP, AT, "R1", at=NOW)


def sent() -> tuple[dict[str, list[str]], Any]:
    request = responses.calls[-1].request
    return parse_qs(str(request.body)), request.headers


@responses.activate
def test_a_code_is_exchanged_as_our_application() -> None:
    responses.post(TOKEN, json=GIVEN)
    given = token_endpoint.exchange(APP, AT, "C1", at=NOW)
    assert (given.access, given.refresh) == ("A", "R2")
    assert given.access_ends_at == NOW + dt.timedelta(hours=1)
    assert given.refresh_ends_at == NOW + dt.timedelta(seconds=8_726_400)
    assert given.grant_ends_at == NOW + dt.timedelta(seconds=157_680_000)
    form, headers = sent()
    assert form["grant_type"] == ["authorization_code"]
    assert (form["code"], form["redirect_uri"]) == (["C1"], ["https://us.example/cb"])
    assert "client_secret" not in form
    assert headers["Authorization"] == "Basic YW4taWQ6YS1zZWNyZXQ="
    assert headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert headers["Accept"] == "application/json"


@responses.activate
def test_a_refresh_asks_for_no_other_scope() -> None:
    responses.post(TOKEN, json=GIVEN)
    assert refresh().refresh == "R2"
    form, _ = sent()
    assert form == {"grant_type": ["refresh_token"], "refresh_token": ["R1"]}


@responses.activate
def test_an_answer_without_a_new_refresh_token_keeps_the_old_one() -> None:
    responses.post(TOKEN, json={"access_token": "A", "token_type": "bearer"})
    given = refresh()
    assert given.refresh == "R1"
    assert given.access_ends_at == NOW + dt.timedelta(minutes=10)
    assert given.refresh_ends_at is None


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token invalid"}, GrantOver),
        (401, {"error": "invalid_client"}, AppRefused),
        (400, {"error": "invalid_scope"}, AppRefused),
        (400, {"error": "something_new"}, NoTokens),
        (429, "slow down", NoTokens),
        (503, "<html>", NoTokens),
        (200, "<html>", NoTokens),
        (200, [], NoTokens),
        (200, {}, NoTokens),
        (200, {"access_token": "A\r\nX-Evil: 1", "refresh_token": "R2"}, NoTokens),
        (200, {"access_token": "A" * 20_000, "refresh_token": "R2"}, NoTokens),
        (200, {"access_token": 7, "refresh_token": "R2"}, NoTokens),
        (200, "[" * 100_000, NoTokens),
    ],
)
@responses.activate
def test_only_invalid_grant_ends_a_grant(status: int, body: Any, raised: type[Exception]) -> None:
    if isinstance(body, str):
        responses.post(TOKEN, status=status, body=body)
    else:
        responses.post(TOKEN, status=status, json=body)
    with pytest.raises(raised):
        refresh()


@responses.activate
def test_a_redirect_of_the_token_endpoint_is_not_followed() -> None:
    responses.post(TOKEN, status=307, headers={"Location": "https://evil.example/"})
    responses.post("https://evil.example/", json=GIVEN)
    with pytest.raises(NoTokens):
        refresh()
    assert [call.request.url for call in responses.calls] == [TOKEN]


@pytest.mark.parametrize(
    ("trouble", "left"),
    [
        (requests.ConnectTimeout("x"), False),
        (requests.ReadTimeout("x"), True),
        (requests.ConnectionError("reset"), True),
    ],
)
@responses.activate
def test_what_may_have_been_done_is_told_from_what_never_left(trouble: Exception, left: bool) -> None:
    responses.post(TOKEN, body=trouble)
    with pytest.raises(NoTokens) as raised:
        refresh()
    assert raised.value.left is left


@pytest.mark.parametrize(("status", "told"), [(200, True), (400, True), (401, False), (503, False), (302, False)])
@responses.activate
def test_a_revocation_counts_when_it_was_taken_or_the_token_was_none(status: int, told: bool) -> None:
    responses.post(REVOKE, status=status, headers={"Location": "https://evil.example/"})
    assert token_endpoint.revoke(APP, AT, "R1") is told
    request = responses.calls[0].request
    assert request.body == b'{"token": "R1"}'
    assert request.headers["Authorization"] == "Basic YW4taWQ6YS1zZWNyZXQ="
    assert len(responses.calls) == 1


def test_no_repr_shows_a_secret() -> None:
    given = token_endpoint.Given("acc", "ref", NOW, None, None)
    assert "acc'" not in repr(given)
    assert "ref'" not in repr(given)
    assert "a-secret" not in repr(APP)
