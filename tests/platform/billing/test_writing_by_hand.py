"""What people write: no twins, nobody's invoice overwritten, a delete undone, disagreements with billing settled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import (
    amending,
    by_hand,
    customer_edits,
    customer_lists,
    customers,
    disagreements,
    documents,
    drafts,
    invoices,
    items,
)
from dray.billing.checking import check
from dray.billing.given import GivenCustomer, GivenLine, Missing, NotNow, Unacceptable
from dray.billing.models import Customer, Invoice
from dray_sdk import LineKind
from dray_tenants.models import AuditEntry
from tests.platform.shop import ACTOR, NOW, Shop, given


def create(shop: Shop, number: str | None = None, once: str = "", **changes: Any) -> str:
    with shop.session() as session:
        public_id = by_hand.create(session, given(number, **changes), once=once, at=NOW, actor=ACTOR)
        session.commit()
        return public_id


def row_of(shop: Shop, public_id: str) -> Invoice:
    with shop.session() as session:
        row = session.scalars(select(Invoice).where(Invoice.public_id == public_id)).one()
        session.expunge(row)
        return row


def audited(shop: Shop) -> list[str]:
    with shop.session() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def push(shop: Shop, **changes: Any) -> str:
    with shop.session() as session:
        pushed = invoices.push(session, given("1", external_id="bill-1", **changes), at=NOW, actor="Billing (API)")
        session.commit()
        return pushed.id or ""


def edit(shop: Shop, invoice: str, **changes: Any) -> None:
    with shop.session() as session:
        amending.amend(session, invoice, changes, version=None, at=NOW, actor=ACTOR, by_person=True)
        session.commit()


def test_the_same_form_twice_makes_one_invoice(shop: Shop) -> None:
    assert create(shop, once="form-1") == create(shop, once="form-1")
    assert create(shop, once="form-2") != create(shop, once="form-1")
    assert shop.kept_counts() == {"draft": 2}
    assert audited(shop) == ["invoice.created", "invoice.created"]


def test_a_number_in_use_is_refused_and_the_other_invoice_stays_as_it_is(shop: Shop) -> None:
    first = create(shop, "A-1")
    with pytest.raises(Unacceptable) as refused:
        create(shop, "a-1 ", memo="something else")
    assert refused.value.complaints[0].path == ("number",)
    assert (row_of(shop, first).version, row_of(shop, first).memo) == (1, None)
    assert shop.kept_counts() == {"draft": 1}


def test_what_a_person_wrote_is_not_overwritten_by_a_push_of_the_same_number(shop: Shop) -> None:
    invoice = create(shop, "A-1", memo="mine")
    with shop.session() as session:
        cheap = [GivenLine(item="Visit", amount=Decimal("5.00"))]
        pushed = invoices.push(session, given("A-1", memo="theirs", lines=cheap), at=NOW, actor="Billing (API)")
        session.commit()
    assert pushed.id == invoice
    row = row_of(shop, invoice)
    assert (row.memo, row.total_minor) == ("mine", 42500)
    told = {name: said for name, said in (row.person_edits or {}).items() if said is not None}
    assert told == {"memo": "theirs", "lines": "5.00"}


def test_a_saved_edit_is_audited_and_one_that_changes_nothing_is_not(shop: Shop) -> None:
    invoice = create(shop, "A-1")
    for memo, version in (("new", 1), ("new", 2)):
        with shop.session() as session:
            by_hand.save(session, invoice, given("A-1", memo=memo), version=version, at=NOW, actor=ACTOR)
            session.commit()
    assert audited(shop) == ["invoice.created", "invoice.edited"]
    with shop.session() as session, pytest.raises(NotNow):
        by_hand.save(session, invoice, given("A-1", memo="late"), version=1, at=NOW, actor=ACTOR)


def delete(shop: Shop, invoice: str) -> None:
    with shop.session() as session:
        by_hand.delete(session, invoice, version=None, at=NOW, actor=ACTOR)
        session.commit()


def restore(shop: Shop, invoice: str, minutes: int = 1) -> None:
    with shop.session() as session:
        by_hand.restore(session, invoice, at=NOW + dt.timedelta(minutes=minutes), actor=ACTOR)
        session.commit()


def test_a_deleted_invoice_comes_back_as_it_was(shop: Shop) -> None:
    invoice = create(shop, "A-1")
    delete(shop, invoice)
    assert shop.kept_counts() == {}
    restore(shop, invoice)
    assert (row_of(shop, invoice).deleted_at, row_of(shop, invoice).number) == (None, "A-1")
    assert shop.kept_counts() == {"draft": 1}
    assert audited(shop) == ["invoice.created", "invoice.deleted", "invoice.restored"]
    with pytest.raises(Missing):
        restore(shop, invoice)


def test_it_stays_deleted_when_its_number_or_its_time_is_gone(shop: Shop) -> None:
    invoice = create(shop, "A-1")
    delete(shop, invoice)
    with pytest.raises(NotNow, match="15 minutes"):
        restore(shop, invoice, minutes=16)
    create(shop, "A-1")
    with pytest.raises(NotNow, match="A-1"):
        restore(shop, invoice)
    assert shop.kept_counts() == {"draft": 1}
    pushed = push(shop)
    delete(shop, pushed)
    with shop.session() as session:
        invoices.push(session, given("9", external_id="bill-1"), at=NOW, actor="Billing (API)")
        session.commit()
    with pytest.raises(NotNow, match="again"):
        restore(shop, pushed)


def test_another_tenant_neither_deletes_nor_restores(shop: Shop, other_shop: Shop) -> None:
    invoice = create(shop, "A-1")
    with pytest.raises(Missing):
        delete(other_shop, invoice)
    delete(shop, invoice)
    with pytest.raises(Missing):
        restore(other_shop, invoice)


def decide(shop: Shop, invoice: str, field: str, *, theirs: bool) -> None:
    act = disagreements.take_theirs if theirs else disagreements.keep_mine
    with shop.session() as session:
        act(session, invoice, field, version=None, at=NOW, actor=ACTOR)
        session.commit()


def test_theirs_is_taken_exactly_as_billing_pushed_it(shop: Shop) -> None:
    theirs = [GivenLine(item="Visit", quantity=Decimal(2), unit_price=Decimal("212.5")), GivenLine(amount=Decimal(5))]
    invoice = push(shop)
    edit(shop, invoice, lines=[GivenLine(item="Visit", amount=Decimal("400.00"))], memo="mine", due_date=None)
    edit(shop, invoice, due_date=dt.date(2026, 12, 1))
    push(shop, lines=theirs, memo="theirs", due_date=dt.date(2026, 12, 24), tax=Decimal("1.00"))
    row = row_of(shop, invoice)
    assert (row.total_minor, row.memo, row.due_date) == (40000, "mine", dt.date(2026, 12, 1))
    decide(shop, invoice, "lines", theirs=True)
    decide(shop, invoice, "due_date", theirs=True)
    row = row_of(shop, invoice)
    assert (row.subtotal_minor, row.tax_minor, row.total_minor, row.memo) == (43000, 100, 43100, "mine")
    assert row.due_date == dt.date(2026, 12, 24)
    assert row.person_edits == {"memo": "theirs"}


def test_mine_is_kept_and_billing_is_no_longer_shown_beside_it(shop: Shop) -> None:
    invoice = push(shop)
    edit(shop, invoice, memo="mine")
    push(shop, memo="theirs")
    decide(shop, invoice, "memo", theirs=False)
    row = row_of(shop, invoice)
    assert (row.memo, row.person_edits) == ("mine", {"memo": None})
    push(shop, memo="other")
    assert row_of(shop, invoice).person_edits == {"memo": "other"}
    with pytest.raises(NotNow):
        decide(shop, invoice, "terms", theirs=True)


@pytest.mark.parametrize("field", ["customer/billing_address", "customer/email", "customer", "shipping_address"])
def test_theirs_is_taken_for_fields_of_the_customer_too(shop: Shop, field: str) -> None:
    invoice = push(shop)
    mine = {"name": "Mine", "email": "m@x.example", "billing_address": {"line1": "Mine"}}
    edit(shop, invoice, customer=mine, shipping_address={"line1": "Mine"})
    theirs = GivenCustomer(name="Theirs", email="t@x.example", billing_address={"line1": "Theirs"})
    push(shop, customer=theirs, shipping_address={"line1": "Theirs"})
    decide(shop, invoice, field, theirs=True)
    row = row_of(shop, invoice)
    with shop.session() as session:
        name = session.scalars(select(Customer.name).where(Customer.id == row.customer_id)).one()
    now = {
        "customer": name,
        "customer/email": row.email,
        "customer/billing_address": (row.bill_to or {}).get("line1"),
        "shipping_address": (row.ship_to or {}).get("line1"),
    }
    assert {key for key, value in now.items() if str(value)[0].lower() == "t"} == {field}


def test_a_draft_is_judged_as_the_document_that_would_be_sent(shop: Shop) -> None:
    extra = [GivenLine(LineKind.DISCOUNT, percent=Decimal(10)), GivenLine(LineKind.TEXT, description="x")]
    changes: dict[str, Any] = {
        "memo": "m", "terms": "Net 30", "shipping_address": {"line1": "Here"}, "tax": Decimal(1),
        "accounting_class": "North", "lines": [*given().lines, *extra],
    }  # fmt: skip
    invoice = create(shop, "A-1", **changes)
    with shop.session() as session:
        (stored,) = documents.build(session, list(invoices.ids_of(session, [invoice]).values())).values()
        whole = given("A-1", customer=GivenCustomer(id=stored.customer.id), **changes)
        drafted = drafts.document_of(session, whole, check(whole, currency="USD"))
    # The items' own ids come with Send; nobody judges by them.
    lines = tuple(replace(line, item=line.item and replace(line.item, id=None)) for line in stored.lines)
    assert replace(stored, id=None, mark=None, lines=lines) == drafted


def test_customers_are_found_by_parts_and_page_by_page(shop: Shop) -> None:
    with shop.session() as session:
        for name in ("Ábel", "beta", "Gamma", "delta"):
            customer_edits.create(session, {"name": name}, at=NOW, actor=ACTOR)
        customer_edits.create(
            session, {"name": "Plant", "parent": "Gamma", "email": "p@x.example"}, at=NOW, actor=ACTOR
        )
        session.commit()
        first = customer_lists.search(session, limit=3)
        second = customer_lists.search(session, limit=3, after=first.next or "")
        names = [row.customer.name for row in (*first.rows, *second.rows)]
        assert sorted(names) == ["Gamma", "beta", "delta", "Ábel"]
        assert second.next is None
        assert [row.sites for row in (*first.rows, *second.rows) if row.customer.name == "Gamma"] == [1]
        (found,) = customer_lists.search(session, "LANT").rows
        assert found.full_name == "Gamma · Plant"
        assert [row.customer.name for row in customer_lists.search(session, "p@x").rows] == ["Plant"]
        assert [row.full_name for row in customer_lists.namesakes(session, "plant")] == ["Gamma · Plant"]


def test_a_person_makes_no_customer_by_a_typing_error_and_overwrites_none(shop: Shop) -> None:
    with shop.session() as session:
        customer_edits.create(session, {"name": "Gamma", "external_id": "g"}, at=NOW, actor=ACTOR)
        session.commit()
        with pytest.raises(Unacceptable) as refused:
            customer_edits.create(session, {"name": "Plant", "parent": "Gama"}, at=NOW, actor=ACTOR)
        assert refused.value.complaints[0].path == ("parent",)
        with pytest.raises(Unacceptable) as refused:
            customer_edits.create(session, {"name": "Other", "external_id": "g"}, at=NOW, actor=ACTOR)
        assert refused.value.complaints[0].path == ("external_id",)
        session.rollback()
        assert [customer.name for customer in customers.page(session, limit=9).customers] == ["Gamma"]


def test_items_are_named_once_and_edited(shop: Shop) -> None:
    with shop.session() as session:
        item = items.add(session, {"name": "Haul", "unit_price": Decimal("1.5")}, at=NOW, actor=ACTOR)
        with pytest.raises(Unacceptable):
            items.add(session, {"name": " haul"}, at=NOW, actor=ACTOR)
        with pytest.raises(Unacceptable):
            items.change(session, item.public_id, {"name": " "}, at=NOW, actor=ACTOR)
        items.change(session, item.public_id, {"name": "Haul 2", "taxable": False}, at=NOW, actor=ACTOR)
        session.commit()
        assert [(each.name, each.taxable) for each in items.page(session).items] == [("Haul 2", False)]
    assert audited(shop) == ["item.created", "item.changed"]
