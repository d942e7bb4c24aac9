"""A link cannot be used after its end, spent by a mail scanner, or carried to another computer without its code."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from dray.onboarding.models import Setup
from dray_tenants.roles import Role
from tests.platform.connect.customer import SECRET, Customer
from tests.platform.web.stage import Stage


def test_looking_spends_nothing_and_shows_nothing_of_the_books(stage: Stage, customer: Customer) -> None:
    scanner = stage.app.test_client()
    for method in (scanner.get, scanner.head):
        for _ in range(3):
            assert method(customer.link).status_code == 200
    assert "Harlan" in scanner.get(customer.link).text
    assert "dray_" not in scanner.get(customer.link).text
    assert "Get the file and the password" in customer.claim()


def test_a_post_without_the_pages_token_claims_nothing(stage: Stage, customer: Customer) -> None:
    assert stage.app.test_client().post(customer.link, data={"place": "here"}).status_code == 400
    customer.claim()


def test_the_first_browser_has_it_and_another_needs_the_code(customer: Customer) -> None:
    customer.claim()
    other = Customer(customer.stage, customer.connection, link=customer.link)
    page = other.browser.get(customer.link).text
    assert "This link is in use in another browser" in page
    assert other.browser.get(customer.steps).status_code == 404
    assert other.browser.get(f"{customer.steps}/file").status_code == 404
    shown = SECRET.search(customer.browser.press(f"{customer.steps}/code").text)
    assert shown is not None
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", shown[1])
    answer = other.browser.press("/connect", code=shown[1].lower().replace("-", " "))
    assert answer.location == customer.steps
    assert other.browser.get(customer.steps).status_code == 200
    assert customer.browser.get(customer.steps).status_code == 200
    third = Customer(customer.stage, customer.connection, link=customer.link)
    third.browser.get("/connect")
    assert third.browser.press("/connect", code=shown[1]).status_code == 422


def test_a_code_ends_after_half_an_hour(customer: Customer) -> None:
    customer.claim()
    shown = SECRET.search(customer.browser.press(f"{customer.steps}/code").text)
    assert shown is not None
    customer.stage.now += dt.timedelta(minutes=31)
    other = Customer(customer.stage, customer.connection, link=customer.link)
    other.browser.get("/connect")
    assert other.browser.press("/connect", code=shown[1]).status_code == 422


def test_codes_cannot_be_tried_without_end(customer: Customer) -> None:
    customer.browser.get("/connect")
    answers = [customer.browser.press("/connect", code=f"AAAAA-{each:05}").status_code for each in range(14)]
    assert answers[-1] == 429


def test_two_who_press_at_once_do_not_both_have_it(customer: Customer) -> None:
    first, second = customer, Customer(customer.stage, customer.connection, link=customer.link)
    second.browser.get(customer.link)
    first.claim()
    answer = second.browser.press(customer.link, place="here")
    assert answer.status_code == 200
    assert "in use in another browser" in answer.text


@pytest.mark.parametrize("when", ["a day later", "replaced"])
def test_after_its_end_it_opens_nothing(stage: Stage, customer: Customer, when: str) -> None:
    customer.claim()
    if when == "replaced":
        customer.new_link()
    else:
        stage.now += dt.timedelta(hours=24, seconds=1)
    assert customer.browser.get(customer.link).status_code == 410
    assert customer.browser.get(customer.steps).status_code == 410
    assert customer.browser.get(f"{customer.steps}/file").status_code == 410


def test_what_is_not_a_link_says_the_same_as_one_that_is_over(stage: Stage, customer: Customer) -> None:
    stage.now += dt.timedelta(days=2)
    over = customer.browser.get(customer.link)
    never = customer.browser.get("/connect/" + "ab" * 32)
    assert (over.status_code, over.text) == (never.status_code, never.text)


def test_only_hashes_are_kept(stage: Stage, customer: Customer) -> None:
    customer.claim()
    secret = customer.link.rpartition("/")[2]
    with stage.session() as session:
        setup = session.scalars(select(Setup)).one()
    cookie = customer.browser.client.get_cookie(f"dray_{setup.public_id}", path="/connect")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.value not in str(setup.browsers)
    for text in (secret, cookie.value):
        assert text.encode() not in (stage.home / "dray.db").read_bytes()


def test_a_removed_connection_closes_its_link(stage: Stage, customer: Customer) -> None:
    customer.claim()
    page = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    page.get(f"/connections/{customer.connection}/remove")
    assert page.press(f"/connections/{customer.connection}/remove", name="QuickBooks Desktop").status_code == 303
    assert customer.browser.get(customer.steps).status_code == 410
