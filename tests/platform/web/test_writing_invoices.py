"""Invoices written on the page: what is typed is kept, judged, saved once, and never overwritten unseen."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from dray.billing import amending, invoices
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.models import Customer, Invoice, InvoiceLine
from dray_tenants.models import AuditEntry
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"
LINE = {
    "line": "0",
    "line-0-kind": "charge",
    "line-0-item": "Haul",
    "line-0-quantity": "3",
    "line-0-unit_price": "1,425.5",
}
NEW: dict[str, Any] = {
    "customer_q": "Meridian Homes",
    "customer_for": "Meridian Homes",
    "customer_id": "new",
    "date": "2026-11-19",
    **LINE,
}


@pytest.fixture
def page(stage: Stage) -> Browsing:
    """Denise's browser, on the form of a new invoice."""
    stage.connect()
    browsing = stage.browse(stage.person(DENISE, Role.BILLING))
    assert browsing.get("/invoices/new").status_code == 200
    return browsing


def rows(stage: Stage) -> list[Invoice]:
    with stage.session() as session:
        found = list(session.scalars(select(Invoice).where(Invoice.deleted_at.is_(None)).order_by(Invoice.id)))
        session.expunge_all()
        return found


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return found[1].replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


def form_of(page: Browsing, invoice: str) -> dict[str, Any]:
    """What a browser would send back of the unchanged form of an invoice."""
    parsed: Any = html.fromstring(page.get(f"/invoices/{invoice}/edit").text)
    (form,) = (each for each in parsed.forms if each.get("id") == "writing")
    found: dict[str, Any] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if name not in ("csrf_token", "do")}


def write(stage: Stage, **changes: Any) -> str:
    given = GivenInvoice(
        customer=GivenCustomer(name="Meridian Homes"),
        date=dt.date(2026, 11, 17),
        number="A-1",
        lines=[GivenLine(item="Haul", quantity=Decimal(1), unit_price=Decimal("425.00"))],
        **changes,
    )
    with stage.session() as session:
        pushed = invoices.push(session, given, at=stage.now, actor="Billing")
        session.commit()
    assert pushed.id
    return pushed.id


def edit(page: Browsing, invoice: str, **changes: str) -> dict[str, Any]:
    return {**form_of(page, invoice), **changes}


def test_an_invoice_is_written_with_every_field_and_the_servers_sums(stage: Stage, page: Browsing) -> None:
    more: dict[str, Any] = {
        "number": "INV-9", "due_date": "2026-12-19", "ship_date": "2026-11-18", "po_number": "PO 7", "terms": "Net 30",
        "rep": "DO", "accounting_class": "North", "department": "Yard", "message": "Thanks", "memo": "Gate 7",
        "service_location": "Linden Ave", "tax": "1.25", "tax_code": "OH", "email": "a@x.example", "phone": "555",
        "ship_to-line1": "Dock 2", "bill_to-city": "Dayton", "payment": "0", "payment-0-amount": "10",
        "payment-0-date": "2026-11-01", "payment-0-method": "cash", "custom": "0", "custom-0-name": "Truck",
        "custom-0-value": "12", "line": ["0", "1", "2", "3"],
        "line-0-taxable": "no", "line-0-service_date": "2026-11-10", "line-0-accounting_class": "South",
        "line-1-kind": "text", "line-1-description": "Thank you\r\nfor coming",
        "line-2-kind": "subtotal", "line-3-kind": "discount", "line-3-percent": "10",
    }  # fmt: skip
    answer = page.press("/invoices/new", once="f1", **{**NEW, **more})
    assert answer.status_code == 303, answer.text
    (row,) = rows(stage)
    assert (row.number, row.subtotal_minor, row.tax_minor, row.total_minor) == ("INV-9", 384885, 125, 385010)
    assert (row.terms, row.accounting_class, row.ship_date, row.message) == (
        "Net 30",
        "North",
        dt.date(2026, 11, 18),
        "Thanks",
    )
    assert (row.ship_to, row.bill_to, row.custom) == ({"line1": "Dock 2"}, {"city": "Dayton"}, {"Truck": "12"})
    assert row.payments == [{"amount": "10.00", "date": "2026-11-01", "method": "cash", "reference": None}]
    with stage.session() as session:
        lines = session.scalars(select(InvoiceLine).order_by(InvoiceLine.position)).all()
        assert [line.kind for line in lines] == ["charge", "text", "subtotal", "discount"]
        assert (lines[0].taxable, lines[0].accounting_class, lines[1].description) == (
            False,
            "South",
            "Thank you\nfor coming",
        )
        assert session.scalars(select(AuditEntry.action)).all()[-1] == "invoice.created"
    assert "is written. Nothing was sent." in page.get(answer.location).text


def test_the_form_sent_twice_makes_one_invoice(stage: Stage, page: Browsing) -> None:
    first = page.press("/invoices/new", once="same", **NEW)
    again = page.press("/invoices/new", once="same", **NEW)
    assert first.location == again.location
    assert len(rows(stage)) == 1


def test_what_cannot_be_kept_comes_back_as_it_was_typed_with_the_reason_at_its_field(
    stage: Stage, page: Browsing
) -> None:
    answer = page.press("/invoices/new", **{**NEW, "line-0-quantity": "3 pcs", "due_date": "soon", "memo": "Keep <me>"})
    assert answer.status_code == 422
    assert "“3 pcs” is not a number" in answer.text
    assert "“soon” is not a date" in answer.text
    assert 'value="3 pcs"' in answer.text
    assert "Keep &lt;me&gt;" in answer.text
    assert rows(stage) == []


def test_a_name_alone_is_a_choice_only_where_it_is_one_customers(stage: Stage, page: Browsing) -> None:
    write(stage)
    typed: dict[str, Any] = {**NEW, "customer_id": "", "customer_q": "meridian homes"}
    assert page.press("/invoices/new", **typed).status_code == 303
    stranger = page.press("/invoices/new", **{**typed, "customer_q": "Meridien"})
    assert stranger.status_code == 422
    assert "Choose who “Meridien” is" in stranger.text
    stale: dict[str, Any] = {**NEW, "customer_q": "Somebody else", "customer_for": "Meridian Homes"}
    assert page.press("/invoices/new", **stale).status_code == 422
    assert len(rows(stage)) == 2
    with stage.session() as session:
        assert session.scalars(select(Customer.name)).all() == ["Meridian Homes"]


def test_a_number_in_use_is_refused_at_its_field(stage: Stage, page: Browsing) -> None:
    write(stage)
    answer = page.press("/invoices/new", **{**NEW, "number": "a-1"})
    assert answer.status_code == 422
    assert "Another invoice has the number a-1" in answer.text
    assert [row.version for row in rows(stage)] == [1]


def test_buttons_for_rows_work_without_script_and_save_nothing(stage: Stage, page: Browsing) -> None:
    text = page.press("/invoices/new", do="add:line:", **NEW).text
    assert 'name="line" value="1"' in text
    two: dict[str, Any] = {**NEW, "line": ["0", "1"], "line-1-item": "Second"}
    moved = page.press("/invoices/new", do="up:line:1", **two).text
    assert moved.index('name="line" value="1"') < moved.index('name="line" value="0"')
    dropped = page.press("/invoices/new", do="drop:line:0", **two).text
    assert 'name="line" value="0"' not in dropped
    assert "4,276.50" in page.press("/invoices/new", do="check", **NEW).text
    assert rows(stage) == []


def test_while_typing_sums_problems_and_odd_prices_are_told(stage: Stage, page: Browsing) -> None:
    long: dict[str, Any] = {
        **NEW,
        "number": "INV-2026-000123",
        "line": ["0", "1"],
        "line-1-kind": "charge",
        "line-1-quantity": "x",
    }
    text = page.press("/invoices/judge", **long).text
    assert "4,276.50" in text
    assert "15" in text
    assert 'href="#f-number"' in text
    assert "“x” is not a number" in text
    assert "needs an amount" not in text
    assert rows(stage) == []


def test_limits_of_the_books_are_counted_and_an_overlong_text_is_red(stage: Stage, page: Browsing) -> None:
    text = page.press("/invoices/new", do="check", **{**NEW, "rep": "Denise"}).text
    assert 'data-counts="f-rep" data-limit="5"' in text
    assert "6/5 characters" in text
    assert 'data-counts="f-po_number" data-limit="25">0/25' in text


def test_an_unchanged_form_changes_nothing(stage: Stage, page: Browsing) -> None:
    invoice = write(stage, memo="m", custom={"a": "b"}, payments=())
    answer = page.press(f"/invoices/{invoice}/edit", **edit(page, invoice))
    assert answer.status_code == 303, answer.text
    (row,) = rows(stage)
    assert (row.version, row.person_edits, row.custom) == (1, None, {"a": "b"})


def test_two_people_are_told_and_nothing_of_either_is_lost(stage: Stage, page: Browsing) -> None:
    invoice = write(stage, memo="before", terms="Net 30", po_number="1")
    mine = edit(page, invoice, memo="mine", po_number="2")
    with stage.session() as session:
        amending.amend(session, invoice, {"memo": "theirs", "terms": "Net 60"}, version=1, at=stage.now, actor="Sam")
        session.commit()
    answer = page.press(f"/invoices/{invoice}/edit", **mine)
    assert answer.status_code == 409
    assert "Somebody saved this invoice while you were writing" in answer.text
    conflict = answer.text.partition('id="conflict"')[2].partition("</section>")[0]
    assert "mine" in conflict
    assert "theirs" in conflict
    assert "They also changed Terms" in conflict
    assert 'value="Net 60"' in answer.text
    assert [row.memo for row in rows(stage)] == ["theirs"]
    taken = page.press(f"/invoices/{invoice}/edit", do="theirs:memo", **{**mine, "version": "2", "terms": "Net 60"})
    assert "theirs</textarea>" in taken.text
    again = {**mine, "version": hidden(answer.text, "version"), "seen": hidden(answer.text, "seen"), "terms": "Net 60"}
    assert page.press(f"/invoices/{invoice}/edit", **again).status_code == 303
    (row,) = rows(stage)
    assert (row.memo, row.terms, row.po_number) == ("mine", "Net 60", "2")


def test_what_was_sent_meanwhile_is_not_saved_and_what_was_typed_is_still_there(stage: Stage, page: Browsing) -> None:
    invoice = write(stage)
    mine = edit(page, invoice, memo="typed for an hour")
    stage.sent([invoice])
    answer = page.press(f"/invoices/{invoice}/edit", **mine)
    assert answer.status_code == 409
    assert "Your changes were not saved." in answer.text
    assert "typed for an hour" in answer.text
    assert page.get(f"/invoices/{invoice}/edit").status_code == 303


def test_a_pending_invoice_is_unpended_to_be_edited(stage: Stage, page: Browsing) -> None:
    invoice = write(stage)
    stage.sent([invoice])
    assert "Unpend and edit" in page.get(f"/invoices/{invoice}").text
    answer = page.press(f"/invoices/{invoice}/unpend-and-edit")
    assert answer.location.endswith(f"/invoices/{invoice}/edit")
    assert stage.states() == {"A-1": "draft"}
    stage.sent([invoice])
    stage.claimed([invoice])
    assert page.press(f"/invoices/{invoice}/unpend-and-edit").location.endswith(f"/invoices/{invoice}")
    assert stage.states() == {"A-1": "sending"}


def test_a_delete_offers_to_be_undone(stage: Stage, page: Browsing) -> None:
    invoice = write(stage)
    page.get(f"/invoices/{invoice}")
    text = page.press(f"/invoices/{invoice}/delete", pick=f"{invoice}.1", follow=True).text
    assert "A-1 is deleted. It can be brought back for 15 minutes." in text
    assert f'action="/invoices/{invoice}/restore"' in text
    assert rows(stage) == []
    assert "is back, as it was" in page.press(f"/invoices/{invoice}/restore", follow=True).text
    assert len(rows(stage)) == 1


def test_a_delete_of_another_version_than_the_one_that_was_seen_does_nothing(stage: Stage, page: Browsing) -> None:
    invoice = write(stage)
    page.get(f"/invoices/{invoice}")
    text = page.press(f"/invoices/{invoice}/delete", pick=f"{invoice}.7", follow=True).text
    assert "Somebody changed it since you looked" in text
    assert len(rows(stage)) == 1


def test_a_copy_is_a_new_form_of_today_without_number_and_payments(stage: Stage, page: Browsing) -> None:
    invoice = write(stage, memo="again", due_date=dt.date(2026, 11, 27), payments=())
    text = page.get(f"/invoices/new?copy={invoice}").text
    assert "again</textarea>" in text
    assert hidden(text, "customer_for") == "Meridian Homes"
    assert re.search(r'id="f-number"[^>]* value=', text) is None
    assert 'type="date" value="2026-11-19"' in text
    assert 'type="date" value="2026-11-29"' in text


def test_a_mismatched_amount_has_two_fixes(stage: Stage, page: Browsing) -> None:
    lines = [GivenLine(item="Haul", quantity=Decimal(2), unit_price=Decimal(10), amount=Decimal(25))]
    with stage.session() as session:
        given = GivenInvoice(customer=GivenCustomer(name="M"), date=dt.date(2026, 11, 17), number="B", lines=lines)
        invoice = invoices.push(session, given, at=stage.now, actor="Billing").id
        session.commit()
    text = page.get(f"/invoices/{invoice}").text
    assert "Send the amount as it is" in text
    assert "Use quantity × price (20.00)" in text
    page.press(f"/invoices/{invoice}/lines/0/amount", choice="use_product", pick=f"{invoice}.1")
    assert [row.total_minor for row in rows(stage)] == [2000]
    page.press(f"/invoices/{invoice}/lines/7/amount", choice="use_product")
    assert [row.version for row in rows(stage)] == [2]


def test_billings_word_is_shown_beside_a_persons_and_either_is_chosen(stage: Stage, page: Browsing) -> None:
    invoice = write(stage, external_id="b-1", memo="first", terms="Net 30")
    with stage.session() as session:
        changes = {"memo": "mine", "terms": "Net 45"}
        amending.amend(session, invoice, changes, version=1, at=stage.now, actor=DENISE, by_person=True)
        session.commit()
    write(stage, external_id="b-1", memo="theirs", terms="Net 60")
    text = page.get(f"/invoices/{invoice}").text
    assert "Billing says theirs." in text
    assert "Keep mine" in text
    version = rows(stage)[0].version
    page.press(f"/invoices/{invoice}/disagreement", theirs="memo", pick=f"{invoice}.{version}")
    page.press(f"/invoices/{invoice}/disagreement", mine="terms", pick=f"{invoice}.{version + 1}")
    (row,) = rows(stage)
    assert (row.memo, row.terms) == ("theirs", "Net 45")
    assert "Billing says" not in page.get(f"/invoices/{invoice}").text.partition('id="history"')[0]
