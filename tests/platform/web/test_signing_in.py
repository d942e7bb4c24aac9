"""Signing in and out, and which company is looked at."""

import datetime as dt

import pytest
from sqlalchemy import select

from dray_tenants.members import remove_member
from dray_tenants.models import Tenant, User, WebSession
from dray_tenants.roles import Role
from tests.platform.web.stage import PASSWORD, Browsing, Stage

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def door(stage: Stage) -> Browsing:
    """A browser in front of the sign-in page."""
    stage.person(DENISE, Role.OWNER)
    client = stage.app.test_client()
    return Browsing(client, client.get("/login").text)


def test_address_and_password_lead_to_the_invoices(door: Browsing) -> None:
    answer = door.press("/login", follow=True, email=DENISE.upper(), password=PASSWORD)
    assert answer.status_code == 200
    assert answer.request.path == "/overview"
    assert "Harlan Roll-Off &amp; Recycling" in answer.text


@pytest.mark.parametrize(("email", "password"), [(DENISE, "wrong"), ("nobody@harlan.example", PASSWORD), ("", "")])
def test_what_does_not_match_is_said_alike_whatever_it_was(door: Browsing, email: str, password: str) -> None:
    answer = door.press("/login", email=email, password=password)
    assert answer.status_code == 401
    assert "E-mail and password did not match" in answer.text
    assert door.client.get("/invoices").status_code == 303


def test_a_page_that_was_asked_for_is_where_signing_in_leads(door: Browsing) -> None:
    answer = door.get("/invoices?state=draft")
    assert answer.location == "/login?next=/invoices?state%3Ddraft"
    door.get(answer.location)
    assert 'name="next" value="/invoices?state=draft"' in door.html
    assert door.press("/login", email=DENISE, password=PASSWORD, next="/invoices?state=draft").location == (
        "/invoices?state=draft"
    )


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"]
)
def test_signing_in_leads_nowhere_else(door: Browsing, target: str) -> None:
    assert door.press("/login", email=DENISE, password=PASSWORD, next=target).location == "/"


def test_the_cookie_from_before_is_worth_nothing_after_signing_in(door: Browsing) -> None:
    before = door.client.get_cookie("dray_session")
    door.press("/login", email=DENISE, password=PASSWORD)
    after = door.client.get_cookie("dray_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    door.client.set_cookie("dray_session", before.value)
    assert door.client.get("/invoices").status_code == 303


def test_signing_out_ends_the_session_on_the_server(stage: Stage, door: Browsing) -> None:
    door.press("/login", email=DENISE, password=PASSWORD)
    kept = door.client.get_cookie("dray_session")
    assert kept is not None
    door.get("/invoices")
    assert "You are signed out" in door.press("/logout", follow=True).text
    door.client.set_cookie("dray_session", kept.value)
    assert door.client.get("/invoices").status_code == 303
    with stage.unscoped() as session:
        assert session.scalars(select(WebSession)).one().revoked_at is not None


def test_a_session_ends_after_a_week_of_silence(stage: Stage, door: Browsing) -> None:
    door.press("/login", email=DENISE, password=PASSWORD)
    stage.now += dt.timedelta(days=7, seconds=1)
    assert door.client.get("/invoices").status_code == 303


def test_looking_around_keeps_a_session_alive(stage: Stage, door: Browsing) -> None:
    door.press("/login", email=DENISE, password=PASSWORD)
    for _ in range(3):
        stage.now += dt.timedelta(days=5)
        assert door.client.get("/invoices").status_code == 200


def test_too_many_tries_are_slowed_down_and_lock_nothing(stage: Stage, door: Browsing) -> None:
    tries = [door.press("/login", email=DENISE, password="wrong").status_code for _ in range(8)]
    assert tries[:3] == [401, 401, 401]
    assert tries[-1] == 429
    refused = door.press("/login", email=DENISE, password=PASSWORD)
    assert refused.status_code == 429
    assert "nothing is locked" in refused.text
    stage.now += dt.timedelta(minutes=20)
    assert door.press("/login", email=DENISE, password=PASSWORD).status_code == 303


def test_a_person_without_a_company_is_told_whom_to_ask(stage: Stage, door: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person("sam@prairie.example", Role.OWNER, other)
    stage.person("lee@nowhere.example", Role.VIEWER, other)
    leaves(stage, "lee@nowhere.example", other)
    answer = door.press("/login", email="lee@nowhere.example", password=PASSWORD)
    assert answer.status_code == 403
    assert "Ask your admin to add you" in answer.text
    assert door.client.get("/invoices").status_code == 303


def test_a_member_who_is_removed_sees_nothing_any_more(stage: Stage) -> None:
    stage.person("owner@harlan.example", Role.OWNER)
    stage.person("lee@harlan.example", Role.VIEWER)
    page = stage.browse("lee@harlan.example")
    assert page.get("/invoices").status_code == 200
    leaves(stage, "lee@harlan.example", stage.tenant)
    assert page.get("/invoices").status_code == 303


def test_somebody_with_two_companies_switches_between_them(stage: Stage) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person(DENISE, Role.OWNER, stage.tenant, other)
    stage.invoices(1, first=1)
    page = stage.browse(DENISE)
    assert "INV-1" in page.get("/invoices").text
    assert "Switch company" in page.html
    wanted = public_id(stage, other)
    switched = page.press("/switch", follow=True, tenant=wanted)
    assert "You now look at Prairie Box Co." in switched.text
    assert "INV-1" not in switched.text


def test_nobody_switches_to_a_company_that_is_not_theirs(stage: Stage) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person(DENISE, Role.OWNER)
    page = stage.browse(DENISE)
    page.get("/invoices")
    foreign = public_id(stage, other)
    shown = page.press("/switch", follow=True, tenant=foreign).text
    assert "Harlan Roll-Off" in shown
    assert "Prairie" not in shown


def leaves(stage: Stage, email: str, company: int) -> None:
    """Somebody is no member any more."""
    with stage.unscoped() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.id == company)).one()
        remove_member(session, tenant, session.scalars(select(User).where(User.email == email)).one())
        session.commit()


def public_id(stage: Stage, company: int) -> str:
    with stage.unscoped() as session:
        return session.scalars(select(Tenant.public_id).where(Tenant.id == company)).one()
