"""Headers on every answer, and a token in every form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, request

from dray.browsers import CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/login", "/healthz", "/no/such/page", "/static/dray.css", "/qbwc/in_7"])
def test_every_answer_carries_the_policy(app: Flask, path: str) -> None:
    with app.test_client().get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_the_policy_lets_nothing_inline_or_foreign_in() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY


def test_https_is_insisted_on_where_it_is_used(application: Callable[..., Flask]) -> None:
    plain, secure = application(), application(DRAY_PUBLIC_URL="https://dray.example.com")
    assert "Strict-Transport-Security" not in plain.test_client().get("/login").headers
    answer = secure.test_client().get("/login", base_url="https://dray.example.com")
    assert "Strict-Transport-Security" in answer.headers
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_pages_are_kept_by_nobody_and_files_by_the_browser(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/login").headers["Cache-Control"] in ("no-store", "private, no-cache")
    with client.get("/static/dray.css") as file:
        assert file.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_form_without_its_token_is_refused(app: Flask, method: str) -> None:
    app.add_url_rule("/change", "change", lambda: "changed", methods=[method.upper()])
    answer = getattr(app.test_client(), method)("/change")
    assert answer.status_code == 400
    assert answer.text != "changed"


def test_an_address_that_there_is_not_is_not_asked_for_a_token(app: Flask) -> None:
    assert app.test_client().post("/no/such/page").status_code == 404


def test_the_api_asks_for_a_bearer_token_and_for_no_form_token(app: Flask) -> None:
    assert app.test_client().post("/api/v1/invoices", json={}).status_code == 401


def test_a_proxys_word_is_taken_only_where_one_is_trusted(application: Callable[..., Flask]) -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    for proxies, expected in (("0", "127.0.0.1 http"), ("1", "203.0.113.9 https")):
        app = application(DRAY_TRUSTED_PROXIES=proxies)
        app.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.scheme}")
        assert app.test_client().get("/who", headers=said).text == expected
