"""A person says what one of ours is in the books, or is to be called there; and nothing else takes its place."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from dray.billing import documents
from dray.billing.models import Invoice
from dray.connections.links import Key
from dray.connections.models import Connection, Link
from dray.twin import likeness
from dray.twin.choosing import Choosing, NotChosen
from dray.twin.judging import BooksJudge
from dray_sdk import Kind
from dray_tenants.database import Engines
from dray_tenants.models import AuditEntry
from tests.platform.sync.office import Office

MOST = 41


@pytest.fixture
def office(engines: Engines) -> Office:
    office = Office(engines)
    office.run()
    return office


def choose(
    office: Office, customer: str, name: str, *, books_id: str = "", called: str = "", kind: Kind = Kind.CUSTOMER
) -> str:
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        choosing = Choosing(session, connection, Key(kind, customer), name, office.now, "clerk")
        there = choosing.link(books_id) if books_id else choosing.name_there(called, MOST)
        session.commit()
        return there


def entry(office: Office, kind: str, name: str) -> str:
    """The ListID of what has that full name."""
    names = office.company.full_names
    return next(list_id for list_id in office.company.lists[kind] if names[list_id] == name)


def vendor(office: Office) -> str:
    name: str = next(iter(office.company.lists["Vendor"].values()))["Name"]
    return name


def billed(office: Office) -> list[str]:
    """Full names of those who were invoiced, in the company file."""
    invoices = office.company.transactions.get("Invoice", {}).values()
    return [office.company.full_names[one["CustomerRef"]["ListID"]] for one in invoices]


def test_a_vendors_namesake_is_created_under_the_name_that_was_chosen(office: Office) -> None:
    name = vendor(office)
    customer = office.customer(name)
    assert choose(office, customer, name, called=f"{name} (C)") == f"{name} (C)"
    office.send([office.invoice(customer), office.invoice(customer)])
    office.run()
    assert set(office.states().values()) == {"synced"}
    assert billed(office) == [f"{name} (C)"] * 2
    with office.session() as session:
        link = session.scalars(select(Link).where(Link.key == customer)).one()
        assert (link.name, link.books_name, link.chosen_by) == (name, f"{name} (C)", "clerk")


def test_a_job_is_created_under_its_customer_with_the_chosen_last_name(office: Office) -> None:
    customer = office.customer("North lot", parent=office.customer("Acme Corp"))
    assert choose(office, customer, "Acme Corp:North lot", called="Lot N") == "Acme Corp:Lot N"
    office.send([office.invoice(customer)])
    office.run()
    assert billed(office) == ["Acme Corp:Lot N"]


def test_what_is_linked_by_hand_is_billed_whatever_it_is_called(office: Office) -> None:
    customer = office.customer("A. Corporation")
    choose(office, customer, "A. Corporation", books_id=entry(office, "Customer", "Acme Corp"))
    office.send([office.invoice(customer)])
    office.run()
    assert billed(office) == ["Acme Corp"]


def test_an_item_that_the_books_call_otherwise_is_linked_too(office: Office) -> None:
    choose(office, "roll-off", "Roll-off", books_id=entry(office, "ItemService", "Consulting"), kind=Kind.ITEM)
    office.send([office.invoice(office.customer("Bramble Creek Builders"), item="Roll-off")])
    office.run()
    assert set(office.states().values()) == {"synced"}


def test_two_of_ours_never_share_one_customer_of_theirs(office: Office) -> None:
    books_id = entry(office, "Customer", "Acme Corp")
    choose(office, office.customer("A. Corporation"), "A. Corporation", books_id=books_id)
    with pytest.raises(NotChosen, match=r"already belongs to your customer “A\. Corporation”"):
        choose(office, office.customer("Somebody"), "Somebody", books_id=books_id)


def test_a_name_that_cannot_be_there_is_not_chosen(office: Office) -> None:
    customer = office.customer("Somebody")
    for called, sentence in (
        (vendor(office), "is the name of a vendor"),
        ("acme corp", "is the name of a customer"),
        ("A:B", "cannot hold a colon"),
        ("x" * 42, "42/41"),
        ("  ", "Write the name"),
    ):
        with pytest.raises(NotChosen, match=sentence):
            choose(office, customer, "Somebody", called=called)
    with pytest.raises(NotChosen, match="no longer in the books"):
        choose(office, customer, "Somebody", books_id="gone")


def test_what_was_chosen_and_has_gone_waits_for_a_person_and_joins_no_namesake(office: Office) -> None:
    other = office.company.enter("Customer", {"Name": "Acme (Dayton)"}, office.now)["ListID"]
    office.now += dt.timedelta(hours=25)
    office.run()
    customer = office.customer("Acme Corp")
    choose(office, customer, "Acme Corp", books_id=other)
    office.company.delete(other, office.now)
    office.now += dt.timedelta(hours=25)
    office.run()
    office.send([office.invoice(customer)])
    office.run()
    assert set(office.states().values()) == {"needs_attention"}
    assert billed(office) == []
    choose(office, customer, "Acme Corp", books_id=entry(office, "Customer", "Acme Corp"))


def test_a_choice_is_judged_and_can_be_taken_back(office: Office) -> None:
    name = vendor(office)
    customer = office.customer(name)
    choose(office, customer, name, called=f"{name} (C)")
    invoice = office.invoice(customer)
    assert codes(office, invoice) == []
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        choosing = Choosing(session, connection, Key(Kind.CUSTOMER, customer), name, office.now, "clerk")
        assert choosing.forget()
        assert not choosing.forget()
        session.commit()
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "clerk")).all()
    assert actions == ["connection.name_chosen", "connection.choice_forgotten"]
    assert codes(office, invoice) == ["name_taken"]


def codes(office: Office, invoice: str) -> list[str]:
    with office.session() as session:
        key = session.scalars(select(Invoice.id).where(Invoice.public_id == invoice)).one()
        connection = session.scalars(select(Connection)).one()
        judge = BooksJudge(session, connection, office.connector, office.now)
        return [problem.code for problem in judge(documents.build(session, [key])[key])]


def test_names_that_are_like_it_are_suggested_and_free_ones_offered(office: Office) -> None:
    with office.session() as session:
        alike = likeness.suggestions(session, office.connection_id, Kind.CUSTOMER, "ACME Corporation")
        assert alike[0].name == "Acme Corp"
        assert likeness.suggestions(session, office.connection_id, Kind.CUSTOMER, "Zebra Unlimited") == []
        free = likeness.free_names(session, office.connection_id, "Acme Corp", MOST)
        assert free[0] == "Acme Corp (C)"
        long = likeness.free_names(session, office.connection_id, "A" * 60, MOST)
        assert all(len(one) <= MOST for one in long)
        found = likeness.search(session, office.connection_id, Kind.CUSTOMER, "acme")
        assert {entry.name for entry in found} >= {"Acme Corp"}
