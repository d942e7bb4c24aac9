"""One invoice: what happens next in each state, what the books say beside what was sent, its story."""

import re

import pytest
from sqlalchemy import update

from dray.billing.models import Customer
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    return stage.browse(stage.person("denise@harlan.example", Role.OWNER))


@pytest.fixture
def invoice(stage: Stage, page: Browsing) -> str:
    return stage.invoices(1)[0]


def words(html: str) -> str:
    """What a person reads, folds included."""
    body = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_a_draft_shows_its_lines_and_asks_to_check_the_prices(page: Browsing, invoice: str) -> None:
    said = words(page.get(f"/invoices/{invoice}").text)
    assert "Ready to send. Nothing has left yet. Check the prices first" in said
    assert "30 yd roll-off, haul & return Tickets 88214 and 88231 2 465.00 930.00" in said.replace("&amp;", "&")
    assert "1.38 68.00 93.84" in said
    assert "Before tax 1,072.84 Tax the books decide Total before tax $1,072.84" in said
    assert "Bill to Kestrel Roofing &amp; Exteriors 701 Wayne Ave Dayton, OH 45410" in said
    assert "Job site 2204 Linden Ave" in said
    assert "Invoice date Nov 17, 2026 Terms Net 30 PO KR-1187" in said
    assert "Review and send" in said
    assert "Unpend" not in said


def test_a_draft_with_a_problem_says_it_and_its_fix(stage: Stage, page: Browsing) -> None:
    (public_id,) = stage.invoices(1, "Northgate Demolition and Site Services of Dayton LLC", first=2)
    said = words(page.get(f"/invoices/{public_id}").text)
    assert "It cannot go yet." in said
    assert "Customer name: 52/41 characters" in said
    assert "Use this name in the books" in said


def test_a_pending_invoice_can_be_unpended_from_its_page(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    html = page.get(f"/invoices/{invoice}").text
    assert "Goes with the next run, about 10:50 am." in words(html)
    assert 'formaction="/invoices/unpend"' in html
    back = page.press("/invoices/unpend", follow=True, pick=f"{invoice}.1", back=invoice)
    assert back.request.path == f"/invoices/{invoice}"
    assert "1 invoice is back in Draft." in back.text
    assert stage.states() == {"INV-20471": "draft"}


def test_an_invoice_on_its_way_offers_nothing_to_press(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    stage.claimed([invoice])
    html = page.get(f"/invoices/{invoice}").text
    assert "Handed over 10:40 am , waiting for the answer. It cannot be unpended any more." in words(html)
    assert "formaction" not in html
    assert "Review and send" not in html


def test_a_lost_answer_tells_nobody_to_type_it_in(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    stage.claimed([invoice])
    stage.doubtful([invoice])
    said = words(page.get(f"/invoices/{invoice}").text)
    assert "The answer has been missing since 10:40 am ." in said
    assert "Do not type it in there" in said
    assert "There is nothing to press" in said
    assert "Review and send" not in said


def test_a_refusal_gives_the_reason_the_fix_and_the_code_folded(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    stage.claimed([invoice])
    stage.refused([invoice])
    html = page.get(f"/invoices/{invoice}").text
    said = words(html)
    assert "QuickBooks Desktop did not take it. Nothing was saved there." in said
    assert "The books have no terms called “Net 45”. Choose other terms" in said
    assert f'href="/invoices/{invoice}/choose/terms' in html, "the fix is offered in place"
    assert "Review and send again" in said
    folds = "".join(re.findall(r"<details.*?</details>", html, re.DOTALL))
    assert html.count("3140") == folds.count("3140") == 2


def test_an_accepted_invoice_is_locked_and_its_receipt_compared(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    stage.claimed([invoice])
    stage.accepted([invoice], number="INV-20471", total_minor=115812, tax_minor=8528, balance_minor=115812)
    html = page.get(f"/invoices/{invoice}").text
    said = words(html)
    assert "Locked: this invoice is in QuickBooks Desktop as no. INV-20471." in said
    assert "Number INV-20471 INV-20471 Same" in said
    assert "Before tax 1,072.84 1,072.84 Same" in said
    assert "Tax left to the books 85.28 Theirs" in said
    assert "Open balance $1,158.12" in said
    assert "formaction" not in html
    assert 'href="/invoices/review' not in html


def test_a_difference_in_the_books_is_shown_and_not_corrected(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    stage.claimed([invoice])
    stage.accepted([invoice], total_minor=100000, tax_minor=0, warning="The books rounded it.")
    said = words(page.get(f"/invoices/{invoice}").text)
    assert "Before tax 1,072.84 1,000.00 Differs" in said
    assert "The books rounded it." in said


def test_what_was_sent_is_shown_as_it_was_sent(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice])
    with stage.session() as session:
        session.execute(update(Customer).values(name="Another Name", name_key="another name"))
        session.commit()
    html = page.get(f"/invoices/{invoice}").text
    assert "Kestrel Roofing &amp; Exteriors" in html
    assert "Another Name" not in html


def test_the_story_is_told_in_words_newest_first(stage: Stage, page: Browsing, invoice: str) -> None:
    stage.sent([invoice], actor="denise@harlan.example")
    html = page.get(f"/invoices/{invoice}").text
    story = words(html[html.index("h-history") :])
    assert "Sent 10:31 am Sent to QuickBooks Desktop. It waits there in line. By denise@harlan.example." in story
    assert story.index("It waits there in line") < story.index("Created")
    assert "By billing" in story


def test_the_live_parts_change_with_the_state_and_hold_no_token(stage: Stage, page: Browsing, invoice: str) -> None:
    address = f"/invoices/{invoice}/live"
    fresh = page.get(address)
    assert "csrf" not in fresh.text
    parts = re.findall(r'id="([\w-]+)" data-part', fresh.text)
    whole = page.get(f"/invoices/{invoice}").text
    assert len(parts) == 15
    assert [part for part in parts if f'id="{part}" data-part' not in whole] == []
    etag = {"If-None-Match": fresh.headers["ETag"]}
    assert page.get(address, headers=etag).status_code == 304
    stage.sent([invoice])
    assert "Pending sync" in page.get(address, headers=etag).text
