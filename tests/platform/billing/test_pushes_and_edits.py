"""Billing pushes, people edit: an edit of a person stands, and both are told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from dray.billing import amending, amounts, customers, editing, invoices, timeline
from dray.billing.given import GivenCustomer, GivenLine, Missing, NotNow, Unacceptable
from dray.billing.invoices import Became, Pushed
from dray.billing.models import Customer, Invoice, Item
from dray.billing.person_edits import as_problems
from tests.platform.shop import ACTOR, NOW, Shop, given

CHEAPER = [GivenLine(item="Visit", amount=Decimal("400.00"))]


def push(shop: Shop, **changes: object) -> Pushed:
    """Push the invoice bill-1."""
    with shop.session() as session:
        pushed = invoices.push(session, given("1", external_id="bill-1", **changes), at=NOW, actor="Billing (API)")
        session.commit()
        return pushed


def edit(shop: Shop, invoice: str, **changes: object) -> None:
    """A person edits fields."""
    with shop.session() as session:
        amending.amend(session, invoice, changes, version=None, at=NOW, actor=ACTOR, by_person=True)
        session.commit()


def read(shop: Shop, invoice: str) -> Invoice:
    """The invoice's row, detached."""
    with shop.session() as session:
        row = session.scalars(select(Invoice).where(Invoice.public_id == invoice)).one()
        session.expunge(row)
        return row


def kinds(shop: Shop, invoice: str) -> list[str]:
    """The kinds of everything that happened."""
    with shop.session() as session:
        return [each.kind for each in timeline.story(session, invoices.ids_of(session, [invoice])[invoice])]


def test_a_persons_edit_beats_a_push_and_billings_word_is_shown(shop: Shop) -> None:
    invoice = push(shop).id or ""
    edit(shop, invoice, memo="Gate code 7")
    assert push(shop, memo="Ring the bell", terms="Net 30").became is Became.UPDATED
    row = read(shop, invoice)
    assert (row.memo, row.terms) == ("Gate code 7", "Net 30")
    (problem,) = as_problems(row.person_edits)
    assert (problem["field"], problem["severity"], problem["fix"]["value"]) == ("memo", "warns", "Ring the bell")
    assert kinds(shop, invoice)[-2:] == ["updated_by_billing", "kept_a_persons_edit"]


def test_lines_that_a_person_changed_are_kept_with_their_sums(shop: Shop) -> None:
    invoice = push(shop).id or ""
    edit(shop, invoice, lines=CHEAPER)
    push(shop, lines=[GivenLine(item="Visit", amount=Decimal("465.00"))])
    row = read(shop, invoice)
    assert row.total_minor == 40000
    (problem,) = as_problems(row.person_edits)
    assert (problem["field"], problem["fix"]["value"]) == ("lines", "465.00")
    with shop.session() as session:
        (line,) = editing.lines_of(session, row.id)
        assert line["amount_minor"] == 40000


def test_a_tax_that_a_person_set_is_in_the_total_of_the_lines_that_billing_changes(shop: Shop) -> None:
    invoice = push(shop, tax=Decimal(1)).id or ""
    edit(shop, invoice, tax=Decimal(2))
    push(shop, tax=Decimal(3), lines=CHEAPER)
    row = read(shop, invoice)
    assert (row.subtotal_minor, row.tax_minor, row.total_minor) == (40000, 200, 40200)


def test_the_same_push_after_an_edit_changes_nothing(shop: Shop) -> None:
    invoice = push(shop).id or ""
    edit(shop, invoice, memo="mine")
    assert push(shop).became is Became.SAME
    assert read(shop, invoice).memo == "mine"


def test_a_deliberate_change_over_the_api_settles_the_difference(shop: Shop) -> None:
    invoice = push(shop).id or ""
    edit(shop, invoice, memo="mine")
    push(shop, memo="theirs")
    with shop.session() as session:
        amending.amend(session, invoice, {"memo": "theirs"}, version=None, at=NOW, actor="Billing (API)")
        session.commit()
    row = read(shop, invoice)
    assert (row.memo, row.person_edits) == ("theirs", None)


def test_a_change_that_changes_nothing_makes_no_version(shop: Shop) -> None:
    invoice = push(shop, memo="x").id or ""
    edit(shop, invoice, memo="x")
    assert read(shop, invoice).version == 1
    assert kinds(shop, invoice) == ["created"]


@pytest.mark.parametrize(
    ("choice", "minor", "quantity"), [(amounts.USE_AMOUNT, 29900, None), (amounts.USE_PRODUCT, 30000, Decimal(3))]
)
def test_a_line_whose_amount_differs_is_solved_either_way(
    shop: Shop, choice: str, minor: int, quantity: Decimal | None
) -> None:
    line = GivenLine(item="Visit", quantity=Decimal(3), unit_price=Decimal(100), amount=Decimal("299.00"))
    invoice = push(shop, lines=[line]).id or ""
    assert [problem["code"] for problem in read(shop, invoice).problems or ()] == ["amount_differs"]
    with shop.session() as session:
        amending.choose_amount(session, invoice, 0, choice, version=1, at=NOW, actor=ACTOR)
        session.commit()
    row = read(shop, invoice)
    assert (row.total_minor, row.problems) == (minor, None)
    with shop.session() as session:
        assert editing.lines_of(session, row.id)[0]["quantity"] == quantity


def test_a_choice_that_is_none_is_refused(shop: Shop) -> None:
    invoice = push(shop).id or ""
    with shop.session() as session, pytest.raises(Unacceptable):
        amending.choose_amount(session, invoice, 9, amounts.USE_AMOUNT, version=None, at=NOW, actor=ACTOR)


def test_a_push_that_cannot_be_kept_leaves_no_customer_behind(shop: Shop) -> None:
    push(shop)
    with shop.session() as session:
        number_taken = given("1", external_id="bill-2", customer=GivenCustomer(name="Nobody yet"))
        assert invoices.push(session, number_taken, at=NOW, actor=ACTOR).became is Became.UNACCEPTABLE
        session.commit()
        assert session.scalars(select(Customer.name)).all() == ["Bright Lights"]


def test_an_invoice_never_edits_its_customer(shop: Shop) -> None:
    push(shop, customer=GivenCustomer(external_id="c", name="Bright Lights", email="first@b.example"))
    push(shop, customer=GivenCustomer(external_id="c", email="second@b.example"))
    with shop.session() as session:
        assert session.scalars(select(Customer.email)).one() == "first@b.example"
        assert session.scalars(select(Invoice.email)).one() == "second@b.example"


def test_a_known_customer_under_another_name_is_refused(shop: Shop) -> None:
    push(shop, customer=GivenCustomer(external_id="c", name="Bright Lights"))
    refused = push(shop, customer=GivenCustomer(external_id="c", name="Dim Lights"))
    assert [complaint.pointer for complaint in refused.complaints] == ["/customer/name"]
    assert push(shop, customer=GivenCustomer(external_id="c", name="bright lights "), memo="x").became is Became.UPDATED


def test_a_name_that_several_carry_is_refused(shop: Shop) -> None:
    with shop.session() as session:
        for external_id in ("a", "b"):
            customers.put(session, {"name": "Twin", "external_id": external_id}, at=NOW)
        session.commit()
    assert [c.pointer for c in push(shop, customer=GivenCustomer(name="twin")).complaints] == ["/customer/name"]


def test_sites_of_two_customers_may_share_a_name(shop: Shop) -> None:
    for number, parent in (("1", "A"), ("2", "B"), ("3", "A")):
        shop.invoice(number, customer=GivenCustomer(name="Site", parent=parent))
    with shop.session() as session:
        names = sorted(session.scalars(select(Customer.name)))
    assert names == ["A", "B", "Site", "Site"]


def test_customers_have_two_levels_and_nobody_stands_below_itself(shop: Shop) -> None:
    with shop.session() as session:
        site, _ = customers.put(session, {"name": "Site", "parent": "A"}, at=NOW)
        above = session.scalars(select(Customer).where(Customer.name == "A")).one()
        for public_id, parent in ((above.public_id, "B"), (above.public_id, "A")):
            with pytest.raises(Unacceptable):
                customers.change(session, public_id, {"parent": parent}, version=None, at=NOW)
        with pytest.raises(NotNow):
            customers.change(session, site.public_id, {"name": "x"}, version=9, at=NOW)
        with pytest.raises(Missing):
            customers.change(session, "cus_nobody", {"name": "x"}, version=None, at=NOW)


def test_what_lines_charge_is_remembered_once(shop: Shop) -> None:
    shop.invoice(lines=[GivenLine(item=name, amount=Decimal(1)) for name in ("Visit", "visit ", "Filter")])
    shop.invoice(lines=[GivenLine(item="VISIT", amount=Decimal(1))])
    with shop.session() as session:
        assert sorted(session.scalars(select(Item.name_key))) == ["filter", "visit"]


def test_counts_follow_a_deletion(shop: Shop) -> None:
    first, _ = shop.invoice(), shop.invoice()
    with shop.session() as session:
        invoices.delete(session, first, version=1, at=NOW, actor=ACTOR)
        session.commit()
    assert shop.kept_counts() == {"draft": 1}
    assert read(shop, first).deleted_at == NOW
