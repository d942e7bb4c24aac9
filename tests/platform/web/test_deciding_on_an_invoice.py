"""What a person says of an invoice that the books hold, or may hold."""

import datetime as dt

import pytest
from sqlalchemy import select

from dray.billing.models import Posting
from dray.billing.problems import refusal
from dray.connections.models import Connection
from dray.connections.removal import remove_connection
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    return stage.browse(stage.person("denise@harlan.example", Role.ADMIN))


@pytest.fixture
def doubt(stage: Stage, page: Browsing) -> str:
    """The address of an invoice whose answer was lost."""
    ids = stage.invoices(1)
    stage.sent(ids)
    stage.claimed(ids)
    stage.doubtful(ids)
    address = f"/invoices/{ids[0]}"
    page.get(address)
    return address


@pytest.fixture
def twin(stage: Stage, page: Browsing) -> str:
    """The address of an invoice that was stopped, because the books hold one like it."""
    ids = stage.invoices(1)
    stage.sent(ids)
    stage.twinned(ids)
    address = f"/invoices/{ids[0]}"
    page.get(address)
    return address


def latest(stage: Stage) -> Posting:
    with stage.session() as session:
        posting = session.scalars(select(Posting).order_by(Posting.id.desc()).limit(1)).one()
        session.expunge(posting)
        return posting


def test_a_twin_is_shown_with_what_can_be_said_of_it(page: Browsing, twin: str) -> None:
    html = page.get(twin).text
    assert "Which is it?" in html
    assert "Number 4820 of 2026-11-17, Kestrel, 1072.84" in html
    assert "It is this one" in html
    assert "Post it anyway" in html


def test_saying_that_it_is_that_one_posts_nothing(stage: Stage, page: Browsing, twin: str) -> None:
    said = page.press(f"{twin}/already-there", follow=True, books_id="1-77").text
    assert "It is locked here once the books confirm it; nothing is posted." in said
    assert (latest(stage).state, latest(stage).is_already) == ("queued", {"books_id": "1-77"})


def test_posting_anyway_asks_whether_somebody_looked(stage: Stage, page: Browsing, twin: str) -> None:
    assert (
        "Nothing was posted. Tick that you have looked in the books first."
        in page.press(f"{twin}/anyway", follow=True).text
    )
    assert stage.states() == {"INV-20471": "needs_attention"}
    assert "It is Pending sync and will be posted" in page.press(f"{twin}/anyway", follow=True, sure="1").text
    assert (latest(stage).state, latest(stage).anyway) == ("queued", True)


def test_a_doubt_can_be_named_or_wanted_back_and_is_never_sent(stage: Stage, page: Browsing, doubt: str) -> None:
    html = page.get(doubt).text
    assert "You know more than Dray?" in html
    assert "Post it anyway" not in html
    assert (
        "Give the number that it has in the books."
        in page.press(f"{doubt}/already-there", follow=True, number=" ").text
    )
    page.press(f"{doubt}/already-there", number="4820")
    assert (latest(stage).state, latest(stage).is_already) == ("in_doubt", {"number": "4820"})
    said = page.press(f"{doubt}/take-back", follow=True).text
    assert "It becomes a draft as soon as it is proved that the books do not have it." in said
    assert (latest(stage).state, latest(stage).take_back) == ("in_doubt", True)
    assert stage.states() == {"INV-20471": "checking"}


def test_what_the_books_have_answered_is_not_decided_again(stage: Stage, page: Browsing, doubt: str) -> None:
    stage.accepted([doubt.rpartition("/")[2]])
    said = page.press(f"{doubt}/take-back", follow=True).text
    assert "There is nothing to decide" in said
    assert "You know more than Dray?" not in said


def test_only_an_admin_says_what_could_double_an_invoice(stage: Stage, twin: str) -> None:
    page = stage.browse(stage.person("lee@harlan.example", Role.BILLING))
    html = page.get(twin).text
    assert "It is this one" not in html
    assert "Post it anyway" not in html
    for what in ("already-there", "anyway"):
        assert page.press(f"{twin}/{what}", sure="1", number="1").status_code == 403


def test_nothing_is_decided_of_another_companys_invoice(stage: Stage, page: Browsing) -> None:
    other = stage.company("Prairie Box Co.", "prairie")
    (public_id,) = stage.invoices(1, tenant=other)
    page.get("/connections")
    stage.invoices(1)
    page.get(f"/invoices/{stage.invoices(1, first=9)[0]}")
    for what, form in (("already-there", {"number": "1"}), ("anyway", {"sure": "1"}), ("take-back", {})):
        assert page.press(f"/invoices/{public_id}/{what}", False, **form).status_code == 404, what


def unclear(stage: Stage, doubt: str) -> None:
    """The books were asked about the doubt, and have something like it."""
    with stage.session() as session:
        posting = session.scalars(select(Posting).order_by(Posting.id.desc()).limit(1)).one()
        there = {"books_id": "1-77", "text": "number 4820 of 2026-11-17, Kestrel, 1072.84"}
        posting.problem = {**refusal("unclear", "The books hold something like it.", ""), "candidates": [there]}
        session.commit()


def test_a_doubt_says_since_when_what_is_asked_next_and_what_not_to_do(page: Browsing, doubt: str) -> None:
    html = page.get(doubt).text
    assert "The answer has been missing since" in html
    assert "Do not type it in there by hand" in html
    assert "with the next run, about 10:50 am," in html
    assert "Dray asks whether it has number INV-20471, or an invoice of this customer, day and total." in html
    assert "There is nothing to press." in html


def test_a_doubt_that_needs_a_person_shows_both_sides_and_takes_none_of_them(
    stage: Stage, page: Browsing, doubt: str
) -> None:
    unclear(stage, doubt)
    html = page.get(doubt).text
    assert "Say below which it is. Until then nothing is sent." in html
    said = page.press(f"{doubt}/none-of-these", follow=True).text
    assert "Dray looks there once more with the next run." in said
    assert (latest(stage).state, latest(stage).problem) == ("in_doubt", {"not_these": ["1-77"]})
    assert stage.states() == {"INV-20471": "checking"}


@pytest.fixture
def unproved(stage: Stage, page: Browsing) -> str:
    """The address of an invoice that a removal by force left unproved; other books are connected."""
    ids = stage.invoices(1)
    stage.sent(ids)
    stage.claimed(ids)
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        remove_connection(session, connection, at=stage.now, actor="olga", force=True)
    stage.connect("Branch books")
    page.get(f"/invoices/{ids[0]}")
    return f"/invoices/{ids[0]}"


def test_what_nobody_knows_to_have_arrived_goes_elsewhere_by_an_admins_word(
    stage: Stage, page: Browsing, unproved: str
) -> None:
    html = page.get(unproved).text
    assert "Is it in QuickBooks Desktop?" in html
    assert "It may still arrive until" in html
    assert "Send it there" not in html
    form = {"connection": stage.connection, "sure": "1"}
    assert "It may still arrive in QuickBooks Desktop" in page.press(f"{unproved}/elsewhere", follow=True, **form).text
    assert stage.states() == {"INV-20471": "needs_attention"}
    stage.now += dt.timedelta(minutes=31)
    assert "Send it there" in page.get(unproved).text
    said = page.press(f"{unproved}/elsewhere", follow=True, connection=stage.connection).text
    assert "Tick that you have looked in those books first." in said
    assert "Choose the books" in page.press(f"{unproved}/elsewhere", follow=True, sure="1").text
    assert "It is Pending sync." in page.press(f"{unproved}/elsewhere", follow=True, **form).text
    assert stage.states() == {"INV-20471": "pending_sync"}


def test_only_an_admin_sends_elsewhere_or_says_that_none_is_it(stage: Stage, unproved: str) -> None:
    page = stage.browse(stage.person("lee@harlan.example", Role.BILLING))
    html = page.get(unproved).text
    assert "Is it in QuickBooks Desktop?" in html
    assert "Send it there" not in html
    for what in ("elsewhere", "none-of-these"):
        assert page.press(f"{unproved}/{what}", sure="1", connection=stage.connection).status_code == 403


def test_many_that_were_typed_by_hand_are_linked_with_one_press(stage: Stage, page: Browsing) -> None:
    ids = stage.invoices(3)
    stage.sent(ids)
    for number, public_id in enumerate(ids):
        stage.twinned([public_id], books_id=f"1-{number}", exact=number != 2)
    html = page.get(f"/invoices/{ids[0]}").text
    assert "There are 2 that the books have exactly as they are here." in html
    html = page.get("/invoices/found-there").text
    assert "INV-20471" in html
    assert "INV-20473" not in html
    assert "Nothing was ticked." in page.press("/invoices/found-there", follow=True).text
    said = page.press("/invoices/found-there", follow=True, same=[f"{ids[0]} 1-0", f"{ids[1]} another"]).text
    assert "1 invoice is said to be there." in said
    assert "It is no longer found so." in said
    assert stage.states() == {
        "INV-20471": "pending_sync",
        "INV-20472": "needs_attention",
        "INV-20473": "needs_attention",
    }
    assert latest(stage).is_already == {"books_id": "1-0"}
    billing = stage.browse(stage.person("lee@harlan.example", Role.BILLING))
    assert "An admin of your company decides this." in billing.get("/invoices/found-there").text
    assert billing.press("/invoices/found-there", same=[f"{ids[1]} 1-1"]).status_code == 403
