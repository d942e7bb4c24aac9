"""What went wrong is said in plain words, with what to do next, and gives nothing away."""

import re

import pytest
from flask import abort

from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage


@pytest.fixture
def page(stage: Stage) -> Browsing:
    return stage.browse(stage.person("denise@harlan.example", Role.OWNER))


def test_an_address_with_nothing_at_it_leads_back_to_the_list(page: Browsing) -> None:
    answer = page.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "Go to the invoices" in answer.text
    assert "nowhere" not in answer.text


def test_a_form_without_its_token_changes_nothing_and_says_so(stage: Stage, page: Browsing) -> None:
    stage.connect()
    (public_id,) = stage.invoices(1)
    answer = page.client.post("/invoices/send", data={"connection": stage.connection, "seen": f"{public_id}.1"})
    assert answer.status_code == 400
    assert "This page was open too long" in answer.text
    assert stage.states() == {"INV-20471": "draft"}


def test_an_address_that_belongs_to_a_button_says_so(page: Browsing) -> None:
    answer = page.get("/invoices/send")
    # "send" could be an invoice's id; there is none of that name.
    assert answer.status_code == 404
    answer = page.get("/logout")
    assert answer.status_code == 405
    assert "It belongs to a button." in answer.text


def test_our_own_fault_has_a_number_that_the_log_has_too(stage: Stage, page: Browsing) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    stage.app.add_url_rule("/broken", "broken", broken)
    answer = page.get("/broken")
    assert answer.status_code == 500
    assert "Something stopped on our side" in answer.text
    assert "secret detail" not in answer.text
    number = re.search(r"<code>(\w+)</code>", answer.text)
    assert number is not None
    assert answer.headers["X-Request-ID"].startswith(number[1])
    assert 'href="/broken"' in answer.text


@pytest.mark.parametrize("status", [400, 401, 403, 413, 418, 429, 503])
def test_every_refusal_is_a_page_with_something_to_press(stage: Stage, page: Browsing, status: int) -> None:
    stage.app.add_url_rule("/refused", "refused", lambda: abort(status))
    answer = page.get("/refused")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert re.search(r'<a class="btn primary" href="/', answer.text)
    assert not re.search(r"\b(?:invalid|failed to|error occurred)\b", answer.text, re.IGNORECASE)


def test_machines_get_no_page(page: Browsing) -> None:
    answer = page.client.get("/api/v1/nowhere")
    assert answer.status_code in (401, 404)
    assert "<main" not in answer.text


def test_every_page_comes_with_a_strict_policy_and_is_not_kept(stage: Stage, page: Browsing) -> None:
    stage.connect()
    (public_id,) = stage.invoices(1)
    for address in ("/login", "/invoices", f"/invoices/{public_id}", "/connections", "/nowhere"):
        answer = page.client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer.headers["Cache-Control"], address
