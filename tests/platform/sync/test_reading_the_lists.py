"""The twin: the books' lists are read after everything else, then only what changed, and what went is noticed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select

from dray.connections import due
from dray.connections.links import LinkState
from dray.connections.models import Connection, Link
from dray.sync import pulling
from dray.twin import reading
from dray.twin.models import TwinEntry, TwinList
from dray_qbd.simulator.company import Company
from dray_sdk import Answer, Failure, Kind, Request
from dray_tenants.database import Engines
from tests.platform.sync.office import Office

Ask = Callable[[], Answer | Failure]


@pytest.fixture
def office(engines: Engines) -> Office:
    return Office(engines)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 30)


def large(engines: Engines, customers: int) -> Office:
    more = [("Customer", {"Name": f"Customer {number:05}"}) for number in range(customers)]
    return Office(engines, company=Company.sample("Cedar Ridge Hauling", also=more))


def copied(office: Office, kind: Kind = Kind.CUSTOMER) -> dict[str, str]:
    with office.session() as session:
        statement = select(TwinEntry.books_id, TwinEntry.name).where(TwinEntry.kind == kind.value)
        return dict(session.execute(statement).all())


def row_of(office: Office, kind: Kind = Kind.CUSTOMER) -> TwinList:
    with office.session() as session:
        row = session.scalars(select(TwinList).where(TwinList.kind == kind.value)).one()
        session.expunge(row)
        return row


def link_of(office: Office, customer: str) -> Link:
    with office.session() as session:
        link = session.scalars(select(Link).where(Link.kind == "customer", Link.key == customer)).one()
        session.expunge(link)
        return link


def there(office: Office, *lists: str) -> dict[str, str]:
    """ListID → full name in the company file."""
    return {one["ListID"]: office.company.full_names[one["ListID"]] for _, one in office.company.listed(lists)}


def an_hour_later(office: Office) -> None:
    office.now += dt.timedelta(minutes=70)


def a_day_later(office: Office) -> None:
    office.now += dt.timedelta(hours=24)


def test_first_contact_copies_every_list(office: Office) -> None:
    office.run()
    assert copied(office) == there(office, "Customer")
    assert copied(office, Kind.VENDOR) == there(office, "Vendor")
    assert copied(office, Kind.TERMS) == there(office, "StandardTerms", "DateDrivenTerms")
    with office.session() as session:
        ages = {age.kind: age for age in reading.ages(session, office.connection_id)}
    assert set(ages) == office.connector.capabilities.pulls
    assert all(age.read_at is not None and age.trouble is None for age in ages.values())
    assert ages[Kind.CUSTOMER].entries == len(there(office, "Customer"))


@pytest.mark.usefixtures("small_pages")
def test_a_long_list_comes_in_pages_and_invoices_go_before_each(engines: Engines) -> None:
    office = large(engines, 102)
    office.run()
    assert copied(office) == there(office, "Customer")
    office.now += dt.timedelta(days=31)
    customer = office.customer("Bramble Creek Builders")
    sent = [False]
    purposes: list[str] = []

    def around(request: Request, ask: Ask) -> Answer | Failure:
        purposes.append(request.purpose.value)
        if request.purpose.value == "pull" and not sent[0]:
            sent[0] = True
            office.send([office.invoice(customer)])
        return ask()

    office.run(around=around)
    first = purposes.index("pull")
    assert purposes.index("write") > first
    assert "pull" not in purposes[first + 1 : purposes.index("write")]
    assert purposes.count("pull") >= 4
    assert set(office.states().values()) == {"synced"}


def test_later_only_what_changed_is_asked_for_in_one_request(office: Office) -> None:
    office.run()
    changed, gone = list(office.company.lists["Customer"])[:2]
    office.company.rename(changed, "Quite Another Name", office.now)
    office.company.delete(gone, office.now)
    before = row_of(office)
    a_day_later(office)
    bodies: list[bytes] = []

    def around(request: Request, ask: Ask) -> Answer | Failure:
        bodies.append(request.body)
        return ask()

    assert office.run(around=around) == 1
    assert b"FromModifiedDate" in bodies[0]
    assert b"ListDeletedQuery" in bodies[0]
    assert copied(office) == there(office, "Customer")
    assert copied(office)[changed] == "Quite Another Name"
    after = row_of(office)
    assert after.generation == before.generation + 1
    assert after.full_at == before.full_at
    a_day_later(office)
    office.run()
    assert row_of(office).generation == after.generation


@pytest.mark.usefixtures("small_pages")
def test_a_pass_that_was_cut_off_begins_anew_and_forgets_nothing_too_early(engines: Engines) -> None:
    office = large(engines, 72)
    office.run()
    gone = next(iter(office.company.lists["Customer"]))
    office.company.delete(gone, office.now)
    office.company.deleted.clear()  # so long ago that QuickBooks does not tell any more
    office.now += dt.timedelta(days=40)
    pages = [0]

    def cut_off(request: Request, ask: Ask) -> Answer | Failure | None:
        pages[0] += b"iteratorID" in request.body
        return None if pages[0] == 2 else ask()

    office.run(around=cut_off)
    assert gone in copied(office)
    assert len(copied(office)) == len(there(office, "Customer")) + 1
    office.run()
    assert copied(office) == there(office, "Customer")


@pytest.mark.usefixtures("small_pages")
def test_a_page_that_is_honoured_no_longer_starts_the_pass_again(engines: Engines) -> None:
    office = large(engines, 72)
    struck = [False]

    def forget(request: Request, ask: Ask) -> Answer | Failure:
        if b'iterator="Continue"' in request.body and not struck[0]:
            struck[0] = True
            office.quickbooks.iterators.end()
        return ask()

    office.run(around=forget)
    assert struck[0]
    assert copied(office) == there(office, "Customer")
    assert row_of(office).read_at is not None


EMPLOYEES = re.compile(rb'<EmployeeQueryRs[^>]*requestID="(\w+)"[^>]*?(?:/>|>.*?</EmployeeQueryRs>)', re.DOTALL)
REFUSED = rb'<EmployeeQueryRs requestID="\1" statusCode="3261" statusSeverity="Error" statusMessage="not allowed"/>'


def test_a_list_that_is_refused_is_tried_again_the_next_day_and_holds_up_no_other(office: Office) -> None:
    def refuse(request: Request, ask: Ask) -> Answer | Failure:
        answer = ask()
        assert isinstance(answer, Answer)
        return Answer(EMPLOYEES.sub(REFUSED, answer.body))

    office.run(around=refuse)
    trouble = row_of(office, Kind.EMPLOYEE).trouble
    assert trouble == {"code": "3261", "text": "not allowed", "lasts": True}
    assert copied(office) == there(office, "Customer")
    an_hour_later(office)
    assert office.open() is None
    a_day_later(office)
    office.run()
    assert copied(office, Kind.EMPLOYEE) == there(office, "Employee")


def test_no_answer_to_a_question_leaves_the_copy_as_it_was(office: Office) -> None:
    office.run()
    before = copied(office)
    a_day_later(office)
    office.run(around=lambda request, ask: Failure("0x80040402", "unexpected"))
    assert copied(office) == before
    an_hour_later(office)
    office.run()
    assert row_of(office).trouble is None


def test_on_days_with_invoices_lists_are_read_every_hour(office: Office) -> None:
    office.send([office.invoice(office.customer("Bramble Creek Builders"))])
    office.run()
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        soon = pulling.next_at(session, connection, office.now)
        later = pulling.next_at(session, connection, office.now + dt.timedelta(days=2))
    assert soon is not None
    assert soon - office.now <= dt.timedelta(minutes=61)
    assert later == office.now + dt.timedelta(days=2, hours=1)


def test_links_follow_a_renamed_entry_and_let_go_of_one_that_went(office: Office) -> None:
    customer = office.customer("Bramble Creek Builders")
    office.send([office.invoice(customer)])
    office.run()
    link = link_of(office, customer)
    assert link.books_id is not None
    office.company.rename(link.books_id, "Bramble Creek Homes", office.now)
    an_hour_later(office)
    office.run()
    assert link_of(office, customer).books_name == "Bramble Creek Homes"
    (number,) = office.company.transactions["Invoice"]
    office.company.delete(number, office.now)
    office.company.delete(link.books_id, office.now)
    an_hour_later(office)
    office.run()
    let_go = link_of(office, customer)
    assert (let_go.state, let_go.books_id) == (LinkState.UNKNOWN.value, None)


def test_other_books_are_read_from_the_beginning(office: Office) -> None:
    office.run()
    with office.session() as session:
        connection = session.scalars(select(Connection)).one()
        connection.confirmed_at = office.now + dt.timedelta(minutes=1)
        session.commit()
    other = next(iter(office.company.lists["Customer"]))
    office.company.delete(other, office.now)
    office.company.deleted.clear()
    a_day_later(office)
    office.run()
    assert copied(office) == there(office, "Customer")


def test_a_whole_pass_every_month_finds_what_was_missed(office: Office) -> None:
    office.run()
    with office.session() as session:
        session.execute(delete(TwinEntry).where(TwinEntry.kind == "customer"))
        session.commit()
    office.now += dt.timedelta(days=31)
    office.run()
    assert copied(office) == there(office, "Customer")


def test_somebody_who_asks_has_the_lists_read_at_the_next_call(office: Office) -> None:
    office.run()
    before = row_of(office).read_at
    with office.session() as session:
        reading.ask_again(session, office.connection_id, office.now)
        due.mark_due(session, office.connection_id, office.now)
        session.commit()
    assert office.run() == 1
    after = row_of(office).read_at
    assert before is not None
    assert after is not None
    assert after > before


def test_nothing_of_another_tenants_copy_is_touched(engines: Engines) -> None:
    office, other = Office(engines), Office(engines, seed=2)
    office.run()
    other.run()
    with other.session() as session:
        count = session.scalar(select(func.count()).select_from(TwinEntry))
    a_day_later(office)
    for customer in list(office.company.lists["Customer"]):
        office.company.delete(customer, office.now)
    office.run()
    assert copied(office) == {}
    with other.session() as session:
        assert session.scalar(select(func.count()).select_from(TwinEntry)) == count
