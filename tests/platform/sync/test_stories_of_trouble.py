"""What the history of an invoice tells after trouble: what happened, what was checked, what was concluded."""

from collections.abc import Callable

from sqlalchemy import select

from dray.billing import deciding
from dray.billing.models import Invoice
from dray.billing.timeline import story
from dray_sdk import Answer, Failure, Request
from tests.platform.sync.office import Office

Clerk = Callable[[int], list[str]]
Ask = Callable[[], Answer | Failure]

SENT = "Sent to Main books. It waits there in line."
LEFT = "Handed over to Main books. The answer is awaited."
LOST = "No answer came from Main books: it may have it, or not. Dray asks there before anything is sent again."


def told(office: Office) -> list[str]:
    with office.session() as session:
        key = session.scalars(select(Invoice.id)).one()
        return [happening.sentence for happening in story(session, key)]


def writes(request: Request) -> bool:
    return b"<InvoiceAddRq" in request.body


def never_arrives(request: Request, ask: Ask) -> Answer | Failure | None:
    return None if writes(request) else ask()


def test_an_answer_that_was_lost_is_asked_for(office: Office, clerk: Clerk) -> None:
    def lose(request: Request, ask: Ask) -> Answer | Failure | None:
        answer = ask()
        return None if writes(request) else answer

    clerk(1)
    office.run(around=lose)
    office.run()
    assert told(office) == [
        SENT,
        LEFT,
        LOST,
        (
            "Dray asked what had become of it: Main books had accepted it as number 1001. It was not sent "
            "again, and is locked from now on."
        ),
    ]


def test_what_the_books_forgot_is_searched_for(office: Office, clerk: Clerk) -> None:
    def lose_and_forget(request: Request, ask: Ask) -> Answer | Failure | None:
        answer = ask()
        if writes(request):
            office.company.message_sets.clear()
            return None
        return answer

    clerk(1)
    office.run(around=lose_and_forget)
    office.run()
    assert told(office) == [
        SENT,
        LEFT,
        LOST,
        (
            "Dray searched Main books for it and found it there as number 1001. It was not sent again, and "
            "is locked from now on."
        ),
    ]


def test_what_never_arrived_is_searched_for_and_goes_once(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run(around=never_arrives)
    office.run()
    assert told(office) == [
        SENT,
        LEFT,
        LOST,
        (
            "Dray searched Main books for number 1001, and for what this customer was billed that day: it is "
            "not there. It waits in line again, and is sent once."
        ),
        LEFT,
        "Main books accepted it as number 1001. It is locked from now on.",
    ]


def test_what_somebody_wants_back_becomes_a_draft_once_that_is_safe(office: Office, clerk: Clerk) -> None:
    """Also while nobody has called since: people see Checking as soon as the computer has fallen silent."""
    (invoice,) = clerk(1)
    office.run(around=never_arrives)
    with office.session() as session:
        assert deciding.take_back(session, invoice, actor="ann", at=office.now).done
    office.run()
    assert office.states() == {"1001": "draft"}
    assert told(office)[2:] == [
        "Somebody wants it back. It becomes a draft when Main books is proved not to have it.",
        LOST,
        (
            "Dray searched Main books for number 1001, and for what this customer was billed that day: it is "
            "not there. It is a draft again, as somebody wished."
        ),
    ]


def test_what_somebody_wants_back_and_was_not_run_does_not_wait_in_line_again(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)

    def wanted_back(request: Request, ask: Ask) -> Answer | Failure | None:
        if writes(request):
            office.faults.locked = 1
            with office.session() as session:
                assert deciding.take_back(session, invoice, actor="ann", at=office.now).done
        return ask()

    office.run(around=wanted_back)
    assert office.states() == {"1001": "draft"}
    assert office.books() == []
    assert told(office)[3:] == [
        (
            "Main books did not get to it: Somebody is working on this record in QuickBooks. Nothing was "
            "written; it waits in line again."
        ),
        "Taken back before anything left. It is a draft again.",
    ]
