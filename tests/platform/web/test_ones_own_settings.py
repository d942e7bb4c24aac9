"""One's own settings: name, password, address, codes, browsers, theme."""

import re

import pyotp
import pytest
from sqlalchemy import select

from dray_tenants.models import User
from dray_tenants.roles import Role
from tests.platform.web.mailbox import letters, newest_link, recorded
from tests.platform.web.stage import PASSWORD, Browsing, Stage

DENISE, NEW = "denise.okafor@harlan.example", "denise@harlan.example"
CHOSEN = "orchard-violin-73"


@pytest.fixture
def me(stage: Stage) -> Browsing:
    stage.person(DENISE, Role.OWNER)
    page = stage.browse(DENISE)
    page.get("/settings")
    return page


def cookie(page: Browsing) -> str:
    found = page.client.get_cookie("dray_session")
    assert found is not None
    return found.value


def test_a_name_is_saved_and_shown(stage: Stage, me: Browsing) -> None:
    assert "Your name is saved." in me.press("/settings/name", name="  Denise   Okafor ", follow=True).text
    assert 'value="Denise Okafor"' in me.html
    assert "Denise Okafor" in me.get("/users").text
    assert me.press("/settings/name", name="x" * 201).status_code == 422
    assert recorded(stage) == [(DENISE, "person.renamed")]


def test_a_new_password_needs_the_old_one_and_ends_every_other_session(stage: Stage, me: Browsing) -> None:
    elsewhere, before = stage.browse(DENISE), cookie(me)
    wrong = me.press("/settings/password", current="wrong", password=CHOSEN, again=CHOSEN)
    assert (wrong.status_code, "That is not your password" in wrong.text) == (422, True)
    assert me.press("/settings/password", current=PASSWORD, password=CHOSEN, again="other").status_code == 422
    assert me.press("/settings/password", current=PASSWORD, password="short", again="short").status_code == 422
    assert elsewhere.get("/invoices").status_code == 200
    assert me.press("/settings/password", current=PASSWORD, password=CHOSEN, again=CHOSEN).status_code == 303
    assert me.get("/invoices").status_code == 200
    assert elsewhere.get("/invoices").status_code == 303
    assert me.press("/settings/password", current=PASSWORD, password=PASSWORD, again=PASSWORD).status_code == 422
    assert [letter.subject for letter in letters(stage, DENISE)] == ["Your password for Dray was changed"]
    assert recorded(stage) == [(DENISE, "person.password_changed")]
    stale = Browsing(stage.app.test_client())
    stale.client.set_cookie("dray_session", before)
    assert stale.get("/invoices").status_code == 303, "the cookie from before is worth nothing"


def test_whoever_sits_at_an_open_browser_cannot_guess_the_password(me: Browsing) -> None:
    answers = [
        me.press("/settings/password", current=f"guess {at}", password=CHOSEN, again=CHOSEN).text for at in range(7)
    ]
    assert sum("That is not your password" in answer for answer in answers) == 5
    assert "Too many tries" in me.press("/settings/codes", current=PASSWORD).text


def test_a_new_address_counts_once_its_link_was_opened_here(stage: Stage, me: Browsing) -> None:
    assert me.press("/settings/email", current=PASSWORD, email=NEW.upper()).status_code == 303
    link = newest_link(stage, NEW)
    assert DENISE in me.get("/invoices").text
    assert Browsing(stage.app.test_client()).get(link).location.startswith("/login?next=/confirm-address/")
    assert {me.get(link).status_code for _ in range(2)} == {200}
    assert me.press(link).status_code == 303
    assert NEW in me.get("/invoices").text
    assert me.press(link).status_code == 410
    assert letters(stage, DENISE)[-1].subject == "Your address for Dray was changed"
    door = Browsing(stage.app.test_client())
    door.get("/login")
    assert door.press("/login", email=DENISE, password=PASSWORD).status_code == 401
    assert door.press("/login", email=NEW, password=PASSWORD).status_code == 303
    assert recorded(stage)[:2] == [(DENISE, "person.email_change_asked"), (DENISE, "person.email_changed")]


def test_nobody_gives_their_address_to_another_persons_account(stage: Stage, me: Browsing) -> None:
    """Whoever is tricked into opening the link of somebody else changes nothing."""
    me.press("/settings/email", current=PASSWORD, email="victim@harlan.example")
    link = newest_link(stage, "victim@harlan.example")
    victim = stage.browse(stage.person("other@harlan.example", Role.VIEWER))
    victim.get("/settings")
    assert victim.get(link).status_code == 410
    assert victim.press(link).status_code == 410
    with stage.unscoped() as session:
        assert session.scalar(select(User.id).where(User.email == "victim@harlan.example")) is None


def test_an_address_that_somebody_has_gets_no_letter_and_whoever_asks_is_not_told(stage: Stage, me: Browsing) -> None:
    other = stage.person("other@harlan.example", Role.VIEWER)
    taken = me.press("/settings/email", current=PASSWORD, email=other, follow=True).text
    assert f"A link went to {other}" in taken
    assert letters(stage, other) == []
    assert me.press("/settings/email", current=PASSWORD, email="nonsense").status_code == 422
    assert me.press("/settings/email", current="wrong", email=NEW).status_code == 422


def test_an_address_taken_meanwhile_is_not_taken_twice(stage: Stage, me: Browsing) -> None:
    me.press("/settings/email", current=PASSWORD, email=NEW)
    link = newest_link(stage, NEW)
    stage.person(NEW, Role.VIEWER)
    me.get(link)
    refused = me.press(link)
    assert refused.status_code == 409
    assert "belongs to somebody else" in refused.text
    assert DENISE in me.get("/invoices").text


def test_codes_are_turned_on_with_a_first_code_and_off_with_the_password(stage: Stage, me: Browsing) -> None:
    elsewhere, before = stage.browse(DENISE), cookie(me)
    assert me.get("/settings/codes/code.svg").status_code == 404
    assert me.press("/settings/codes", current="wrong").status_code == 422
    assert me.press("/settings/codes", current=PASSWORD).location == "/settings/codes"
    secret = re.search(r"<code>([A-Z2-7 ]{39})</code>", me.get("/settings/codes").text)
    assert secret is not None
    picture = me.get("/settings/codes/code.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    generator = pyotp.TOTP(secret[1].replace(" ", ""))
    assert me.press("/settings/codes/confirm", code="123").status_code == 422
    done = me.press("/settings/codes/confirm", code=generator.at(stage.now))
    assert len(set(re.findall(r"<li><code>([0-9A-Z-]{19})</code></li>", done.text))) == 10
    assert done.headers["Cache-Control"] == "no-store"
    assert elsewhere.get("/invoices").status_code == 303, "it came in without a code"
    stale = Browsing(stage.app.test_client())
    stale.client.set_cookie("dray_session", before)
    assert stale.get("/invoices").status_code == 303
    assert me.get("/settings/codes").status_code == 303
    assert "10 recovery codes are left" in me.get("/settings").text
    fresh = me.press("/settings/codes/recovery", current=PASSWORD)
    assert "Keep these recovery codes" in fresh.text
    me.get("/settings")
    assert me.press("/settings/codes/off", current="wrong").status_code == 422
    assert me.press("/settings/codes/off", current=PASSWORD).status_code == 303
    assert "Turn on codes" in me.get("/settings").text
    assert [action for _, action in recorded(stage)] == [
        "person.second_factor_on",
        "person.recovery_codes_made",
        "person.second_factor_off",
    ]


def test_browsers_are_listed_by_name_and_place_and_ended(stage: Stage, me: Browsing) -> None:
    phone = Browsing(stage.app.test_client())
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Safari/604"
    phone.client.environ_base |= {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": "203.0.113.9"}
    phone.get("/login")
    phone.press("/login", email=DENISE, password=PASSWORD)
    page = me.get("/settings").text
    assert "Safari on iPhone" in page
    assert "203.0.113.9" in page
    (ended,) = re.findall(r'action="(/settings/sessions/ses_\w+/end)"', page)
    assert me.press(ended).status_code == 303
    assert phone.get("/invoices").status_code == 303
    assert me.get("/invoices").status_code == 200
    others = [stage.browse(DENISE) for _ in range(2)]
    me.get("/settings")
    me.press("/settings/sessions/others/end")
    assert [each.get("/invoices").status_code for each in (*others, me)] == [303, 303, 200]
    assert [action for _, action in recorded(stage)][-2:] == ["person.session_ended", "person.sessions_ended"]


def test_another_persons_browser_cannot_be_ended(stage: Stage, me: Browsing) -> None:
    stage.person("other@harlan.example", Role.VIEWER)
    mine, other = stage.browse(DENISE), stage.browse("other@harlan.example")
    (theirs,) = re.findall(r'action="(/settings/sessions/ses_\w+/end)"', me.get("/settings").text)
    other.get("/settings")
    assert other.press(theirs).status_code == 404
    assert mine.get("/invoices").status_code == 200


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_by_this_browser(me: Browsing, theme: str) -> None:
    assert "data-theme" not in me.get("/invoices").text
    me.get("/settings")
    me.press("/settings/theme", theme=theme)
    assert f'<html lang="en" data-theme="{theme}">' in me.get("/invoices").text
    me.get("/settings")
    me.press("/settings/theme", theme="system")
    assert "data-theme" not in me.get("/invoices").text


def test_a_theme_that_nobody_offers_is_not_written_into_the_page(me: Browsing) -> None:
    me.client.set_cookie("dray_theme", '"><script>')
    assert "data-theme" not in me.get("/settings").text


def test_what_a_person_does_stands_in_the_audit_of_each_of_their_companies(stage: Stage, me: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    foreign = stage.company("Stone Mill", "stone")
    stage.person(DENISE, Role.VIEWER, other)
    me.press("/settings/password", current=PASSWORD, password=CHOSEN, again=CHOSEN)
    assert recorded(stage, other) == recorded(stage) == [(DENISE, "person.password_changed")]
    assert recorded(stage, foreign) == []
