"""Guessing passwords is slow; nobody can keep another person from signing in for long."""

import datetime as dt

import pytest

from dray.people import pace
from dray_tenants import users
from dray_tenants.roles import Role
from tests.platform.web.stage import PASSWORD, Browsing, Stage

DENISE = "denise.okafor@harlan.example"
HOME, ATTACKER = "198.51.100.7", "203.0.113.66"


def tried(stage: Stage, password: str, *, ip: str, browser: Browsing | None = None, email: str = DENISE) -> int:
    """Sign in from an address; the status of the answer."""
    browser = browser or Browsing(stage.app.test_client())
    browser.client.environ_base["REMOTE_ADDR"] = ip
    browser.get("/login")
    return browser.press("/login", email=email, password=password).status_code


@pytest.fixture
def victim(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody whose address everybody knows. The dam in front is left out: it stops floods sooner."""
    stage.app.config["RATELIMIT_ENABLED"] = False
    monkeypatch.setattr("dray.web.people.sessions.limiter.enabled", False)
    return stage.person(DENISE, Role.OWNER)


def test_whoever_hammers_an_address_keeps_its_owner_waiting_nowhere_else(stage: Stage, victim: str) -> None:
    hammered = [tried(stage, f"guess {at}", ip=ATTACKER) for at in range(60)]
    assert hammered[:5] == [401] * 5
    assert set(hammered[5:]) == {429}
    assert tried(stage, PASSWORD, ip=ATTACKER) == 429
    assert tried(stage, PASSWORD, ip=HOME) == 303


def test_an_hour_of_hammering_judges_few_guesses_and_the_wait_stays_within_minutes(stage: Stage, victim: str) -> None:
    judged, end = 0, stage.now + dt.timedelta(hours=1)
    while stage.now < end:
        judged += tried(stage, "guess", ip=ATTACKER) == 401
        stage.now += dt.timedelta(seconds=20)
    assert 5 < judged < 25
    # Also behind the attacker's own network the owner comes in as soon as nobody tries for five minutes.
    stage.now += pace.FOR_ADDRESS.longest_wait
    assert tried(stage, PASSWORD, ip=ATTACKER) == 303


def test_a_browser_that_has_signed_in_before_is_slowed_down_by_no_stranger(stage: Stage, victim: str) -> None:
    own = Browsing(stage.app.test_client())
    assert tried(stage, PASSWORD, ip=HOME, browser=own) == 303
    own.get("/invoices")
    own.press("/logout")
    for at in range(80):
        tried(stage, f"guess {at}", ip=HOME)
    assert tried(stage, PASSWORD, ip=HOME) == 429, "a new browser in that network waits"
    assert tried(stage, PASSWORD, ip=HOME, browser=own) == 303


def test_a_known_browser_is_no_way_to_guess(stage: Stage, victim: str) -> None:
    own = Browsing(stage.app.test_client())
    assert tried(stage, PASSWORD, ip=HOME, browser=own) == 303
    own.get("/invoices")
    own.press("/logout")
    answers = [tried(stage, "guess", ip=f"198.51.{at}.1", browser=own) for at in range(8)]
    assert answers == [401] * 5 + [429] * 3


@pytest.mark.parametrize("cookie", ["", "forged", "W10.x.y", "eyJhIjoxfQ.Z.Z"])
def test_a_cookie_that_we_did_not_sign_makes_no_browser_known(stage: Stage, victim: str, cookie: str) -> None:
    for at in range(6):
        tried(stage, f"guess {at}", ip=HOME)
    browser = Browsing(stage.app.test_client())
    browser.client.set_cookie("dray_device", cookie)
    assert tried(stage, PASSWORD, ip=HOME, browser=browser) == 429


def test_a_browser_known_to_one_person_is_a_stranger_to_another(stage: Stage, victim: str) -> None:
    other = stage.person("eve@harlan.example", Role.VIEWER)
    hers = Browsing(stage.app.test_client())
    assert tried(stage, PASSWORD, ip=ATTACKER, browser=hers, email=other) == 303
    hers.get("/invoices")
    hers.press("/logout")
    assert [tried(stage, "guess", ip=ATTACKER) for _ in range(6)] == [401] * 5 + [429]
    assert tried(stage, "guess", ip=ATTACKER, browser=hers) == 429, "she waits as everybody in her network"


def test_one_network_cannot_go_through_many_addresses(stage: Stage, victim: str) -> None:
    answers = [tried(stage, "guess", ip=f"203.0.113.{at}", email=f"p{at}@harlan.example") for at in range(60)]
    assert answers[:40] == [401] * 40
    assert set(answers[40:]) == {429}
    assert tried(stage, PASSWORD, ip=HOME) == 303


def test_an_office_signs_in_as_often_as_it_likes(stage: Stage, victim: str) -> None:
    assert {tried(stage, PASSWORD, ip=HOME) for _ in range(60)} == {303}


def test_tries_against_nobody_are_answered_alike(stage: Stage, victim: str) -> None:
    known = [tried(stage, "guess", ip=ATTACKER) for _ in range(8)]
    stage.now += dt.timedelta(hours=2)
    unknown = [tried(stage, "guess", ip=ATTACKER, email="nobody@harlan.example") for _ in range(8)]
    assert known == unknown


def test_an_address_that_nobody_has_costs_a_comparison_too(
    stage: Stage, victim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str | None] = []
    real = users.password_matches

    def watch(stored: str | None, password: str) -> bool:
        compared.append(stored)
        return real(stored, password)

    monkeypatch.setattr("dray.web.people.sessions.users.password_matches", watch)
    tried(stage, "guess", ip=ATTACKER)
    tried(stage, "guess", ip=ATTACKER, email="nobody@harlan.example")
    tried(stage, "guess", ip=ATTACKER, email="no address")
    assert [stored is None for stored in compared] == [False, True, True]
    assert not real(None, "the password of nobody"), "not even the password whose hash stands in"
