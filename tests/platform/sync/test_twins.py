"""Somebody typed the invoice into the books by hand: found before the first attempt, and left to a person."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from dray.billing.models import Invoice, Posting
from tests.platform.sync.office import Office

Clerk = Callable[[int], list[str]]


def typed(office: Office, *, number: str, amount: str, customer: str = "Bramble Creek Builders") -> None:
    """What a bookkeeper does in the windows of QuickBooks."""
    office.ask(
        '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError"><CustomerAddRq>'
        f"<CustomerAdd><Name>{customer}</Name></CustomerAdd></CustomerAddRq><InvoiceAddRq><InvoiceAdd><CustomerRef>"
        f"<FullName>{customer}</FullName></CustomerRef><TxnDate>{office.now.date()}</TxnDate>"
        f"<RefNumber>{number}</RefNumber><InvoiceLineAdd><ItemRef><FullName>Consulting</FullName></ItemRef>"
        f"<Amount>{amount}</Amount></InvoiceLineAdd></InvoiceAdd></InvoiceAddRq></QBXMLMsgsRq></QBXML>".encode()
    )


@pytest.mark.parametrize(
    ("number", "amount", "customer"),
    [
        ("1001", "9.00", "Somebody Else"),
        ("4820", "425.00", "Bramble Creek Builders"),
        ("1001", "425.00", "Bramble Creek Builders"),
    ],
    ids=["the same number", "the same customer, date and total", "everything"],
)
def test_a_twin_is_found_before_the_first_attempt(
    office: Office, clerk: Clerk, number: str, amount: str, customer: str
) -> None:
    typed(office, number=number, amount=amount, customer=customer)
    clerk(1)
    office.run()
    assert office.states() == {"1001": "needs_attention"}
    assert len(office.books()) == 1
    with office.session() as session:
        (problem,) = session.scalars(select(Invoice.problems)).one() or ()
        assert problem["code"] == "twin"
        kept = session.scalars(select(Posting.problem)).one() or {}
    assert number in kept["candidates"][0]["text"]


def test_what_is_only_alike_is_no_twin(office: Office, clerk: Clerk) -> None:
    typed(office, number="4820", amount="424.99")
    typed(office, number="4821", amount="425.00", customer="Somebody Else")
    clerk(1)
    office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 3


def test_our_own_invoices_are_nobodys_twins(office: Office, clerk: Clerk) -> None:
    clerk(4)
    office.run()
    other = office.customer("Elm Street Deli")
    office.send([office.invoice(other), office.invoice(other)])
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 6
