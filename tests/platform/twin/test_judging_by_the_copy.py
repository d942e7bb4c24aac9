"""What the books hold is known before Send: names that are taken, what is missing, what is inactive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from dray.billing import send as sending
from dray.billing.models import BillingSettings, Customer, Invoice, Receipt
from dray.billing.send import SendResult
from dray.connections.models import Connection, ConnectionStatus
from dray.twin import reading
from dray.twin.judging import BooksJudge
from dray.twin.models import TwinEntry, TwinList
from dray_sdk import Kind
from dray_tenants.database import Engines
from tests.platform.sync.office import Office


@pytest.fixture
def office(engines: Engines) -> Office:
    office = Office(engines)
    office.run()
    return office


def send(office: Office, ids: Sequence[str]) -> list[SendResult]:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        judge = BooksJudge(session, connection, office.connector, office.now)
        return sending.send(
            session, dict.fromkeys(ids), connection=connection, judge=judge, actor="clerk", at=office.now
        )


def codes(results: Sequence[SendResult]) -> list[list[str]]:
    return [[problem["code"] for problem in result.problems] for result in results]


def entry(office: Office, kind: str, name: str) -> str:
    """The ListID of what has that full name."""
    names = office.company.full_names
    return next(list_id for list_id in office.company.lists[kind] if names[list_id] == name)


def due_at(office: Office) -> dt.datetime:
    with office.session() as session:
        found = session.scalars(select(ConnectionStatus.due_at)).one()
    assert found is not None
    return found


def test_a_vendors_name_an_unknown_item_and_what_is_inactive_are_told_before_anything_leaves(office: Office) -> None:
    vendor = next(iter(office.company.lists["Vendor"].values()))["Name"]
    customer = office.customer("Bramble Creek Builders")
    office.company.make_inactive(entry(office, "Customer", "Acme Corp"), office.now)
    office.now += dt.timedelta(hours=25)
    office.run()
    invoices = [
        office.invoice(office.customer(vendor)),
        office.invoice(customer, item="No such item"),
        office.invoice(office.customer("Acme Corp")),
        office.invoice(customer, terms="Whenever"),
        office.invoice(customer),
    ]
    results = send(office, invoices)
    assert codes(results) == [["name_taken"], ["missing_item"], ["inactive"], ["missing_terms"], []]
    assert [result.done for result in results] == [False, False, False, False, True]


def test_a_job_is_judged_by_the_name_of_its_customer(office: Office) -> None:
    vendor = next(iter(office.company.lists["Vendor"].values()))["Name"]
    site = office.customer("North lot", parent=office.customer(vendor))
    known = office.customer("North lot", parent=office.customer("Acme Corp"))
    assert codes(send(office, [office.invoice(site), office.invoice(known)])) == [["name_taken"], []]


def test_what_is_linked_is_judged_by_its_id_whatever_it_is_called_here(office: Office) -> None:
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer)])
    office.run()
    with office.session() as session:
        session.execute(update(Customer).where(Customer.public_id == customer).values(name="B" * 60))
        session.commit()
    assert codes(send(office, [office.invoice(customer)])) == [[]]


def test_an_old_copy_says_nothing(office: Office) -> None:
    invoice = office.invoice(office.customer("Bramble Creek Builders"), item="No such item")
    office.now += dt.timedelta(hours=37)
    assert codes(send(office, [invoice])) == [[]]


def test_a_list_that_was_never_read_keeps_nothing_back(office: Office) -> None:
    with office.session() as session:
        session.execute(update(TwinList).where(TwinList.kind == Kind.ITEM.value).values(read_at=None))
        session.commit()
    invoice = office.invoice(office.customer("Bramble Creek Builders"), item="No such item")
    assert codes(send(office, [invoice])) == [[]]


def test_what_was_kept_back_by_the_copy_has_it_read_again_at_the_next_call(office: Office) -> None:
    invoice = office.invoice(office.customer("Bramble Creek Builders"), item="Winter cover")
    send(office, [invoice])
    assert due_at(office) == office.now
    item = office.company.lists["ItemService"][entry(office, "ItemService", "Consulting")]
    like_it: dict[str, Any] = {
        name: item[name] for name in ("SalesOrPurchase", "SalesAndPurchase", "SalesTaxCodeRef") if name in item
    }
    office.company.enter("ItemService", {"Name": "Winter cover", **like_it}, office.now)
    office.run()
    assert codes(send(office, [invoice])) == [[]]
    office.run()
    assert set(office.states().values()) == {"synced"}


def test_what_only_the_document_is_to_blame_for_reads_nothing_again(office: Office) -> None:
    send(office, [office.invoice(office.customer("Bramble Creek Builders"), number="much-too-long-a-number")])
    assert due_at(office) > office.now


def test_at_hand_out_what_became_inactive_since_is_refused_before_it_leaves(office: Office) -> None:
    customer = office.customer("Acme Corp")
    office.send([office.invoice(customer)])
    office.run()
    office.company.make_inactive(entry(office, "Customer", "Acme Corp"), office.now)
    office.now += dt.timedelta(minutes=70)
    office.run()
    before = len(office.handed_out)
    office.send([office.invoice(customer)])
    office.run()
    assert sorted(office.states().values()) == ["needs_attention", "synced"]
    assert not any(b"InvoiceAddRq" in body for body in office.handed_out[before:])
    with office.session() as session:
        problems = session.scalars(select(Invoice.problems).where(Invoice.state == "needs_attention")).one()
    assert problems is not None
    assert "inactive" in problems[0]["detail"]


def test_the_copy_of_books_that_are_no_longer_connected_is_dropped_piece_by_piece(office: Office) -> None:
    with office.session() as session:
        pieces = 0
        while reading.forget(session, office.connection_id, most=7):
            pieces += 1
            session.commit()
        session.commit()
        assert pieces > 1
        assert session.scalars(select(TwinEntry)).all() == []
        assert session.scalars(select(TwinList)).all() == []


def test_a_tax_that_the_books_would_not_add_is_held_before_it_leaves(office: Office) -> None:
    """Acme Corp pays the county's 7.25 percent, and repairs are taxed."""
    customer = office.customer("Acme Corp")
    right = office.invoice(customer, "100.00", item="Repair", tax_minor=725)
    wrong = office.invoice(customer, "100.00", item="Repair", tax_minor=800)
    nearly = office.invoice(customer, "100.00", item="Repair", tax_minor=726)
    assert codes(send(office, [right, wrong, nearly])) == [[], ["tax_differs"], ["tax_differs"]]
    with office.session() as session:
        session.execute(update(BillingSettings).values(tolerance_minor=1))
        session.commit()
    (near, far) = send(office, [nearly, wrong])
    assert near.done
    assert far.problems[0]["detail"].startswith("The invoice expects 8.00 of tax, and the books would add 7.25")


def test_a_number_that_the_books_gave_to_another_invoice_is_told(office: Office) -> None:
    customer = office.customer("Bramble Creek Builders")
    first = office.invoice(customer)
    office.send([first])
    office.run()
    with office.session() as session:
        session.execute(update(Receipt).values(number="7001"))
        session.commit()
    assert codes(send(office, [office.invoice(customer, number="7001"), office.invoice(customer)])) == [
        ["duplicate_number"],
        [],
    ]
