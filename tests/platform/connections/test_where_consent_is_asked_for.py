"""Discovery documents, and what nobody sends a secret to."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from dray.connections.oauth import discovery
from dray.connections.oauth.discovery import Endpoints, Undiscovered, endpoints_of, is_safe

DOCUMENT = "https://login.example/.well-known/openid_configuration"
GOOD = {
    "authorization_endpoint": "https://login.example/authorize",
    "token_endpoint": "https://api.example/token",
    "revocation_endpoint": "https://api.example/revoke",
}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_known", {})


@responses.activate
def test_a_document_is_read_once_a_day() -> None:
    responses.get(DOCUMENT, json=GOOD)
    wanted = Endpoints("https://login.example/authorize", "https://api.example/token", "https://api.example/revoke")
    assert [endpoints_of(DOCUMENT) for _ in range(3)] == [wanted] * 3
    assert len(responses.calls) == 1


@responses.activate
def test_what_was_known_stays_while_the_document_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    responses.get(DOCUMENT, json=GOOD)
    known = endpoints_of(DOCUMENT)
    monkeypatch.setattr(discovery, "_known", {DOCUMENT: (0.0, known)})
    responses.replace(responses.GET, DOCUMENT, status=503)
    assert endpoints_of(DOCUMENT) == known
    monkeypatch.setattr(discovery, "_known", {})
    with pytest.raises(Undiscovered, match="503"):
        endpoints_of(DOCUMENT)


@pytest.mark.parametrize(
    "change",
    [
        {"token_endpoint": "http://api.example/token"},
        {"token_endpoint": "http://localhost:8000/token"},
        {"token_endpoint": "https://user@api.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"token_endpoint": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "//login.example/authorize"},
        {"revocation_endpoint": "http://127.0.0.1/revoke"},
    ],
)
@responses.activate
def test_an_address_without_tls_gets_no_secret(change: dict[str, Any]) -> None:
    responses.get(DOCUMENT, json={**GOOD, **change})
    with pytest.raises(Undiscovered):
        endpoints_of(DOCUMENT)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"text"', b"\xff", b"[" * 100_000])
@responses.activate
def test_what_is_no_document_is_none(body: bytes) -> None:
    responses.get(DOCUMENT, body=body)
    with pytest.raises(Undiscovered):
        endpoints_of(DOCUMENT)


@responses.activate
def test_a_redirect_leads_only_to_where_tls_is() -> None:
    there = "https://elsewhere.example/document"
    responses.get(DOCUMENT, status=301, headers={"Location": there})
    responses.get(there, json=GOOD)
    assert endpoints_of(DOCUMENT).token == "https://api.example/token"
    for bad in ("http://elsewhere.example/document", "http://localhost/document", "ftp://elsewhere.example/", DOCUMENT):
        discovery._known.clear()
        responses.replace(responses.GET, DOCUMENT, status=302, headers={"Location": bad})
        responses.get(bad, json=GOOD) if bad != DOCUMENT and not bad.startswith("ftp") else None
        with pytest.raises(Undiscovered):
            endpoints_of(DOCUMENT)


@responses.activate
def test_plain_http_is_for_this_machine_alone() -> None:
    for host in ("localhost:9000", "127.0.0.1:9000", "[::1]:9000"):
        here = f"http://{host}"
        responses.get(f"{here}/document", json={name: f"{here}/{name}" for name in GOOD})
        assert endpoints_of(f"{here}/document").token == f"{here}/token_endpoint"
    with pytest.raises(Undiscovered, match="TLS"):
        endpoints_of("http://intuit.example/document")


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/", "http://localhost.evil.example/", "http://127.0.0.1.evil.example/", "https://", "https:///x",
        "https://host:port/", "https://a b.example/", "HTTP://evil.example/", "https://host/#fragment", "", "x",
    ],
)  # fmt: skip
def test_an_address_that_is_not_safe(address: str) -> None:
    assert not is_safe(address)
