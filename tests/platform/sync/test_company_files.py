"""Nothing is sent to the wrong company file; "the same company" is one confirmed action that keeps everything."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from dray.connections import binding, lifecycle, opening
from dray.connections.binding import NotConfirmable
from dray.connections.models import Connection, ConnectionStatus, Install
from dray_qbd import connector
from dray_qbd.simulator.company import Company
from dray_sdk import Books, Denied, NoWork, Ticket
from dray_tenants.models import AuditEntry
from tests.platform.sync.office import PASSWORD, Office, hashed

Clerk = Callable[[int], list[str]]


def connection_of(office: Office) -> Connection:
    with office.session() as session:
        row = session.scalars(select(Connection).where(Connection.id == office.connection_id)).one()
        session.expunge(row)
        return row


def seen(office: Office) -> Books | None:
    return binding.seen_books(connection_of(office))


def confirm(office: Office, books: Books, *, for_testing: bool = False) -> None:
    with office.session() as session:
        connection = session.scalars(select(Connection).where(Connection.id == office.connection_id)).one()
        binding.confirm_books(session, connection, books, at=office.now, actor="ann", for_testing=for_testing)
        session.commit()


def check(office: Office, books: Books) -> str:
    with office.session() as session:
        connection = session.scalars(select(Connection).where(Connection.id == office.connection_id)).one()
        sentence = binding.check(session, connection, books, at=office.now).sentence
        session.commit()
        return sentence


def trouble(office: Office) -> dict[str, str]:
    with office.session() as session:
        status = select(ConnectionStatus.trouble).where(ConnectionStatus.connection_id == office.connection_id)
        return session.scalars(status).one() or {}


def another_file(office: Office, name: str = "Cedar Ridge Hauling 2027") -> None:
    office.quickbooks.company = office.company = Company.sample(name)


def test_where_another_file_was_open_the_next_call_looks_again_at_once(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    right = office.company
    another_file(office)
    with office.session() as session:
        session.execute(update(ConnectionStatus).values(due_at=office.now))
        session.commit()
    office.run()
    assert seen(office) is not None
    office.quickbooks.company = office.company = right
    office.run()
    assert seen(office) is None, "no minute has passed, and nothing waits"


def test_another_file_is_named_to_everybody_and_gets_nothing(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    another_file(office)
    office.run()
    assert office.books() == []
    assert (seen(office) or Books("")).name == "Cedar Ridge Hauling 2027"
    said = trouble(office)
    assert said["code"] == "other_books"
    assert "Cedar Ridge Hauling 2027" in said["sentence"]
    assert "belongs to Cedar Ridge Hauling (" in said["sentence"]


def test_the_right_file_again_goes_on_and_nothing_is_said_any_more(office: Office, clerk: Clerk) -> None:
    right = office.company
    clerk(1)
    office.run()
    another_file(office)
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    office.run()
    office.quickbooks.company = office.company = right
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert (seen(office), trouble(office)) == (None, {})


def test_the_same_company_in_a_new_file_is_one_confirmed_action_that_keeps_queue_and_history(
    office: Office, clerk: Clerk
) -> None:
    clerk(1)
    office.run()
    another_file(office)
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    office.run()
    books = seen(office)
    assert books is not None
    confirm(office, books)
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert [number for number, _ in office.books()] == ["1002"]
    row = connection_of(office)
    assert (row.confirmed_at is not None, row.bound_by, seen(office)) == (True, "ann", None)
    with office.session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "connection.books_confirmed")).one()
        assert "Cedar Ridge Hauling 2027" in entry.details["after"]


def test_what_was_taken_by_the_file_before_is_not_missed_in_the_new_one(office: Office, clerk: Clerk) -> None:
    clerk(8)
    office.run()
    office.run()
    another_file(office)
    with office.session() as session:
        opening.check_now(session, session.scalars(select(Connection)).one(), at=office.now)
        session.commit()
    office.run()
    first = connection_of(office)
    books = replace(seen(office) or Books(""), id="another-stamp")
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        connection.seen_books = {**(first.seen_books or {}), "id": "another-stamp"}
        session.commit()
    confirm(office, books)
    assert (connection_of(office).bound_at or first.bound_at) == office.now


def test_names_are_looked_up_again_in_a_new_company_file(office: Office) -> None:
    """The new file gives the same customer another id, or does not know it yet."""
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer)])
    office.run()
    another_file(office)
    office.send([office.invoice(customer)])
    office.run()
    books = seen(office)
    assert books is not None
    office.company.enter("Customer", {"Name": "Somebody Before"}, office.now)
    confirm(office, books)
    office.run()
    assert set(office.states().values()) == {"synced"}
    (name,) = [row["Name"] for row in office.company.lists["Customer"].values() if "Bramble" in row["Name"]]
    assert name == "Bramble Creek Builders"


def test_only_what_was_looked_at_is_confirmed(office: Office, clerk: Clerk) -> None:
    clerk(1)
    office.run()
    another_file(office)
    office.send([office.invoice(office.customer("Elm Street Deli"))])
    office.run()
    looked_at = seen(office)
    assert looked_at is not None
    another_file(office, "Somebody Else")
    office.run()
    with pytest.raises(NotConfirmable, match="since you looked"):
        confirm(office, looked_at)
    assert (connection_of(office).books or {})["name"] == "Cedar Ridge Hauling"


def test_a_sample_company_is_confirmed_for_testing_only(office: Office) -> None:
    books = Books("Sample Rock Castle", id="f1", sample=True)
    assert "sample company" in check(office, books)
    with pytest.raises(NotConfirmable, match="testing only"):
        confirm(office, books)
    confirm(office, books, for_testing=True)
    assert check(office, books) == ""
    assert connection_of(office).state == "active"


def test_books_of_another_connection_are_never_taken(office: Office) -> None:
    books = Books("Cedar Ridge Hauling", id="f1")
    assert check(office, books) == ""
    first = office.connection_id
    with office.session() as session:
        made = opening.open_connection(
            session, connector, "Second", at=office.now, actor="test", randomness=office.random.randbytes
        )
        office.connection_id = made.id
        session.commit()
    assert "already belongs to another connection" in check(office, books)
    with pytest.raises(NotConfirmable, match="belongs to another connection"):
        confirm(office, books)
    assert office.connection_id != first


def renew(office: Office) -> Install:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        install = lifecycle.new_identity(
            session, connection, at=office.now, actor="ann", randomness=office.random.randbytes
        )
        opening.set_password(session, connection, hashed("NEW"), at=office.now, actor="ann")
        session.commit()
        session.refresh(install)
        session.expunge(install)
        return install


def test_a_new_identity_keeps_connection_queue_and_books(office: Office, clerk: Clerk) -> None:
    before = Books("Cedar Ridge Hauling", id="0a0b0c")
    assert check(office, before) == ""
    install = renew(office)
    stamped = replace(before, id=install.file_id.strip("{}").lower())
    assert check(office, stamped) == ""
    row = connection_of(office)
    assert row.books_id == stamped.id
    assert "but this connection belongs to" in check(office, replace(before, id="a-stranger"))
    assert "but this connection belongs to" in check(office, replace(stamped, name="Another Company"))


def test_the_old_way_in_works_until_the_new_one_is_used_and_then_says_so(office: Office, clerk: Clerk) -> None:
    clerk(1)
    install = renew(office)
    old, old_user = office.install, office.user
    assert isinstance(office.desk().open(old_user, PASSWORD), Ticket)
    office.install, office.user = install.public_id, install.user_name
    assert office.desk().open(office.user, PASSWORD) == Denied()
    assert isinstance(office.desk().open(office.user, "NEW"), Ticket)
    office.install = old
    answer = office.desk().open(old_user, PASSWORD)
    assert isinstance(answer, NoWork)
    assert answer.closed == "This set-up was replaced by a newer one on 2 March 2026."


def test_an_older_password_can_be_ended_at_once(office: Office, clerk: Clerk) -> None:
    clerk(1)
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        assert not lifecycle.end_older_passwords(session, connection, at=office.now, actor="ann")
        opening.set_password(session, connection, hashed("NEW"), at=office.now, actor="ann")
        assert lifecycle.end_older_passwords(session, connection, at=office.now, actor="ann")
        session.commit()
    assert office.desk().open(office.user, PASSWORD) == Denied()
    assert isinstance(office.desk().open(office.user, "NEW"), Ticket)
