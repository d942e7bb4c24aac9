"""The pages of what is chosen for a connection, where fields land, the lists of names, and what is to be moved."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from lxml import html
from sqlalchemy import insert, select, update

from dray.billing.models import Customer, Invoice, Receipt
from dray.connections import choices
from dray.connections.choices import Rule
from dray.connections.links import Key
from dray.connections.models import Connection, Link
from dray.twin.choosing import Choosing
from dray.twin.models import Misplaced, TwinEntry, TwinList
from dray_sdk import Delivery, Kind
from dray_tenants.roles import Role
from tests.platform.web.copied_lists import copy_lists
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def page(stage: Stage) -> Browsing:
    stage.connect()
    copy_lists(stage)
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        at = {"connection_id": connection.id, "kind": "template"}
        session.add(TwinList(**at, generation=1, pass_number=1, pages=1, read_at=stage.now, full_at=stage.now))
        forms = [("t-1", "Blue invoice", "Invoice"), ("t-2", "Credit form", "CreditMemo")]
        session.execute(
            insert(TwinEntry),
            [
                {**at, "books_id": key, "name": name, "key": name.lower(), "active": True, "pass_number": 1,
                 "details": {"form": form}}
                for key, name, form in forms
            ],
        )  # fmt: skip
        session.commit()
    browsing = stage.browse(stage.person(DENISE, Role.OWNER))
    browsing.get(f"/connections/{stage.connection}")
    return browsing


def at(stage: Stage, rest: str) -> str:
    return f"/connections/{stage.connection}/{rest}"


def chosen(stage: Stage) -> choices.Choices:
    with stage.session() as session:
        return choices.of(session.scalars(select(Connection)).one())


def test_a_company_chooses_rule_delivery_and_defaults_from_the_real_lists(stage: Stage, page: Browsing) -> None:
    text = page.get(at(stage, "choices")).text
    assert "Whatever the books choose" in text
    assert page.press(at(stage, "receipt-rule"), rule="pause").status_code == 303
    assert page.press(at(stage, "choices"), delivery="printed").status_code == 303
    listed = page.get(at(stage, "choices/template")).text
    assert "Blue invoice" in listed
    assert "Credit form" not in listed
    assert page.press(at(stage, "choices/template"), how="use", books_id="t-1").status_code == 303
    assert page.press(at(stage, "choices/item"), how="use", books_id="item-0").status_code == 303
    found = chosen(stage)
    assert (found.rule, found.delivery) == (Rule.PAUSE, Delivery.PRINTED)
    assert {kind: one.name for kind, one in found.defaults.items()} == {
        Kind.TEMPLATE: "Blue invoice", Kind.ITEM: "Hauling",
    }  # fmt: skip
    assert page.press(at(stage, "choices/template"), how="use", books_id="t-2").status_code == 422
    assert page.press(at(stage, "choices/template"), how="use", books_id="gone").status_code == 422
    assert page.press(at(stage, "choices/template"), how="none").status_code == 303
    assert Kind.TEMPLATE not in chosen(stage).defaults
    assert page.get(at(stage, "choices/vendor")).status_code == 404
    assert page.press(at(stage, "choices"), delivery="pigeon").status_code == 400


def test_who_only_bills_chooses_nothing_there(stage: Stage, page: Browsing) -> None:
    clerk = stage.browse(stage.person("clerk@harlan.example", Role.BILLING))
    assert "Keep this rule" not in clerk.get(at(stage, "choices")).text
    assert clerk.press(at(stage, "choices"), delivery="printed").status_code == 403
    assert clerk.press(at(stage, "receipt-rule"), rule="accept").status_code == 403


def test_it_is_shown_where_every_field_lands(stage: Stage, page: Browsing) -> None:
    text = page.get(at(stage, "fields")).text
    for said in ("P.O. No.", "QuickBooks Desktop has no departments", "ExternalGUID", "Service Date of the line"):
        assert said in text
    assert at(stage, "fields") in page.get(f"/connections/{stage.connection}").text


def test_the_items_that_invoices_name_are_listed_with_what_they_are_there(stage: Stage, page: Browsing) -> None:
    stage.invoices(2)
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        for name in ("Hauling", "Dispsal"):
            session.add(
                Link(connection_id=connection.id, kind="item", key=name.lower(), name=name, state="absent",
                     checked_at=stage.now)
            )  # fmt: skip
        session.commit()
    text = page.get(at(stage, "names/item")).text
    assert "Same name" in text
    assert "The books have nothing of this name." in text
    assert "It is “Disposal”" in text
    undecided = page.get(at(stage, "names/item?show=undecided")).text
    assert ">Hauling</a>" not in undecided
    assert page.press(at(stage, "names/item"), of="Dispsal", how="link", books_id="item-1").status_code == 303
    assert "Linked" in page.get(at(stage, "names/item?q=dispsal")).text
    assert page.get(at(stage, "names/customer")).status_code == 303
    assert page.get(at(stage, "names/account")).status_code == 404


def posted(stage: Stage, **receipt: Any) -> str:
    (one,) = stage.invoices(1)
    stage.sent([one])
    stage.claimed([one])
    stage.accepted([one], **receipt)
    return one


def test_what_stands_under_a_wrong_name_is_listed_and_ticked(stage: Stage, page: Browsing) -> None:
    one = posted(stage)
    with stage.session() as session:
        connection = session.scalars(select(Connection)).one()
        connection.bound_at = stage.now - dt.timedelta(days=9)
        invoice = session.scalars(select(Invoice).where(Invoice.public_id == one)).one()
        key = page_customer(session, invoice)
        choosing = Choosing(session, connection, Key(Kind.CUSTOMER, key), "Kestrel", stage.now, DENISE)
        choosing.link("customer-0")
        assert choosing.left == 0
        choosing.link("customer-1")
        assert choosing.left == 1
        session.commit()
    text = page.get(at(stage, "misplaced")).text
    assert "1 invoice stands there under a name that was changed here since" in text
    assert "Acme Builders Inc." in text
    assert page.press(at(stage, "misplaced")).status_code == 303
    with stage.session() as session:
        assert session.scalars(select(Receipt.wanted_at)).one() == stage.now
        line = session.scalars(select(Misplaced.id)).one()
    assert page.press(at(stage, f"misplaced/{line}")).status_code == 303
    assert "Said to be right" in page.get(at(stage, "misplaced")).text


def page_customer(session: Any, invoice: Invoice) -> str:
    key: str = session.scalars(select(Customer.public_id).where(Customer.id == invoice.customer_id)).one()
    return key


def test_a_copy_of_a_posted_invoice_takes_its_place_until_an_admin_says_otherwise(stage: Stage, page: Browsing) -> None:
    one = posted(stage)
    parsed: Any = html.fromstring(page.get(f"/invoices/new?copy={one}").text)
    (form,) = (each for each in parsed.forms if each.get("id") == "writing")
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        if name not in ("csrf_token", "do"):
            fields.setdefault(name, []).append(value)
    made = page.press("/invoices/new", **fields, do="save")
    assert made.status_code == 303, made.text
    copy = made.location.rpartition("/")[2]
    assert "which the books still have" in page.get(f"/invoices/{copy}").text
    assert "To be replaced by" in page.get(f"/invoices/{one}").text
    assert page.press(f"/invoices/{copy}/additional").status_code == 303
    assert "which the books still have" in page.get(f"/invoices/{copy}").text
    clerk = stage.browse(stage.person("clerk@harlan.example", Role.BILLING))
    clerk.get(f"/invoices/{copy}")
    assert clerk.press(f"/invoices/{copy}/additional", sure="1").status_code == 403
    assert page.press(f"/invoices/{copy}/additional", sure="1").status_code == 303
    assert "Charged beside" in page.get(f"/invoices/{copy}").text


def test_what_was_paid_in_billing_is_found_and_downloaded(stage: Stage, page: Browsing) -> None:
    stage.invoices(2)
    with stage.session() as session:
        first = session.scalars(select(Invoice.public_id).order_by(Invoice.id)).first()
        payments = [{"amount": "10.00", "date": "2026-11-01", "method": "=card()", "reference": "R-1"}]
        session.execute(update(Invoice).where(Invoice.public_id == first).values(payments=payments))
        session.commit()
    text = page.get("/invoices?prepaid=1").text
    assert text.count('class="c-id"') == 1
    assert "Receive it in the books" in page.get(f"/invoices/{first}").text
    rows = list(csv.DictReader(io.StringIO(page.get("/invoices/paid-in-billing.csv").text)))
    assert [(row["paid_in_billing"], row["method"], row["open_in_books"]) for row in rows] == [
        ("10.00", "'=card()", "")
    ]


def test_a_receipt_that_differs_waits_among_the_problems(stage: Stage, page: Browsing) -> None:
    one = posted(stage, total_minor=100000)
    with stage.session() as session:
        session.execute(update(Receipt).values(differs="amounts"))
        session.commit()
    assert "The lines come to something else in the books" in page.get("/problems").text
    assert "The books say 1,000.00, you sent 1,072.84" in page.get(f"/invoices/{one}").text
