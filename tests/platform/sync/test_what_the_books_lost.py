"""Invoices that the books took are looked up again later: differences are shown, and nothing is ever posted again."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select

from dray.billing import differences
from dray.billing.differences import Difference, Taken, compare
from dray.billing.models import BookState, Invoice, Receipt
from dray.billing.timeline import story
from dray.connections import questions
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.questions import NothingAsked
from dray_qbd.simulator.company import Company
from dray_sdk import Answer, Entry, Failure, Kind, Money, Request
from dray_tenants.models import AuditEntry
from tests.platform.sync.office import Office

Clerk = Callable[[int], list[str]]
Ask = Callable[[], Answer | Failure]


def a_day_later(office: Office) -> None:
    office.now += dt.timedelta(hours=25)


def in_books(office: Office, number: str) -> dict[str, str]:
    return next(record for record in office.company.transactions["Invoice"].values() if record["RefNumber"] == number)


def kinds(office: Office) -> dict[str, str]:
    with office.session() as session:
        rows = session.execute(
            select(Invoice.number, BookState.kind).join(
                BookState, (BookState.tenant_id == Invoice.tenant_id) & (BookState.invoice_id == Invoice.id)
            )
        )
        return dict(rows.all())


def told(office: Office, number: str) -> list[str]:
    with office.session() as session:
        key = session.scalars(select(Invoice.id).where(Invoice.number == number)).one()
        return [happening.sentence for happening in story(session, key)]


def put_back(office: Office, saved: str) -> None:
    office.quickbooks.company = office.company = Company.from_json(saved)


def entry(**changes: object) -> Entry:
    fields = {"number": "1001", "total": Money(42500, "USD"), "balance": Money(42500, "USD"), **changes}
    return Entry(Kind.INVOICE, "T1", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "difference"),
    [
        (None, Difference.GONE),
        (entry(), None),
        (entry(total=Money(0, "USD"), balance=Money(0, "USD")), Difference.VOIDED),
        (entry(total=Money(40000, "USD"), balance=Money(40000, "USD")), Difference.CHANGED),
        (entry(number="1001-A"), Difference.CHANGED),
        (entry(balance=Money(0, "USD")), Difference.PAID),
        (entry(balance=Money(100, "USD")), Difference.PART_PAID),
        (entry(balance=None), None),
        (entry(number=None, total=None, balance=None), None),
    ],
)
def test_what_an_entry_says(found: Entry | None, difference: Difference | None) -> None:
    assert compare(1, Taken("1001", 42500, 42500), found).difference is difference


def test_what_the_books_deleted_voided_changed_or_paid_is_shown_beside_the_locked_invoice(
    office: Office, clerk: Clerk
) -> None:
    clerk(12)
    office.run()
    office.run()
    a_day_later(office)
    office.company.delete(in_books(office, "1001")["TxnID"], office.now)
    in_books(office, "1002").update(Subtotal="0.00", SalesTaxTotal="0.00", BalanceRemaining="0.00")
    in_books(office, "1003").update(Subtotal="400.00", BalanceRemaining="400.00")
    in_books(office, "1004").update(BalanceRemaining="0.00", AppliedAmount="-425.00", IsPaid="true")
    assert len(office.books()) == 11
    office.run()
    assert kinds(office) == {"1001": "gone", "1002": "voided", "1003": "changed", "1004": "paid"}
    assert set(office.states().values()) == {"synced"}
    assert told(office, "1001")[-1] == "It was deleted in the accounting system."
    assert told(office, "1003")[-1] == "It was changed in the accounting system: 425.00 → 400.00."
    for _ in range(3):
        a_day_later(office)
        office.run()
    assert len(office.books()) == 11
    assert len([one for one in told(office, "1001") if "deleted" in one]) == 1
    in_books(office, "1003").update(Subtotal="425.00", BalanceRemaining="425.00")
    a_day_later(office)
    office.run()
    assert "1003" not in kinds(office)
    assert told(office, "1003")[-1] == "Main books has it again as it was sent."


def test_reading_back_waits_a_day_and_comes_after_posting(office: Office, clerk: Clerk) -> None:
    clerk(2)
    office.run()
    asked: list[str] = []

    def note(request: Request, ask: Ask) -> Answer | Failure | None:
        asked.append(f"{request.purpose.value} {b'<TxnID>' in request.body}")
        return ask()

    other = office.customer("Elm Street Deli")
    office.send([office.invoice(other)])
    office.run(around=note)
    assert "find True" not in asked
    assert office.open() is None
    a_day_later(office)
    asked.clear()
    office.send([office.invoice(other)])
    office.run(around=note)
    assert asked[-2:] == ["find True", "pull False"]
    assert asked.count("find True") == 1
    assert set(office.states().values()) == {"synced"}


def test_a_connection_is_due_for_reading_without_anything_to_send(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    assert office.run() == 0
    a_day_later(office)
    assert office.run() == 2  # the invoice, and what changed in the lists
    assert office.run() == 0
    office.now += dt.timedelta(days=40)
    office.run()
    with office.session() as session:
        # nothing was sent for long: only the lists are read, once a day
        due_at = session.scalars(select(ConnectionStatus.due_at)).one()
        assert due_at is not None
        assert due_at >= office.now + dt.timedelta(hours=23)


def test_an_answer_that_tells_nothing_changes_nothing(office: Office, clerk: Clerk) -> None:
    clerk(6)
    office.run()
    office.run()
    a_day_later(office)
    office.run(around=lambda request, ask: Failure("0x80040400", "QuickBooks found an error"))
    assert kinds(office) == {}
    with office.session() as session:
        assert session.scalars(select(Connection.question)).one() is None


def test_an_older_copy_of_the_company_file_asks_one_question_and_stops_posting(office: Office, clerk: Clerk) -> None:
    early = office.company.to_json()
    clerk(8)
    office.run()
    office.run()
    a_day_later(office)
    put_back(office, early)
    office.run()
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        question = questions.asked(connection)
        assert question is not None
        assert question["sentence"].startswith(
            "Nothing was sent: 8 of 8 invoices that were sent earlier are no longer in Cedar Ridge Hauling"
        )
        assert (session.scalars(select(ConnectionStatus.trouble)).one() or {})["code"] == "older_copy"
    assert kinds(office) == {}
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    office.run()
    office.run()
    assert office.states()["1009"] == "pending_sync"
    assert office.books() == []


def test_the_question_goes_away_by_itself_when_the_current_file_is_open_again(office: Office, clerk: Clerk) -> None:
    early = office.company.to_json()
    clerk(8)
    office.run()
    office.run()
    late = office.company.to_json()
    a_day_later(office)
    put_back(office, early)
    office.run()
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    put_back(office, late)
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert kinds(office) == {}
    with office.session() as session:
        assert session.scalars(select(Connection.question)).one() is None
        assert session.scalars(select(ConnectionStatus.trouble)).one() is None


def test_an_administrator_confirms_the_older_copy_and_nothing_is_posted_again(office: Office, clerk: Clerk) -> None:
    early = office.company.to_json()
    clerk(8)
    office.run()
    office.run()
    a_day_later(office)
    put_back(office, early)
    office.run()
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        assert questions.confirm_older_copy(session, connection, at=office.now, actor="ann") == 8
        session.commit()
        with pytest.raises(NothingAsked):
            questions.confirm_older_copy(session, connection, at=office.now, actor="ann")
        assert "connection.older_copy_confirmed" in session.scalars(select(AuditEntry.action)).all()
    for _ in range(3):
        office.run()
        a_day_later(office)
    assert [number for number, _ in office.books()] == ["1009"]
    assert len([kind for kind in kinds(office).values() if kind == "gone"]) == 8
    assert set(office.states().values()) == {"synced"}


def test_a_few_deleted_invoices_are_no_question(office: Office, clerk: Clerk) -> None:
    clerk(10)
    office.run()
    office.run()
    a_day_later(office)
    for number in ("1001", "1002"):
        office.company.delete(in_books(office, number)["TxnID"], office.now)
    office.run()
    assert kinds(office) == {"1001": "gone", "1002": "gone"}
    with office.session() as session:
        assert session.scalars(select(Connection.question)).one() is None


@pytest.mark.parametrize(
    ("looked_at", "vanished", "flood"), [(4, 4, False), (5, 1, False), (5, 2, True), (50, 11, True)]
)
def test_what_a_flood_is(looked_at: int, vanished: int, flood: bool) -> None:
    assert questions.is_flood(looked_at, vanished) is flood


def test_differences_can_be_asked_for_by_invoice(office: Office, clerk: Clerk) -> None:
    clerk(6)
    office.run()
    office.run()
    a_day_later(office)
    office.company.delete(in_books(office, "1003")["TxnID"], office.now)
    office.run()
    with office.session() as session:
        receipts = session.scalars(select(Receipt)).all()
        found = differences.of(session, [receipt.invoice_id for receipt in receipts])
    ((_, row),) = found.items()
    assert (row.kind, row.since, row.connection_id) == ("gone", row.seen_at, office.connection_id)


def test_names_are_looked_up_again_when_the_books_refuse_one(office: Office) -> None:
    """The customer was merged into another, or is in a newer copy of the file: sending again is enough."""
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer)])
    office.run()
    there = next(key for key, record in office.company.lists["Customer"].items() if record["Name"].startswith("Br"))
    office.company.delete(in_books(office, "1001")["TxnID"], office.now)
    office.company.delete(there, office.now)
    again = office.invoice(customer)
    office.send([again])
    office.run()
    assert office.states()["1002"] == "needs_attention"
    office.send([again])
    office.run()
    assert office.states()["1002"] == "synced"
