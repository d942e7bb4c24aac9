"""A connection is removed: what waits goes back, nothing that may have arrived is lost sight of or sent elsewhere."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import deciding
from dray.billing import send as sending
from dray.billing.elsewhere import CARRIED_FOR
from dray.billing.models import BillingSettings, BookState, Invoice, Posting, Receipt
from dray.billing.postings import Change, move
from dray.billing.send import NotSendable, SendResult
from dray.billing.states import Move
from dray.billing.timeline import story
from dray.connections import binding, opening, removal
from dray.connections.models import Connection
from dray.connections.removal import Removed, StillOnTheirWay, UnfitDefault
from dray_qbd import connector
from dray_sdk import Answer, Books, Failure, NoWork, Request
from tests.platform.sync.office import PASSWORD, Office

Clerk = Callable[[int], list[str]]
Ask = Callable[[], Answer | Failure]


def lose(request: Request, ask: Ask) -> Answer | Failure | None:
    """QuickBooks does it, and nobody hears of it."""
    answer = ask()
    return None if b"<InvoiceAddRq" in request.body else answer


def remove(office: Office, **options: Any) -> Removed:
    with office.session() as session:
        connection = session.scalars(select(Connection).where(Connection.id == office.connection_id)).one()
        return removal.remove_connection(session, connection, at=office.now, actor="olga", **options)


def open_another(office: Office, name: str = "Branch books") -> int:
    with office.session() as session:
        made = opening.open_connection(
            session, connector, name, at=office.now, actor="test", randomness=office.random.randbytes
        )
        session.commit()
        return made.id


def send_to(
    office: Office, connection_id: int, public_id: str, *, word: bool = False, waited: bool = True
) -> SendResult:
    if word and waited:
        office.now += CARRIED_FOR
    with office.session() as session:
        connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
        if word:
            return deciding.send_elsewhere(
                session, public_id, connection=connection, judge=lambda document: (), actor="admin", at=office.now
            )
        (result,) = sending.send(
            session, {public_id: None}, connection=connection, judge=lambda document: (), actor="clerk", at=office.now
        )
        return result


def default(office: Office) -> int | None:
    with office.session() as session:
        return session.scalars(select(BillingSettings.default_connection_id)).one()


def test_what_waits_is_draft_again_and_receipts_stay(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    clerk(3)
    removed = remove(office)
    assert (removed.drafts, removed.unproved, removed.default) == (3, 0, None)
    assert sorted(office.states().values()) == ["draft", "draft", "draft", "synced"]
    with office.session() as session:
        assert len(session.scalars(select(Receipt)).all()) == 1
        waiting = session.scalars(select(Invoice.id).where(Invoice.state == "draft")).first()
        assert waiting is not None
        assert story(session, waiting)[-1].sentence == "Main books was removed. It is a draft again."
        connection = session.scalars(select(Connection)).one()
        assert (connection.state, connection.name) == ("removed", "Main books (removed 2026-03-02)")


def test_removing_is_refused_while_something_is_on_its_way_and_changes_nothing(office: Office, clerk: Clerk) -> None:
    clerk(2)
    office.run(around=lose)
    for _ in range(2):
        with pytest.raises(StillOnTheirWay, match="invoices are on the way to Main books"):
            remove(office)
        assert set(office.states().values()) in ({"sending"}, {"checking"})
        office.run(machine="BACK-OFFICE")
    office.run()
    office.run()
    assert remove(office).drafts == 0
    assert set(office.states().values()) == {"synced"}


def test_forced_removal_marks_what_may_have_arrived_and_its_story_says_so(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    office.run(around=lose)
    assert remove(office, force=True).unproved == 1
    assert office.states() == {"1001": "needs_attention"}
    with office.session() as session:
        row = session.scalars(select(Invoice).where(Invoice.public_id == invoice)).one()
        assert (row.problems or [{}])[0]["code"] == "unproved"
        assert "Nobody knows whether it arrived" in story(session, row.id)[-1].sentence
        assert session.scalars(select(Posting.unproved_at)).one() == office.now


def test_what_is_unproved_goes_to_no_other_books_without_an_administrators_word(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    office.run(around=lose)
    remove(office, force=True)
    other = open_another(office, "Main books")
    result = send_to(office, other, invoice)
    assert not result.done
    assert result.problems[0]["code"] == "may_be_elsewhere"
    assert office.states() == {"1001": "needs_attention"}
    assert send_to(office, other, invoice, word=True).done
    assert office.states() == {"1001": "pending_sync"}


def test_the_word_is_not_taken_while_a_computer_may_still_hold_it(office: Office, clerk: Clerk) -> None:
    """The books do not have it yet: whoever looks there now is right, and wrong a minute later."""
    (invoice,) = clerk(1)
    office.run(around=lambda request, ask: None if b"<InvoiceAddRq" in request.body else ask())
    remove(office, force=True)
    other = open_another(office)
    result = send_to(office, other, invoice, word=True, waited=False)
    assert (result.done, result.problems[0]["code"]) == (False, "may_still_arrive")
    assert send_to(office, other, invoice, word=True).done


def test_the_word_holds_for_later_tries_at_the_same_target_only(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    office.run(around=lose)
    remove(office, force=True)
    branch, third = open_another(office, "Branch"), open_another(office, "Third")
    assert send_to(office, branch, invoice, word=True).done
    with office.session() as session:
        from dray.billing import unpend

        unpend.unpend(session, [invoice], actor="clerk", at=office.now)
    assert not send_to(office, third, invoice).done
    assert send_to(office, branch, invoice).done


def test_nothing_can_be_sent_to_a_removed_connection_even_by_a_page_that_was_open(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        session.expunge(connection)
    remove(office)
    with office.session() as session, pytest.raises(NotSendable, match="was removed"):
        sending.send(
            session, {invoice: None}, connection=connection, judge=lambda document: (), actor="clerk", at=office.now
        )
    assert office.states() == {"1001": "draft"}


def test_an_exchange_in_the_middle_writes_nothing_after_the_removal(office: Office, clerk: Clerk) -> None:
    clerk(3)

    def remove_before_posting(request: Request, ask: Ask) -> Answer | Failure | None:
        if request.purpose == "find" and "sending" not in office.states().values():
            remove(office)
        return ask()

    office.run(around=remove_before_posting)
    assert office.books() == []
    assert set(office.states().values()) == {"draft"}


def test_the_way_in_is_closed_with_a_sentence_and_costs_no_exchange(office: Office, clerk: Clerk) -> None:
    clerk(1)
    remove(office)
    answer = office.desk().open(office.user, PASSWORD)
    assert isinstance(answer, NoWork)
    assert answer.closed == "This connection was closed on 2 March 2026."
    assert office.run() == 0


def test_the_default_is_handed_to_the_only_other_connection_or_to_the_one_chosen(office: Office) -> None:
    assert default(office) == office.connection_id
    branch = open_another(office)
    third = open_another(office, "Third")
    with office.session() as session:
        chosen = session.scalars(select(Connection).where(Connection.id == third)).one()
        connection = session.scalars(select(Connection).where(Connection.id == office.connection_id)).one()
        with pytest.raises(UnfitDefault):
            removal.remove_connection(session, connection, at=office.now, actor="olga", default=connection)
        removal.remove_connection(session, connection, at=office.now, actor="olga", default=chosen)
    assert default(office) == third
    office.connection_id = third
    remove(office)
    assert default(office) == branch


def test_the_books_of_a_removed_connection_are_free_for_another(office: Office) -> None:
    books = Books("Cedar Ridge Hauling", id="a-stamp")

    def check(connection_id: int) -> str:
        with office.session() as session:
            connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
            sentence = binding.check(session, connection, books, at=office.now).sentence
            session.commit()
            return sentence

    other = open_another(office)
    assert check(office.connection_id) == ""
    assert "already belongs to another connection" in check(other)
    remove(office)
    assert check(other) == ""


def test_a_removal_that_was_interrupted_is_finished_by_the_same_call(
    office: Office, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk(3)

    def crash(*_: object, **__: object) -> int:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(removal, "give_back", crash)
        with pytest.raises(SystemExit):
            remove(office)
    assert set(office.states().values()) == {"pending_sync"}
    assert remove(office).drafts == 3
    assert set(office.states().values()) == {"draft"}


def test_a_send_that_races_the_removal_leaves_nothing_in_line(office: Office) -> None:
    """The removal begins while Send judges. Whoever is second sees what the first one did."""
    customer = office.customer("Bramble Creek Builders")
    invoices = [office.invoice(customer) for _ in range(3)]
    removing = threading.Thread(target=remove, args=(office,))

    def judge(document: object) -> tuple[()]:
        if removing.ident is None:
            removing.start()
        return ()

    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        sending.send(session, dict.fromkeys(invoices), connection=connection, judge=judge, actor="clerk", at=office.now)
    removing.join()
    assert set(office.states().values()) == {"draft"}
    with office.session() as session:
        assert session.scalars(select(Connection.state)).one() == "removed"


def removed_while_away(office: Office) -> tuple[str, Answer | Failure]:
    """QuickBooks did the work; the connection was removed by force before its answer came. Ticket and answer."""
    held: list[Answer | Failure] = []

    def hold(request: Request, ask: Ask) -> Answer | Failure | None:
        answer = ask()
        if b"<InvoiceAddRq" not in request.body:
            return answer
        held.append(answer)
        return None

    office.run(around=hold)
    remove(office, force=True)
    return office.ticket, held[0]


def told(office: Office) -> str:
    with office.session() as session:
        return story(session, session.scalars(select(Invoice.id)).one())[-1].sentence


def test_an_answer_after_a_forced_removal_is_proof_and_locks_the_invoice(office: Office, clerk: Clerk) -> None:
    clerk(1)
    ticket, answer = removed_while_away(office)
    assert office.states() == {"1001": "needs_attention"}
    assert office.desk().receive(ticket, answer) == -1
    assert office.states() == {"1001": "synced"}
    assert told(office) == (
        "Main books answered after it was removed here: it has it as number 1001. It is locked from now on."
    )
    with office.session() as session:
        assert session.scalars(select(Receipt.total_minor)).one() == 42500
    assert office.desk().receive(ticket, answer) == -1
    assert office.states() == {"1001": "synced"}


def test_such_an_answer_takes_it_out_of_the_line_for_other_books_and_no_word_puts_it_back(
    office: Office, clerk: Clerk
) -> None:
    (invoice,) = clerk(1)
    ticket, answer = removed_while_away(office)
    other = open_another(office)
    assert send_to(office, other, invoice, word=True).done
    office.desk().receive(ticket, answer)
    assert office.states() == {"1001": "draft"}
    result = send_to(office, other, invoice, word=True)
    assert (result.done, result.problems[0]["code"]) == (False, "arrived")
    assert "Main books has it as number 1001" in str(result.problems[0]["detail"])


def test_such_an_answer_that_says_no_lets_it_go_to_other_books(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    ticket, _ = removed_while_away(office)
    office.desk().receive(ticket, Failure("0x80040400", "QuickBooks found an error when parsing the XML."))
    assert "it did not take it" in told(office)
    other = open_another(office)
    assert send_to(office, other, invoice).done


def test_a_late_answer_about_what_went_elsewhere_meanwhile_is_shown_beside_it(office: Office, clerk: Clerk) -> None:
    (invoice,) = clerk(1)
    ticket, answer = removed_while_away(office)
    other = open_another(office)
    send_to(office, other, invoice, word=True)
    with office.session() as session:
        posting = session.scalars(select(Posting).order_by(Posting.id.desc())).first()
        assert posting is not None
        change = Change(posting.id, batch_id=1, position=1)
        move(session, Move.CLAIM, [change], at=office.now, actor="test")
        session.commit()
    office.desk().receive(ticket, answer)
    with office.session() as session:
        assert session.scalars(select(BookState.kind)).one() == "already_there"
    assert office.states() == {"1001": "sending"}
