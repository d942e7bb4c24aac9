"""Codes besides the password: asked for, taken once, required of support staff."""

import datetime as dt
import re
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from dray.web.people import qr_codes
from dray_tenants import second_factor, users
from dray_tenants.models import WebSession
from dray_tenants.roles import Role, StaffRole
from tests.platform.web.mailbox import letters, recorded
from tests.platform.web.stage import PASSWORD, QUICK, Browsing, Stage

DENISE = "denise.okafor@harlan.example"
AGENT = "agent@dray.example"
RECOVERY = re.compile(r"<li><code>([0-9A-Z-]{19})</code></li>")


@pytest.fixture
def codes(stage: Stage) -> pyotp.TOTP:
    """Denise has codes; what her telephone shows."""
    stage.person(DENISE, Role.OWNER)
    return enrol(stage, DENISE)


def enrol(stage: Stage, email: str) -> pyotp.TOTP:
    keys = stage.app.extensions["dray"].vault.keys
    before = stage.now - dt.timedelta(minutes=5)
    with stage.unscoped() as session:
        user = users.find_user(session, email)
        assert user is not None
        begun = second_factor.begin(session, keys, user, now=before, issuer="Dray")
        generator = pyotp.TOTP(begun.secret)
        assert second_factor.confirm(session, keys, user, generator.at(before), now=before)
        session.commit()
    return generator


def door(stage: Stage) -> Browsing:
    """A browser in front of the sign-in page."""
    client = stage.app.test_client()
    return Browsing(client, client.get("/login").text)


def first_step(stage: Stage, email: str = DENISE, **form: Any) -> Browsing:
    browser = door(stage)
    answer = browser.press("/login", email=email, password=PASSWORD, **form)
    assert answer.status_code == 303, answer.text
    browser.get(answer.location)
    return browser


def test_the_password_alone_opens_nothing(stage: Stage, codes: pyotp.TOTP) -> None:
    browser = first_step(stage)
    assert "Enter your code" in browser.html
    assert browser.get("/invoices").status_code == 303
    assert browser.get("/settings").status_code == 303
    assert browser.get("/login/set-up").status_code == 303
    assert browser.press("/login/set-up", code=codes.at(stage.now)).status_code == 303
    assert browser.get("/invoices").status_code == 303


def test_password_and_code_lead_to_what_was_asked_for_under_a_new_cookie(stage: Stage, codes: pyotp.TOTP) -> None:
    browser = first_step(stage, next="/invoices?state=draft")
    half = browser.client.get_cookie("dray_session")
    answer = browser.press("/login/code", code=codes.at(stage.now))
    assert answer.location == "/invoices?state=draft"
    assert browser.get("/invoices").status_code == 200
    assert half is not None
    browser.client.set_cookie("dray_session", half.value)
    assert browser.get("/invoices").status_code == 303, "the cookie of the first step opens nothing afterwards"
    assert browser.get("/login/code").status_code == 303
    assert recorded(stage) == [(DENISE, "person.signed_in")]


def test_a_code_opens_one_browser_and_no_second(stage: Stage, codes: pyotp.TOTP) -> None:
    code = codes.at(stage.now)
    assert first_step(stage).press("/login/code", code=code).status_code == 303
    refused = first_step(stage).press("/login/code", code=code)
    assert refused.status_code == 401
    assert "each works once" in refused.text


def test_guessing_codes_is_slowed_down_for_minutes_and_no_longer(stage: Stage, codes: pyotp.TOTP) -> None:
    browser = first_step(stage)
    answers = [browser.press("/login/code", code="000000").status_code for _ in range(8)]
    assert answers == [401] * 5 + [429] * 3
    right = browser.press("/login/code", code=codes.at(stage.now))
    assert right.status_code == 429
    assert "nothing is locked" in right.text
    # Another browser is no way around it: six digits are few.
    assert first_step(stage).press("/login/code", code=codes.at(stage.now)).status_code == 429
    stage.now += dt.timedelta(minutes=5)
    assert first_step(stage).press("/login/code", code=codes.at(stage.now)).status_code == 303


def test_the_second_step_must_follow_within_ten_minutes(stage: Stage, codes: pyotp.TOTP) -> None:
    browser = first_step(stage)
    stage.now += dt.timedelta(minutes=10, seconds=1)
    answer = browser.press("/login/code", code=codes.at(stage.now), follow=True)
    assert "Signing in took too long" in answer.text


def test_a_recovery_code_stands_in_for_the_telephone_once(stage: Stage, codes: pyotp.TOTP) -> None:
    with stage.unscoped() as session:
        user = users.find_user(session, DENISE)
        assert user is not None
        recovery, *_ = second_factor.new_recovery_codes(session, user)
        session.commit()
    browser = first_step(stage)
    assert "Recovery code" in browser.get("/login/code?recovery=1").text
    assert browser.press("/login/code", recovery=recovery).status_code == 303
    assert browser.get("/invoices").status_code == 200
    again = first_step(stage).press("/login/code", recovery=recovery)
    assert again.status_code == 401
    assert "was used before" in again.text
    assert (DENISE, "person.recovery_code_used") in recorded(stage)


def test_support_staff_set_up_codes_before_anything_else(stage: Stage) -> None:
    with stage.unscoped() as session:
        users.create_user(session, AGENT, PASSWORD, now=stage.now, staff=StaffRole.AGENT, hasher=QUICK)
        session.commit()
    browser = first_step(stage, AGENT)
    assert "Set up your codes" in browser.html
    secret = re.search(r"<code>([A-Z2-7 ]{39})</code>", browser.html)
    assert secret is not None
    picture = browser.get("/login/set-up/code.svg")
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/svg+xml", "no-store")
    generator = pyotp.TOTP(secret[1].replace(" ", ""))
    assert picture.data == qr_codes.picture(generator.provisioning_uri(name=AGENT, issuer_name="Dray"))
    assert browser.get("/settings").status_code == 303
    assert browser.press("/login/set-up", code="000000").status_code == 401
    done = browser.press("/login/set-up", code=generator.at(stage.now))
    assert len(set(RECOVERY.findall(done.text))) == 10
    assert 'href="/console"' in done.text, "support staff begin in their console"
    assert browser.get("/settings").status_code == 200
    assert browser.get("/login/set-up/code.svg").status_code == 404, "a secret that counts is never shown again"
    with stage.unscoped() as session:
        assert [row.second_factor for row in session.scalars(select(WebSession))] == [True]
    assert [letter.subject for letter in letters(stage, AGENT)] == ["Sign-in codes for Dray were turned on"]


def test_support_staff_with_codes_enter_one_and_cannot_turn_them_off(stage: Stage) -> None:
    with stage.unscoped() as session:
        users.create_user(session, AGENT, PASSWORD, now=stage.now, staff=StaffRole.OPERATOR, hasher=QUICK)
        session.commit()
    generator = enrol(stage, AGENT)
    browser = first_step(stage, AGENT)
    assert browser.press("/login/code", code=generator.at(stage.now)).status_code == 303
    browser.get("/settings")
    refused = browser.press("/settings/codes/off", current=PASSWORD)
    assert refused.status_code == 409
    assert "Support staff always sign in with codes" in refused.text


def test_who_may_be_staff_counts_as_staff_only_with_a_code(stage: Stage) -> None:
    with stage.unscoped() as session:
        users.create_user(session, AGENT, PASSWORD, now=stage.now, staff=StaffRole.AGENT, hasher=QUICK)
        session.commit()
    page = stage.browse(AGENT)  # a whole session, made without a code
    with page.client:
        page.client.get("/settings")
        from flask_login import current_user

        assert current_user.email == AGENT
        assert current_user.staff is None
