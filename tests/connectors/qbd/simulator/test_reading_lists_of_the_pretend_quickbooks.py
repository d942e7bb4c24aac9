"""The connector reads the company file's lists page by page, then only what changed, and learns what has gone."""

import datetime as dt
from collections.abc import Callable

import pytest

from dray_qbd import connector
from dray_qbd.simulator import Company, QuickBooks
from dray_sdk import Answer, Batch, Books, CursorExpired, Entry, InDoubt, Kind, Outcome, Pull, Pulled, Purpose, Refused

KEY = "0123456789abcdef0123"
BOOKS = Books("Larkspur", id="1")
LATER = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)


class Reading:
    """A company file, and one session of the Web Connector with it."""

    def __init__(self, *, customers: int = 0) -> None:
        more = [("Customer", {"Name": f"Customer {number:05}"}) for number in range(customers)]
        self.company = Company.sample(also=more)
        self.quickbooks = QuickBooks(self.company, clock=lambda: LATER)

    def new_session(self) -> None:
        self.quickbooks = QuickBooks(self.company, clock=lambda: LATER)

    def ask(self, *pulls: Pull, around: Callable[[str], str] = str) -> tuple[Outcome, ...]:
        batch = Batch(KEY, pulls)
        request = connector.encode(batch, BOOKS)
        assert request.purpose is Purpose.PULL
        body = around(self.quickbooks.process(request.body.decode()))
        return connector.decode(batch, request, Answer(body.encode()))

    def page(self, pull: Pull) -> Pulled:
        (outcome,) = self.ask(pull)
        assert isinstance(outcome, Pulled), outcome
        return outcome

    def whole(self, kind: Kind, limit: int = 100) -> list[Entry]:
        entries: list[Entry] = []
        page: str | None = None
        while True:
            pulled = self.page(Pull(kind, page=page, limit=limit))
            entries += [one for one in pulled.records if isinstance(one, Entry)]
            if pulled.page is None:
                return entries
            page = pulled.page


def listed(pulled: Pulled) -> dict[str, str]:
    """ListID → name."""
    return {one.books_id: one.name or "" for one in pulled.records if isinstance(one, Entry)}


def test_a_long_list_comes_in_pages_and_every_entry_once() -> None:
    reading = Reading(customers=250)
    entries = reading.whole(Kind.CUSTOMER, limit=40)
    assert len(entries) == len({entry.books_id for entry in entries})
    assert len(entries) == len(reading.company.lists["Customer"])


@pytest.mark.parametrize("kind", sorted(connector.capabilities.pulls))
def test_every_list_is_read_whole_in_one_message_set_with_the_others(kind: Kind) -> None:
    reading = Reading()
    kinds = sorted(connector.capabilities.pulls)
    outcomes = dict(zip(kinds, reading.ask(*(Pull(one) for one in kinds)), strict=True))
    pulled = outcomes[kind]
    assert isinstance(pulled, Pulled)
    assert all(isinstance(one, Entry) and one.kind is kind and one.name for one in pulled.records)
    if kind is Kind.TAX_CODE:
        there = {**reading.company.lists.get("ItemSalesTax", {}), **reading.company.lists.get("ItemSalesTaxGroup", {})}
        assert set(listed(pulled)) == set(there)
        assert there


def test_what_is_inactive_is_read_too_for_it_holds_its_name() -> None:
    reading = Reading()
    customer = next(iter(reading.company.lists["Customer"]))
    reading.company.make_inactive(customer, LATER)
    (entry,) = [one for one in reading.whole(Kind.CUSTOMER) if one.books_id == customer]
    assert not entry.active


def test_later_only_what_changed_is_read_and_what_went_is_told() -> None:
    reading = Reading(customers=30)
    first = reading.page(Pull(Kind.CUSTOMER))
    assert first.watermark is not None
    there = list(reading.company.lists["Customer"])
    reading.company.rename(there[3], "Quite Another Name", LATER)
    reading.company.delete(there[5], LATER)
    after = reading.page(Pull(Kind.CUSTOMER, watermark=first.watermark + dt.timedelta(seconds=1)))
    assert listed(after) == {there[3]: "Quite Another Name"}
    assert after.gone == (there[5],)
    assert after.watermark == LATER


def test_what_went_from_other_lists_is_not_told() -> None:
    reading = Reading()
    vendor = next(iter(reading.company.lists["Vendor"]))
    reading.company.delete(vendor, LATER)
    since = LATER - dt.timedelta(days=1)
    assert reading.page(Pull(Kind.CUSTOMER, watermark=since)).gone == ()
    assert reading.page(Pull(Kind.VENDOR, watermark=since)).gone == (vendor,)


def test_a_page_of_a_session_that_is_over_starts_the_pass_again() -> None:
    reading = Reading(customers=50)
    first = reading.page(Pull(Kind.CUSTOMER, limit=20))
    reading.new_session()
    assert reading.ask(Pull(Kind.CUSTOMER, page=first.page, limit=20)) == (CursorExpired(),)


def test_a_list_that_may_go_on_unsaid_is_in_doubt() -> None:
    reading = Reading(customers=50)

    def silent(answer: str) -> str:
        return answer.replace("iteratorRemainingCount", "iteratorRemainder")

    (outcome,) = reading.ask(Pull(Kind.CUSTOMER, limit=20), around=silent)
    assert isinstance(outcome, InDoubt)


def test_a_list_that_quickbooks_does_not_give_is_refused_and_the_others_are_read() -> None:
    reading = Reading()

    def without_employees(answer: str) -> str:
        start = answer.index("<EmployeeQueryRs")
        end = answer.index("</EmployeeQueryRs>") + len("</EmployeeQueryRs>")
        refused = '<EmployeeQueryRs requestID="1" statusCode="3261" statusSeverity="Error" statusMessage="no access"/>'
        return answer[:start] + refused + answer[end:]

    employees, vendors = reading.ask(Pull(Kind.EMPLOYEE), Pull(Kind.VENDOR), around=without_employees)
    assert not isinstance(employees, Pulled | InDoubt)
    assert isinstance(vendors, Pulled)


def test_nobody_asks_for_addresses_of_a_whole_list() -> None:
    request = connector.encode(Batch(KEY, (Pull(Kind.CUSTOMER),)), BOOKS)
    assert b"BillAddress" not in request.body
    assert b"<IncludeRetElement>Email</IncludeRetElement>" in request.body


def test_a_refused_list_says_why() -> None:
    reading = Reading()

    def refused(answer: str) -> str:
        return answer.replace('statusCode="0"', 'statusCode="3250"')

    (outcome,) = reading.ask(Pull(Kind.TERMS), around=refused)
    assert isinstance(outcome, Refused)
