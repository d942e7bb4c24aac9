"""A problem is put right where it is shown: for one invoice, or by a rule for all that are like it."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from dray.billing.documents import thaw
from dray.billing.mending_models import MendingRule
from dray.billing.models import Invoice, Posting
from dray.connections.models import Link
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

LONG = "Upper North Street 4411, behind the Brewery Building"
SHORT = "Upper N St 4411, behind the Brewery Bldg"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    page.get("/invoices")
    return page


def put(stage: Stage, public_id: str, **values: object) -> None:
    with stage.session() as session:
        session.execute(update(Invoice).where(Invoice.public_id == public_id).values(**values))
        session.commit()


def kept(stage: Stage, public_id: str) -> Invoice:
    with stage.session() as session:
        return session.scalars(select(Invoice).where(Invoice.public_id == public_id)).one()


def review(page: Browsing, *ids: str) -> str:
    return unescape(page.get("/invoices/review?" + "&".join(f"pick={each}.1" for each in ids)).text)


def press(page: Browsing, public_id: str, way: str, about: str, **more: Any) -> str:
    form: dict[str, Any] = {"pick": f"{public_id}.1", "way": f"{way} {about}", **more}
    return unescape(page.press(f"/invoices/{public_id}/mend", follow=True, **form).text)


def test_a_long_text_is_shortened_with_abbreviations_in_the_review(stage: Stage, page: Browsing) -> None:
    (one,) = stage.invoices(1)
    put(stage, one, service_location=LONG)
    html = review(page, one)
    assert "Place of service: 52/41 characters" in html
    found = re.search(r'name="text too_long service_location" value="([^"]+)"', html)
    assert found is not None
    assert found[1] == SHORT
    back = f"/invoices/review?pick={one}.1"
    text = "4411 Upper N St, behind the brewery"
    said = press(
        page, one, "use", "too_long service_location", **{"text too_long service_location": text, "next": back}
    )
    assert "is put right there. Nothing was sent." in said
    assert kept(stage, one).service_location == text
    assert kept(stage, one).version == 2
    assert "Send 1 invoice" in said
    assert stage.states() == {"INV-20471": "draft"}


def test_the_rest_goes_below_or_into_the_memo_and_nothing_is_lost(stage: Stage, page: Browsing) -> None:
    (one,) = stage.invoices(1)
    put(stage, one, service_location=LONG, memo="Gate code 4411")
    press(page, one, "to_memo", "too_long service_location")
    row = kept(stage, one)
    assert row.memo == f"Gate code 4411\n{LONG}"
    assert row.service_location == SHORT


def test_a_customers_name_is_another_one_in_the_books_for_all_of_its_invoices(stage: Stage, page: Browsing) -> None:
    one, two = stage.invoices(2, "Northgate Demolition and Site Services of Dayton LLC")
    assert "Name in the books" in review(page, one, two)
    text = "Northgate Demolition & Site Svcs Dayton"
    press(page, one, "name_there", "too_long customer/name", **{"text too_long customer/name": text})
    with stage.session() as session:
        assert session.scalars(select(Link)).one().books_name == text
    assert "Send 2 invoices" in review(page, one, two)
    assert kept(stage, one).version == 1


def test_what_was_put_right_meanwhile_or_never_was_is_said(stage: Stage, page: Browsing) -> None:
    (one,) = stage.invoices(1)
    put(stage, one, service_location=LONG)
    assert "put right already" in press(page, one, "use", "too_long po_number")
    assert "put right already" in press(page, one, "split", "too_long service_location")
    put(stage, one, version=2)
    assert "changed" in press(page, one, "use", "too_long service_location")
    assert kept(stage, one).service_location == LONG
    for way in ("", "use", "no such way", "use \0 x"):
        assert page.press(f"/invoices/{one}/mend", way=way).status_code in (303, 404)
    assert page.press(f"/invoices/{one}/mend", way="books_decide tax_differs tax").status_code == 403


def test_one_decision_becomes_a_rule_that_is_tried_kept_and_removed(stage: Stage, page: Browsing) -> None:
    one, two = stage.invoices(2)
    put(stage, one, service_location=LONG)
    html = review(page, one, two)
    link = re.search(r'href="(/rules/try[^"]+way=use[^"]*)"', html)
    assert link is not None
    trial = unescape(page.get(link[1]).text)
    assert "1 of the last 50 invoices" in trial
    assert LONG in trial
    assert SHORT in trial
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', trial[trial.index("/rules") :]))
    said = page.press("/rules", follow=True, **{**fields, "way": "use"}).text
    assert "The rule holds from now on" in said
    assert "Send 2 invoices" in unescape(said)
    assert "By your rule it is sent as" in unescape(said)
    assert kept(stage, one).service_location == LONG

    seen = f"{one}.1 {two}.1"
    page.press("/invoices/send", connection=stage.connection, seen=seen)
    with stage.session() as session:
        sent = [thaw(posting.document) for posting in session.scalars(select(Posting).order_by(Posting.id))]
    assert [each.service_location for each in sent] == [SHORT, "2204 Linden Ave"]

    rules = page.get("/rules").text
    assert "Place of service is too long: it is shortened as suggested" in rules
    gone = re.search(r'action="(/rules/\w+/delete)"', rules)
    assert gone is not None
    assert "There is no rule yet" in page.press(gone[1], follow=True).text
    with stage.session() as session:
        assert session.scalars(select(MendingRule)).all() == []


@pytest.mark.parametrize(
    "asked",
    [
        {"way": "use", "code": "too_long", "field": "memo"},
        {"connection": "con_none", "way": "use", "code": "too_long", "field": "memo"},
        {"way": "pick", "code": "too_long", "field": "memo"},
    ],
)
def test_a_rule_that_cannot_be_is_not_made(stage: Stage, page: Browsing, asked: dict[str, Any]) -> None:
    assert page.press("/rules", **asked).status_code == 404
    assert page.get("/rules/try?way=use").status_code == 404
    odd: dict[str, Any] = {"connection": stage.connection, "way": "use", "code": "too long", "field": "<script>"}
    assert "There is no such rule" in page.press("/rules", follow=True, **odd).text


def test_every_counter_leads_to_the_row_of_its_limit(page: Browsing) -> None:
    html = page.get("/invoices/new").text
    anchors = set(re.findall(r'href="/help/limits#([\w-]+)"', html))
    assert {"qbd-number", "qbd-po_number", "qbd-lines-each-description", "qbd-bill_to-line1"} <= anchors
    assert anchors <= set(re.findall(r'<tr id="([\w-]+)"', page.get("/help/limits").text))
