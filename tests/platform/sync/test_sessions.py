"""Who may open an exchange, who may carry on with it, and what everybody else hears."""

from collections.abc import Callable

from sqlalchemy import select, update

from dray.billing import unpend
from dray.connections import opening
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.sync.desk import PlatformDesk
from dray.sync.models import Exchange, SyncBatch
from dray_qbd.simulator.company import Company
from dray_sdk import Answer, Denied, Failure, NoWork, Request, Ticket
from dray_tenants.database import Engines
from tests.platform.sync.office import PASSWORD, Office, hashed

Clerk = Callable[[int], list[str]]
Ask = Callable[[], Answer | Failure]


def test_a_wrong_password_is_refused_counted_and_opens_nothing(office: Office, clerk: Clerk) -> None:
    clerk(1)
    assert office.desk().open(office.user, "wrong") == Denied()
    assert office.desk().open("nobody", PASSWORD) == Denied()
    with office.session() as session:
        assert session.scalars(select(ConnectionStatus.denials)).one() == 1
        assert session.scalars(select(Exchange)).all() == []


def test_one_installs_password_opens_no_other_address(engines: Engines, office: Office) -> None:
    other = Office(engines, seed=2)
    desk = PlatformDesk(office.desk().counter, other.install)
    assert desk.open(office.user, PASSWORD) == Denied()
    assert PlatformDesk(office.desk().counter, "in_nothing").open(office.user, PASSWORD) == Denied()


def test_one_tenants_ticket_is_nothing_at_anothers_address(engines: Engines, office: Office, clerk: Clerk) -> None:
    clerk(1)
    other = Office(engines, seed=2)
    ticket = office.open()
    assert ticket is not None
    office.introduce(ticket)
    desk = other.desk()
    assert desk.next(ticket) is None
    assert desk.receive(ticket, Answer(b"<QBXML/>")) == -1
    assert "over" in desk.last_words(ticket)
    assert desk.close(ticket) == "OK"
    assert office.desk().next(ticket) is not None


def test_the_old_password_works_until_the_new_one_was_seen(office: Office, clerk: Clerk) -> None:
    clerk(1)
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        opening.set_password(session, connection, hashed("NEW"), at=office.now, actor="test")
        session.commit()
    assert isinstance(office.desk().open(office.user, PASSWORD), Ticket)
    assert isinstance(office.desk().open(office.user, "NEW"), Ticket)
    assert office.desk().open(office.user, PASSWORD) == Denied()


def test_a_retired_way_in_opens_nothing_and_says_why(office: Office, clerk: Clerk) -> None:
    clerk(1)
    with office.session() as session:
        session.execute(update(Install).values(retired_at=office.now))
        session.commit()
    answer = office.desk().open(office.user, PASSWORD)
    assert isinstance(answer, NoWork)
    assert answer.closed == "This connection was closed on 2 March 2026."
    assert office.desk().close("no such ticket") == answer.closed
    assert office.desk().open(office.user, "WRONG") == Denied()


def test_another_company_file_gets_nothing_and_both_files_are_named(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    office.quickbooks.company = office.company = Company.sample("Somebody Else's Books")
    ticket = office.open()
    assert ticket is not None
    sentence = office.introduce(ticket)
    assert "Somebody Else's Books" in sentence
    assert "Cedar Ridge Hauling" in sentence
    assert office.desk().next(ticket) is None
    assert office.desk().last_words(ticket) == sentence
    assert office.books() == []
    assert office.states()["1002"] == "pending_sync"


def test_a_sample_company_gets_nothing(engines: Engines) -> None:
    office = Office(engines, company=Company.sample("Practice", is_sample=True))
    ticket = office.open()
    assert ticket is not None
    assert "sample company" in office.introduce(ticket)


def test_a_second_computer_waits_while_the_first_is_speaking(office: Office, clerk: Clerk) -> None:
    clerk(1)
    first = office.open()
    second = office.open()
    assert first is not None
    assert second is not None
    assert office.introduce(first, "FRONT-DESK") == ""
    sentence = office.introduce(second, "BACK-OFFICE")
    assert "FRONT-DESK" in sentence
    assert "BACK-OFFICE" in sentence
    assert office.desk().next(second) is None
    assert office.desk().receive(second, Answer(b"")) == -1
    assert office.desk().next(first) is not None


def test_a_new_session_of_the_same_computer_ends_the_old_one(office: Office, clerk: Clerk) -> None:
    clerk(1)
    old, new = office.open(), office.open()
    assert old is not None
    assert new is not None
    office.introduce(old)
    request = office.desk().next(old)
    assert request is not None
    office.introduce(new)
    assert office.desk().next(old) is None
    assert office.desk().receive(old, office.ask(request.body)) == -1
    assert office.desk().next(new) is not None


def test_every_call_may_come_with_a_ticket_that_nobody_knows(office: Office) -> None:
    desk = office.desk()
    assert desk.next("nothing") is None
    assert desk.receive("nothing", Answer(b"<QBXML/>")) == -1
    assert desk.receive("", Failure("0x80040400", "x")) == -1
    desk.trouble("nothing", "0x80040408", "Could not start QuickBooks.")
    assert desk.close("nothing") == "OK"
    assert desk.last_words("nothing")


def test_trouble_at_the_other_end_is_kept_in_plain_words(office: Office, clerk: Clerk) -> None:
    clerk(1)
    ticket = office.open()
    assert ticket is not None
    office.desk().trouble(ticket, "0x80040408", "Could not start QuickBooks.")
    assert "0x" not in office.desk().last_words(ticket)
    office.desk().close(ticket)
    with office.session() as session:
        trouble = session.scalars(select(ConnectionStatus.trouble)).one()
    assert trouble is not None
    assert trouble["code"] == "0x80040408"
    assert office.states() == {"1001": "pending_sync"}
    office.run()
    assert office.states() == {"1001": "synced"}


def test_what_is_taken_back_before_the_claim_never_leaves(office: Office, clerk: Clerk) -> None:
    ids = clerk(2)

    def take_back(request: Request, ask: Ask) -> Answer | Failure | None:
        with office.session() as session:
            unpend.unpend(session, [ids[1]], actor="clerk", at=office.now)
            session.commit()
        return ask()

    office.run(around=take_back)
    assert office.states() == {"1001": "synced", "1002": "draft"}
    assert [number for number, _ in office.books()] == ["1001"]


def test_what_has_left_cannot_be_taken_back_and_the_clerk_is_told(office: Office, clerk: Clerk) -> None:
    ids = clerk(1)
    told: list[str] = []

    def too_late(request: Request, ask: Ask) -> Answer | Failure | None:
        if b"<InvoiceAddRq" in request.body:
            with office.session() as session:
                (result,) = unpend.unpend(session, ids, actor="clerk", at=office.now)
                session.commit()
            assert not result.done
            told.append(result.problems[0]["detail"])
        return ask()

    office.run(around=too_late)
    assert told
    assert office.states() == {"1001": "synced"}


def test_an_exchange_that_was_left_open_costs_nothing_and_loses_nothing(office: Office, clerk: Clerk) -> None:
    clerk(1)
    for _ in range(3):
        ticket = office.open()
        assert ticket is not None
        office.introduce(ticket)
    office.run()
    assert office.states() == {"1001": "synced"}
    with office.session() as session:
        assert session.scalars(select(SyncBatch).where(SyncBatch.state != "settled")).all() == []
