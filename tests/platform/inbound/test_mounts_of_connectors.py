"""A connector that is dialled into answers at its mount, whoever wrote it, and nothing of a browser's is in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from dray.inbound import mounts
from dray.inbound.mounts import BROKEN, LARGEST_BODY, headers_of
from dray_sdk import Reply
from tests.ground.databases import MigratedTemplate


@pytest.fixture
def migrated(tmp_path: Path, migrated_template: MigratedTemplate) -> str:
    copy = tmp_path / "migrated.db"
    copy.write_bytes(migrated_template.sqlite().read_bytes())
    return f"sqlite:///{copy}"


def test_a_connector_found_by_entry_point_answers_at_its_mount(
    application: Callable[..., Flask], migrated: str
) -> None:
    client = application(
        DRAY_CONNECTORS="toy", DRAY_PUBLIC_URL="https://dray.example.com", DRAY_DATABASE_URL=migrated
    ).test_client()
    answer = client.post("/toybooks/in_7?a=b", data="hello")
    assert answer.status_code == 200
    assert answer.text == "POST https://dray.example.com/toybooks/in_7 in_7 a=b hello Denied"
    assert answer.content_type == "application/toy"
    assert answer.headers["X-Toy"] == "1"


def test_a_slash_at_the_end_is_the_same_address_and_no_redirect(
    application: Callable[..., Flask], migrated: str
) -> None:
    client = application(DRAY_CONNECTORS="toy", DRAY_DATABASE_URL=migrated).test_client()
    assert client.post("/toybooks/in_7/", data="x").text == client.post("/toybooks/in_7", data="x").text


def test_no_cookie_is_set_and_no_form_token_asked_for(app: Flask) -> None:
    answer = app.test_client().post("/toybooks/in_7", data="", headers={"Cookie": "dray_session=forged"})
    assert answer.text == "TOY REFUSAL"
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_what_breaks_is_refused_in_the_connectors_own_words(app: Flask) -> None:
    answer = app.test_client().post("/toybooks/in_7", data="break")
    assert (answer.status_code, answer.text, answer.content_type) == (422, "TOY REFUSAL", "application/toy")


def test_a_connector_that_cannot_even_refuse_gets_plain_words_with_a_number(app: Flask) -> None:
    answer = app.test_client().post("/hopeless/in_7", data="x")
    assert answer.status_code == 500
    assert answer.text == f"{BROKEN} ({answer.headers['X-Request-ID']})\n"


def test_a_call_that_is_too_large_is_refused_before_it_is_read(
    application: Callable[..., Flask], migrated: str
) -> None:
    client = application(DRAY_CONNECTORS="toy", DRAY_DATABASE_URL=migrated).test_client()
    answer = client.post("/toybooks/in_7", data=b"x" * (LARGEST_BODY + 1))
    assert (answer.status_code, answer.text) == (422, "TOY REFUSAL")


def test_the_largest_allowed_call_is_taken(application: Callable[..., Flask], migrated: str) -> None:
    client = application(DRAY_CONNECTORS="toy", DRAY_DATABASE_URL=migrated).test_client()
    assert client.post("/toybooks/in_7", data=b"x" * LARGEST_BODY).status_code == 200


def test_a_plain_get_tells_nothing_of_who_is_a_customer(app: Flask) -> None:
    client = app.test_client()
    known, unknown = client.get("/toybooks/in_7"), client.get("/toybooks/never-heard-of")
    assert known.text == unknown.text == "<h1>Toy Books</h1>"
    assert "default-src 'none'" in known.headers["Content-Security-Policy"]


def test_a_head_request_has_no_body(app: Flask) -> None:
    answer = app.test_client().head("/toybooks/in_7?break")
    assert answer.data == b""
    assert int(answer.headers["Content-Length"]) > 0


@pytest.mark.parametrize("path", ["/toybooks", "/toybooks/", "/toybooks/in_7/more", "/toybooks//in_7"])
def test_only_one_part_follows_a_mount(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_a_connector_that_is_installed_and_not_enabled_answers_nowhere(application: Callable[..., Flask]) -> None:
    client = application().test_client()
    assert client.post("/toybooks/in_7", data="x").status_code == 404
    assert client.get("/toybooks/in_7/support").status_code == 404


def test_one_that_does_not_load_keeps_nobody_else_from_working(app: Flask) -> None:
    assert app.test_client().get("/toybooks/in_7").status_code == 200
    torn = next(each for each in app.extensions["dray"].registry.found if each.name == "torn")
    assert torn.connector is None
    assert "ModuleNotFoundError" in torn.reason


def test_calls_are_counted_without_naming_anybody(app: Flask) -> None:
    client = app.test_client()
    client.post("/toybooks/in_secret", data="")
    measures = client.get("/metrics").text
    assert 'dray_requests_total{method="POST",room="mounts",status="422"}' in measures
    assert "in_secret" not in measures


def test_an_invented_method_makes_no_series_of_its_own(app: Flask) -> None:
    client = app.test_client()
    client.open("/toybooks/in_7", method="BREW")
    assert "BREW" not in client.get("/metrics").text


def test_a_connector_sees_no_cookie_of_our_pages_and_sets_none() -> None:
    given = headers_of({"HTTP_COOKIE": "session=secret", "HTTP_X_TOY": "1", "CONTENT_TYPE": "text/xml"})
    assert given == {"X-Toy": "1", "Content-Type": "text/xml"}
    reply = Reply(200, b"", "application/toy", {"set-cookie": "session=theirs", "X-Toy": "1"})
    sent = dict(mounts.answer_headers(reply, "r1"))
    assert sent["X-Toy"] == "1"
    assert "set-cookie" not in {name.lower() for name in sent}
