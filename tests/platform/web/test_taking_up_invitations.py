"""Inviting people and joining, through the pages."""

import datetime as dt

from sqlalchemy import select

from dray_tenants.models import Membership, User
from dray_tenants.roles import Role
from tests.platform.web.mailbox import letters, newest_link, recorded
from tests.platform.web.stage import PASSWORD, Browsing, Stage

OWNER, NEW = "denise.okafor@harlan.example", "new.person@harlan.example"
CHOSEN = "orchard-violin-73"


def invited(stage: Stage, email: str = NEW, role: Role = Role.BILLING, by: str = OWNER) -> str:
    """Invite somebody; the path of the link in their mail."""
    page = stage.browse(by)
    page.get("/users")
    assert page.press("/users/invitations", email=email, role=role.value).status_code == 303
    return newest_link(stage, email.casefold())


def stranger(stage: Stage) -> Browsing:
    return Browsing(stage.app.test_client())


def roles(stage: Stage, email: str) -> dict[int, Role]:
    with stage.unscoped() as session:
        found = session.execute(
            select(Membership.tenant_id, Membership.role).join(User).where(User.email == email)
        ).all()
        return dict(found)


def test_somebody_new_chooses_a_password_and_is_in(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    link = invited(stage, NEW.upper())
    (letter,) = letters(stage, NEW)
    assert letter.subject == "Harlan Roll-Off & Recycling invites you to Dray"
    browser = stranger(stage)
    page = browser.get(link).text
    assert "Join Harlan Roll-Off &amp; Recycling" in page
    assert "denise.okafor@harlan.example invites new.person@harlan.example" in page
    answer = browser.press(link, name=" Nell  Person ", password=CHOSEN, again=CHOSEN)
    assert answer.status_code == 303
    shown = browser.get("/invoices").text
    assert "You belong to Harlan Roll-Off &amp; Recycling now." in shown
    assert roles(stage, NEW) == {stage.tenant: Role.BILLING}
    with stage.unscoped() as session:
        assert session.scalars(select(User.name).where(User.email == NEW)).one() == "Nell Person"
    assert recorded(stage) == [(OWNER, "person.invited"), (NEW, "person.joined"), (NEW, "person.signed_in")]
    # The password works, and the link does not any more.
    later = stranger(stage)
    assert later.get(link).status_code == 410
    later.get("/login")
    assert later.press("/login", email=NEW, password=CHOSEN).status_code == 303


def test_looking_at_an_invitation_or_a_bad_password_uses_nothing_up(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    link, browser = invited(stage), stranger(stage)
    assert {browser.get(link).status_code for _ in range(3)} == {200}
    short = browser.press(link, password="short", again="short", name="Nell")
    assert short.status_code == 422
    assert "has 5 characters" in short.text
    assert 'value="Nell"' in short.text
    assert browser.press(link, password=CHOSEN, again=CHOSEN + "x").status_code == 422
    assert roles(stage, NEW) == {}
    assert browser.press(link, password=CHOSEN, again=CHOSEN).status_code == 303


def test_somebody_of_another_company_joins_by_signing_in(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person(NEW, Role.OWNER, other)
    link, browser = invited(stage), stranger(stage)
    assert "is registered already. Sign in" in browser.get(link).text
    # No password can be chosen for an account that exists.
    browser.get("/login")
    assert browser.press(link, password=CHOSEN, again=CHOSEN).location.startswith("/login?next=/invitations/")
    browser.get(f"/login?next={link}")
    assert browser.press("/login", email=NEW, password=PASSWORD, next=link).location == link
    assert "You are signed in as" in browser.get(link).text
    before = browser.client.get_cookie("dray_session")
    assert browser.press(link).status_code == 303
    assert "You now" not in browser.get("/invoices").text
    assert "Harlan Roll-Off" in browser.html
    assert roles(stage, NEW) == {stage.tenant: Role.BILLING, other: Role.OWNER}
    assert before is not None
    browser.client.set_cookie("dray_session", before.value)
    assert browser.get("/invoices").status_code == 303, "joining changes what a session may do, and so its cookie"


def test_who_belongs_to_no_company_signs_in_to_join_and_for_nothing_else(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person(OWNER, Role.OWNER, other)
    stage.person(NEW, Role.VIEWER, other)
    page = stage.browse(OWNER)
    with stage.unscoped() as session:
        session.delete(session.scalars(select(Membership).join(User).where(User.email == NEW)).one())
        session.commit()
    page.get("/users")
    link, browser = invited(stage), stranger(stage)
    browser.get("/login")
    assert browser.press("/login", email=NEW, password=PASSWORD).status_code == 403
    assert browser.press("/login", email=NEW, password=PASSWORD, next=link).location == link
    assert browser.get("/invoices").status_code == 303
    browser.get(link)
    assert browser.press(link).status_code == 303
    assert browser.get("/invoices").status_code == 200


def test_nobody_joins_by_another_persons_link(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    other = stage.company("Prairie Box Co.", "prairie")
    stage.person(NEW, Role.OWNER, other)
    stage.person("eve@prairie.example", Role.VIEWER, other)
    link, eve = invited(stage), stage.browse("eve@prairie.example")
    page = eve.get(link).text
    assert "this invitation is for <b>new.person@harlan.example</b>" in page
    assert eve.press(link, password=CHOSEN, again=CHOSEN).status_code == 303
    assert roles(stage, "eve@prairie.example") == {other: Role.VIEWER}
    assert roles(stage, NEW) == {other: Role.OWNER}


def test_a_letter_sent_again_has_a_new_link_and_one_taken_back_has_none(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    first, page = invited(stage), stage.browse(OWNER)
    row = page.get("/users").text.split("/users/invitations/ivt_")[1].split("/")[0]
    assert "Invited by denise.okafor@harlan.example" in page.html
    page.press(f"/users/invitations/ivt_{row}/renew")
    second = newest_link(stage, NEW)
    assert stranger(stage).get(first).status_code == 410
    assert stranger(stage).get(second).status_code == 200
    said = page.press(f"/users/invitations/ivt_{row}/revoke", follow=True).text
    assert "does not work any more" in said
    assert stranger(stage).get(second).status_code == 410
    assert page.press(f"/users/invitations/ivt_{row}/renew").status_code == 404
    assert [action for _, action in recorded(stage)] == [
        "person.invited",
        "person.invitation_renewed",
        "person.invitation_revoked",
    ]


def test_an_invitation_runs_out_and_says_so_to_both(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    link, browser = invited(stage), stranger(stage)
    browser.get(link)
    stage.now += dt.timedelta(days=7)
    assert "Ask whoever invited you" in browser.press(link, password=CHOSEN, again=CHOSEN).text
    assert "Run out" in stage.browse(OWNER).get("/users").text


def test_nobody_sends_letters_without_end_through_invitations(stage: Stage) -> None:
    page = stage.browse(stage.person(OWNER, Role.OWNER))
    page.get("/users")
    answers = [page.press("/users/invitations", email=NEW, role="viewer").status_code for _ in range(5)]
    assert answers == [303] * 3 + [429] * 2
    assert len(letters(stage, NEW)) == 3
    assert "Nothing was sent now" in page.press("/users/invitations", email=NEW, role="viewer").text
    many = [page.press("/users/invitations", email=f"p{at}@b.example", role="viewer").status_code for at in range(50)]
    assert many == [303] * 47 + [429] * 3


def test_an_admin_makes_no_owner(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    page = stage.browse(stage.person("adm@harlan.example", Role.ADMIN))
    page.get("/users")
    assert 'value="owner"' not in page.html
    refused = page.press("/users/invitations", email=NEW, role="owner")
    assert refused.status_code == 403
    assert letters(stage, NEW) == []
    assert page.press("/users/invitations", email=NEW, role="nonsense").status_code == 400
    invited(stage, NEW, Role.OWNER)
    row = page.get("/users").text.split("/users/invitations/ivt_")[1].split("/")[0]
    assert page.press(f"/users/invitations/ivt_{row}/renew").status_code == 403


def test_inviting_a_member_or_no_address_changes_nothing(stage: Stage) -> None:
    stage.person(OWNER, Role.OWNER)
    page = stage.browse(OWNER)
    page.get("/users")
    member = page.press("/users/invitations", email=OWNER, role="viewer")
    assert (member.status_code, "belongs to Harlan" in member.text) == (422, True)
    assert page.press("/users/invitations", email="nell", role="viewer").status_code == 422
    assert recorded(stage) == []
