"""What a person says of an invoice that the books hold, or may hold."""

import pytest
from sqlalchemy import select

from dray.billing.models import Posting
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
