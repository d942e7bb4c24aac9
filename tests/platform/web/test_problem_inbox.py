"""The inbox groups what needs a person by cause; one press does it for all of a kind, and can be undone."""

import datetime as dt
import re

import pytest
from sqlalchemy import select

from dray.billing import differences
from dray.billing.differences import Difference, Seen
from dray.billing.models import Invoice, Posting
from dray.billing.postings import Change, move
from dray.billing.problems import refusal
from dray.billing.states import Move
from dray.connections.models import Connection
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"
TERMS = "refused~3140~terms"


@pytest.fixture
def browser(stage: Stage) -> Browsing:
    stage.connect()
    return stage.browse(stage.person(DENISE, Role.OWNER))


def refused(stage: Stage, count: int) -> list[str]:
    ids = stage.invoices(count)
    stage.sent(ids)
    stage.claimed(ids)
    stage.refused(ids)
    return ids


def undo_of(html: str) -> str:
    found = re.search(r'action="(/(?:problems/aside|problems/differences|sendings|markings)/[^"]+/undo)"', html)
    assert found, "nothing can be undone"
    return found[1]


def test_what_was_refused_for_one_reason_is_one_group(stage: Stage, browser: Browsing) -> None:
    refused(stage, 12)
    html = browser.get("/problems").text
    assert html.count("<h2") == 1
    assert "The books have no terms called “Net 45”" in html
    assert "12 invoices" in html
    assert "Choose other terms" in html
    assert html.count("data-problem ") == 5, "the first five, and a way to more"
    assert browser.get(f"/problems?cause={TERMS}").text.count("data-problem ") == 12


def test_one_press_sends_all_of_a_group_again_and_can_be_undone(stage: Stage, browser: Browsing) -> None:
    refused(stage, 12)
    browser.get("/problems")
    html = browser.press("/problems/send", follow=True, cause=TERMS).text
    assert "12 invoices are Pending sync again." in html
    assert set(stage.states().values()) == {"pending_sync"}
    assert "Nothing needs you" in html
    browser.press(undo_of(html))
    assert set(stage.states().values()) == {"draft"}


def test_one_alone_can_be_sent_again(stage: Stage, browser: Browsing) -> None:
    first, *_ = refused(stage, 3)
    browser.get("/problems")
    browser.press("/problems/send", cause=TERMS, pick=f"{first}.1")
    assert list(stage.states().values()).count("pending_sync") == 1


def test_set_aside_with_a_reason_and_shown_again(stage: Stage, browser: Browsing) -> None:
    refused(stage, 3)
    browser.get("/problems")
    assert "Nothing was set aside" in browser.press("/problems/aside", follow=True, cause=TERMS, reason=" ").text
    html = browser.press("/problems/aside", follow=True, cause=TERMS, reason="Typed in by hand").text
    assert "3 problems are set aside" in html
    assert "Nothing needs you" in html
    assert set(stage.states().values()) == {"needs_attention"}, "the invoices are as they were"
    assert "The books have no terms" in browser.press(undo_of(html), follow=True).text


def test_what_was_set_aside_comes_back_when_it_is_refused_anew(stage: Stage, browser: Browsing) -> None:
    (one,) = refused(stage, 1)
    browser.get("/problems")
    browser.press("/problems/aside", cause=TERMS, reason="Typed in by hand")
    assert "Nothing needs you" in browser.get("/problems").text
    stage.now += dt.timedelta(hours=1)
    stage.sent([one])
    with stage.session() as session:
        latest = session.scalars(select(Posting.id).order_by(Posting.id.desc()).limit(1)).one()
        told = Change(latest, problem=refusal("3140", "The books have no terms called “Net 45”.", "terms"))
        assert move(session, Move.JUDGED_IMPOSSIBLE, [told], at=stage.now, actor="test")
        session.commit()
    assert "The books have no terms" in browser.get("/problems").text


def test_all_can_be_marked_as_never_to_be_sent(stage: Stage, browser: Browsing) -> None:
    refused(stage, 2)
    browser.get("/problems")
    html = browser.press("/problems/not-sent", follow=True, cause=TERMS, reason="Cash sale").text
    assert "2 invoices are marked as not to be sent" in html
    with stage.session() as session:
        assert set(session.scalars(select(Invoice.not_sent))) == {"Cash sale"}
    browser.press(undo_of(html))
    with stage.session() as session:
        assert set(session.scalars(select(Invoice.not_sent))) == {None}


def test_a_change_in_the_books_waits_until_somebody_decides(stage: Stage, browser: Browsing) -> None:
    (one,) = stage.invoices(1)
    stage.sent([one])
    stage.claimed([one])
    stage.accepted([one])
    with stage.session() as session:
        key = session.scalars(select(Invoice.id)).one()
        connection = session.scalars(select(Connection.id)).one()
        differences.record(session, connection, "Books", [Seen(key, Difference.VOIDED)], at=stage.now, actor="test")
        session.commit()
    assert "Voided in the books" in browser.get("/problems").text
    bookkeeper = stage.browse(stage.person("books@harlan.example", Role.BOOKKEEPER))
    bookkeeper.get("/problems")
    said = bookkeeper.press(
        "/problems/differences/aside", follow=True, cause="differs~voided~", reason="Voided on purpose"
    ).text
    assert "1 problem is set aside" in said
    assert "Voided in the books" in bookkeeper.press(undo_of(said), follow=True).text


def test_who_only_reads_is_offered_nothing(stage: Stage, browser: Browsing) -> None:
    refused(stage, 2)
    viewer = stage.browse(stage.person("viewer@harlan.example", Role.VIEWER))
    html = viewer.get("/problems").text
    assert "Send all" not in html
    assert "Set aside" not in html
    assert viewer.press("/problems/aside", cause=TERMS, reason="x").status_code == 403
    assert viewer.press("/problems/send", cause=TERMS).status_code == 403


def test_a_group_that_is_put_right_meanwhile_changes_nothing(stage: Stage, browser: Browsing) -> None:
    ids = refused(stage, 1)
    browser.get("/problems")
    stage.marked(ids)
    answer = browser.press("/problems/send", follow=True, cause=TERMS)
    assert answer.status_code == 200
    assert "put right already" in answer.text
