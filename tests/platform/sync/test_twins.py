"""Somebody typed the invoice into the books by hand: found before the first attempt, and left to a person."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from dray.billing import deciding
from dray.billing.models import Invoice, Posting, Receipt
from dray.billing.send import Judge, SendResult
from dray.billing.timeline import story
from dray.connections.models import Connection
from dray_sdk import Answer, Failure, Request
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
        problem = (session.scalars(select(Invoice.problems)).one() or [{}])[0]
        assert problem["code"] == "twin"
        kept = session.scalars(select(Posting.problem)).one() or {}
    there = kept["candidates"][0]
    assert number in there["text"]
    assert (there["number"], there["customer"], there["total"]) == (number, customer, amount)
    assert there["date"] == str(office.now.date())


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


def decide(office: Office, what: str, public_id: str, **said: str) -> SendResult:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        judge: Judge = lambda document: ()  # noqa: E731
        if what == "same":
            return deciding.it_is_already_there(
                session, public_id, said, connection=connection, judge=judge, actor="admin", at=office.now
            )
        if what == "anyway":
            return deciding.post_anyway(
                session, public_id, connection=connection, judge=judge, actor="admin", at=office.now
            )
        return deciding.take_back(session, public_id, actor="clerk", at=office.now)


def test_the_same_one_is_linked_when_the_books_confirm_it_and_nothing_is_posted(office: Office, clerk: Clerk) -> None:
    typed(office, number="4820", amount="425.00")
    (invoice,) = clerk(1)
    office.run()
    assert decide(office, "same", invoice, number="4820").done
    assert office.states() == {"1001": "pending_sync"}
    office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1
    with office.session() as session:
        receipt = session.scalars(select(Receipt)).one()
        assert (receipt.number, receipt.total_minor) == ("4820", 42500)
        told = [happening.kind for happening in story(session, receipt.invoice_id)]
    assert told[-3:] == ["said_same", "sent_again", "found_there"]


def test_entered_by_hand_parks_a_draft_until_the_books_prove_it(office: Office) -> None:
    invoice = office.invoice(office.customer("Bramble Creek Builders"))
    typed(office, number="77", amount="425.00")
    decide(office, "same", invoice, number="77")
    office.run()
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_a_number_that_the_books_do_not_have_is_asked_for_again(office: Office) -> None:
    invoice = office.invoice(office.customer("Bramble Creek Builders"))
    decide(office, "same", invoice, number="99")
    office.run()
    assert office.states() == {"1001": "needs_attention"}
    with office.session() as session:
        problem = (session.scalars(select(Invoice.problems)).one() or [{}])[0]
    assert "no number 99" in problem["detail"]


def test_what_belongs_to_another_invoice_of_ours_is_not_linked_twice(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    invoice = office.invoice(office.customer("Elm Street Deli"))
    decide(office, "same", invoice, number="1001")
    office.run()
    assert office.states() == {"1001": "synced", "1002": "needs_attention"}


def test_posted_anyway_is_posted(office: Office, clerk: Clerk) -> None:
    typed(office, number="1001", amount="9.00")
    (invoice,) = clerk(1)
    office.run()
    assert decide(office, "anyway", invoice).done
    office.run()
    assert office.states() == {"1001": "synced"}
    assert sorted(number for number, _ in office.books()) == ["1001", "1001"]


def test_a_doubt_is_taken_back_only_when_it_is_proved_absent(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    office.run(around=lambda request, ask: None if b"<InvoiceAddRq" in request.body else ask())
    office.run(machine="BACK-OFFICE")
    assert office.states() == {"1001": "checking"}
    assert decide(office, "back", invoice).done
    for _ in range(4):
        office.run(machine="BACK-OFFICE")
    assert office.states() == {"1001": "draft"}
    assert office.books() == []


def test_a_doubt_that_did_arrive_is_not_taken_back(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)

    def lose(request: Request, ask: Callable[[], Answer | Failure]) -> Answer | Failure | None:
        answer = ask()
        return None if b"<InvoiceAddRq" in request.body else answer

    office.run(around=lose)
    office.run(machine="BACK-OFFICE")
    decide(office, "back", invoice)
    for _ in range(4):
        office.run(machine="BACK-OFFICE")
    assert office.states() == {"1001": "synced"}
    assert len(office.books()) == 1


def test_there_is_nothing_to_decide_once_the_books_have_answered(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    office.run()
    for what in ("same", "anyway", "back"):
        result = decide(office, what, invoice, **({"number": "1"} if what == "same" else {}))
        assert not result.done
        assert "answered" in result.problems[0]["detail"]
    assert not decide(office, "back", "inv_nothing").done


def test_a_doubt_that_is_none_of_what_is_there_goes_on_once_a_person_says_so(office: Office, clerk: Clerk) -> None:
    """Never sent blindly: only what that person looked at is left out, and the books are asked once more."""
    (invoice,) = clerk(1)
    office.run(around=lambda request, ask: None if b"<InvoiceAddRq" in request.body else ask())
    typed(office, number="4820", amount="425.00")
    office.run()
    assert office.states() == {"1001": "checking"}
    with office.session() as session:
        assert not deciding.none_of_these(session, "inv_nobody", actor="ann", at=office.now).done
        assert deciding.none_of_these(session, invoice, actor="ann", at=office.now).done
        assert not deciding.none_of_these(session, invoice, actor="ann", at=office.now).done
    typed(office, number="4821", amount="425.00")
    office.run()
    assert office.states() == {"1001": "checking"}
    with office.session() as session:
        problem = session.scalars(select(Posting.problem)).one() or {}
        assert [each["number"] for each in problem["candidates"]] == ["4821"]
        assert deciding.none_of_these(session, invoice, actor="ann", at=office.now).done
    office.run()
    office.run()
    assert office.states() == {"1001": "synced"}
    assert [number for number, _ in office.books()] == ["4820", "4821", "1001"]
