"""A forgotten password: a link by mail, once, for an hour; nobody learns who is registered."""

import datetime as dt

import pyotp
from sqlalchemy import func, select

from dray.mail.models import Mail
from dray_tenants.people_models import MailedLink
from dray_tenants.roles import Role
from tests.platform.web.mailbox import letters, newest_link, recorded
from tests.platform.web.stage import PASSWORD, Browsing, Stage
from tests.platform.web.test_second_step_of_signing_in import enrol

DENISE = "denise.okafor@harlan.example"
NEW = "orchard-violin-73"


def asked(stage: Stage, email: str, browser: Browsing | None = None) -> str:
    """Ask for a link; what the page says."""
    browser = browser or Browsing(stage.app.test_client())
    browser.get("/forgot")
    answer = browser.press("/forgot", email=email)
    assert answer.status_code == 200
    return answer.text


def signs_in(stage: Stage, password: str) -> bool:
    browser = Browsing(stage.app.test_client())
    browser.get("/login")
    return browser.press("/login", email=DENISE, password=password).status_code == 303


def test_a_link_by_mail_sets_a_new_password_and_signs_everybody_out(stage: Stage) -> None:
    stage.person(DENISE, Role.OWNER)
    elsewhere = stage.browse(DENISE)
    assert elsewhere.get("/invoices").status_code == 200
    asked(stage, DENISE.upper())
    browser, link = Browsing(stage.app.test_client()), newest_link(stage, DENISE)
    assert "For denise.okafor@harlan.example" in browser.get(link).text
    answer = browser.press(link, password=NEW, again=NEW)
    assert answer.location == "/login?reset=1"
    assert "every browser is signed out" in browser.get(answer.location).text
    assert elsewhere.get("/invoices").status_code == 303
    assert browser.get("/invoices").status_code == 303, "a link by mail alone signs nobody in"
    assert not signs_in(stage, PASSWORD)
    assert signs_in(stage, NEW)
    assert letters(stage, DENISE)[-1].subject == "Your password for Dray was changed"
    assert (DENISE, "person.password_reset") in recorded(stage)


def test_a_link_works_once_and_looking_at_it_uses_nothing_up(stage: Stage) -> None:
    stage.person(DENISE, Role.OWNER)
    asked(stage, DENISE)
    browser, link = Browsing(stage.app.test_client()), newest_link(stage, DENISE)
    for _ in range(3):
        assert browser.get(link).status_code == 200
        assert browser.client.head(link).status_code == 200
    assert browser.press(link, password="short", again="short").status_code == 422
    assert browser.press(link, password=NEW, again=NEW + "x").status_code == 422
    assert browser.press(link, password=NEW, again=NEW).status_code == 303
    assert browser.get(link).status_code == 410
    again = browser.press(link, password="another-password-1", again="another-password-1")
    assert again.status_code == 410
    assert "does not work any more" in again.text
    assert signs_in(stage, NEW)


def test_a_link_ends_after_an_hour_or_with_a_newer_one(stage: Stage) -> None:
    stage.person(DENISE, Role.OWNER)
    asked(stage, DENISE)
    first = newest_link(stage, DENISE)
    asked(stage, DENISE)
    second = newest_link(stage, DENISE)
    browser = Browsing(stage.app.test_client())
    assert browser.get(first).status_code == 410
    assert browser.get(second).status_code == 200
    stage.now += dt.timedelta(hours=1)
    assert browser.get(second).status_code == 410
    assert browser.press(second, password=NEW, again=NEW).status_code == 410
    assert signs_in(stage, PASSWORD)


def test_nobody_learns_who_is_registered(stage: Stage) -> None:
    stage.person(DENISE, Role.OWNER)
    known = asked(stage, DENISE)
    unknown = asked(stage, "nobody@harlan.example")
    assert known.replace(DENISE, "X") == unknown.replace("nobody@harlan.example", "X")
    assert letters(stage, "nobody@harlan.example") == []
    with stage.unscoped() as session:
        # The same was written for both, so that the time of the answer tells nothing either.
        for table in (Mail, MailedLink):
            assert session.scalar(select(func.count()).select_from(table)) == 2


def test_one_address_gets_few_letters_and_is_told_the_same(stage: Stage) -> None:
    stage.person(DENISE, Role.OWNER)
    said = {asked(stage, DENISE) for _ in range(12)}
    assert len(said) == 1
    assert len(letters(stage, DENISE)) == 3
    stage.now += dt.timedelta(minutes=20)
    asked(stage, DENISE)
    assert len(letters(stage, DENISE)) == 4


def test_one_network_cannot_ask_without_end(stage: Stage) -> None:
    browser = Browsing(stage.app.test_client())
    browser.get("/forgot")
    answers = [browser.press("/forgot", email=f"p{at}@harlan.example").status_code for at in range(25)]
    assert answers == [200] * 20 + [429] * 5


def test_a_new_password_turns_off_no_second_factor(stage: Stage) -> None:
    stage.person(DENISE, Role.OWNER)
    codes: pyotp.TOTP = enrol(stage, DENISE)
    asked(stage, DENISE)
    browser, link = Browsing(stage.app.test_client()), newest_link(stage, DENISE)
    browser.get(link)
    browser.press(link, password=NEW, again=NEW)
    browser.get("/login")
    assert browser.press("/login", email=DENISE, password=NEW).location == "/login/code"
    browser.get("/login/code")
    assert browser.press("/login/code", code=codes.at(stage.now)).status_code == 303


def test_what_is_no_address_is_said_so(stage: Stage) -> None:
    browser = Browsing(stage.app.test_client())
    browser.get("/forgot")
    answer = browser.press("/forgot", email="denise")
    assert answer.status_code == 422
    assert "is not an e-mail address" in answer.text


def test_guessing_links_is_slowed_down(stage: Stage) -> None:
    browser = Browsing(stage.app.test_client())
    browser.get("/forgot")
    answers = [browser.press(f"/reset/guess-{at}", password=NEW, again=NEW).status_code for at in range(35)]
    assert answers == [410] * 30 + [429] * 5
