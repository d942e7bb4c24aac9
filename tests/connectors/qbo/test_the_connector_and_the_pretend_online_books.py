"""The connector and the pretend QuickBooks Online understand each other: every step that the engine takes, by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from dray_qbo import connector
from dray_sdk import (
    Absent,
    Address,
    Batch,
    Create,
    CursorExpired,
    Customer,
    Deferred,
    Delivery,
    Disconnected,
    Entry,
    Find,
    Found,
    InDoubt,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Outcome,
    Posted,
    Pull,
    Pulled,
    Purpose,
    Reference,
    Refused,
    Request,
    Stale,
    Update,
    Void,
)
from tests.connectors.qbo.drawn import approved, invoices, plain
from tests.connectors.qbo.online_office import Office, office


def posted(outcome: Outcome) -> Posted:
    assert isinstance(outcome, Posted), outcome
    return outcome


def found(outcome: Outcome) -> tuple[Entry, ...]:
    assert isinstance(outcome, Found), outcome
    return outcome.candidates


# ---- who are you


def test_the_books_say_who_they_are() -> None:
    some = office(book_close_date="2025-12-31", custom_fields=["PO Number"])
    assert (some.books.id, some.books.name) == (some.company.realm_id, "Larkspur Test Company")
    assert (some.books.country, some.books.currency, some.books.closing_date) == ("US", "USD", dt.date(2025, 12, 31))
    assert some.books.preferences["custom_field_1"] == "PO Number"
    assert some.books.preferences["automated_tax"] == "on"


# ---- posting


@pytest.mark.parametrize(
    ("delivery", "kept"),
    [
        (None, ("NotSet", "NotSet")),
        (Delivery.PRINTED, ("NotSet", "NeedToPrint")),
        (Delivery.EMAILED, ("NeedToSend", "NotSet")),
    ],
)
def test_the_books_list_for_printing_and_sending_only_what_somebody_chose(
    delivery: Delivery | None, kept: tuple[str, str]
) -> None:
    some = office()
    posted(some.one(Create(plain(email="ada@acme.example", delivery=delivery))))
    (invoice,) = some.invoices()
    assert (invoice["EmailStatus"], invoice["PrintStatus"]) == kept


def test_an_invoice_is_posted_with_what_it_says_and_found_again() -> None:
    some = office(custom_txn_numbers=True)
    invoice = plain(
        due_date=dt.date(2026, 4, 1),
        email="ada@acme.example",
        message="Thank you",
        bill_to=Address("1 Main St", city="Bayview", region="CA", postal_code="94100"),
    )
    outcome = posted(some.one(Create(invoice)))
    assert (outcome.number, outcome.total, outcome.balance) == ("INV-1001", invoice.total, invoice.total)
    (kept,) = some.invoices()
    assert (kept["EmailStatus"], kept["PrintStatus"]) == ("NotSet", "NotSet")
    assert kept["DueDate"] == "2026-04-01"
    for find in (
        Find(Kind.INVOICE, books_id=outcome.books_id),
        Find(Kind.INVOICE, number="inv-1001"),
        Find(Kind.INVOICE, customer=invoice.customer, date=invoice.date, total=invoice.total),
        Find(Kind.INVOICE, customer=Reference(Kind.CUSTOMER, "Acme Gardens"), date=invoice.date),
    ):
        (entry,) = found(some.one(find))
        assert (entry.books_id, entry.number, entry.date, entry.total) == (
            outcome.books_id,
            "INV-1001",
            invoice.date,
            invoice.total,
        )
    assert some.one(Find(Kind.INVOICE, number="INV-1002")) == Absent()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(invoices(most_lines=4))
def test_every_approved_invoice_is_posted_with_our_total(drawn: Invoice) -> None:
    some = office(
        custom_txn_numbers=True,
        class_per_txn=True,
        track_departments=True,
        automated_tax=None,
        custom_fields=["PO Number", "Crew #"],
        book_close_date="",
    )
    drawn = approved(_in_these_books(drawn), some.books)
    total = sum(int(Decimal(line["Amount"]) * 100) for line in _lines(drawn, some) if "Amount" in line)
    outcome = some.one(Create(replace(drawn, lines=tuple(replace(one, taxable=False) for one in drawn.lines))))
    if total < 0:
        assert isinstance(outcome, Refused)
        return
    assert posted(outcome).total == Money(total, "USD")
    assert posted(outcome).number == drawn.number
    (kept,) = some.invoices()
    assert kept.get("PrivateNote") == drawn.memo
    (entry,) = found(some.one(Find(Kind.INVOICE, number=drawn.number)))
    assert entry.books_id == posted(outcome).books_id


def _in_these_books(invoice: Invoice) -> Invoice:
    """The same invoice with ids that the pretend company has."""

    def known(reference: Reference | None, books_id: str) -> Reference | None:
        return replace(reference, books_id=books_id) if reference else None

    lines = tuple(
        replace(line, item=known(line.item, "2"), accounting_class=known(line.accounting_class, "100"))
        for line in invoice.lines
    )
    return replace(
        invoice,
        customer=replace(invoice.customer, books_id="2"),
        terms=known(invoice.terms, "3"),
        accounting_class=known(invoice.accounting_class, "101"),
        department=known(invoice.department, "1"),
        lines=lines,
    )


def _lines(invoice: Invoice, some: Office) -> list[dict[str, Any]]:
    import json

    body = connector.encode(Batch("0" * 20, (Create(invoice),)), some.books).body
    read = json.loads(body, parse_float=Decimal)["BatchItemRequest"][0]["Invoice"]["Line"]
    return [line for line in read if line["DetailType"] == "SalesItemLineDetail"]


def test_a_company_that_numbers_by_itself_tells_its_number() -> None:
    some = office()
    assert posted(some.one(Create(plain()))).number not in (None, "INV-1001")


def test_every_kind_of_line_reaches_the_books() -> None:
    some = office(custom_txn_numbers=True)
    charge = plain().lines[0]
    item = Reference(Kind.ITEM, "Services", books_id="1")
    lines = (
        charge,
        Line(LineKind.TEXT, description="Work in May"),
        charge,
        Line(LineKind.SUBTOTAL, amount=Money(5000, "USD")),
        Line(LineKind.DISCOUNT, item, "Ten percent off", percent=Decimal(10)),
        Line(LineKind.DISCOUNT, amount=Money(-500, "USD")),
    )
    outcome = posted(some.one(Create(plain(lines=lines))))
    assert outcome.total == Money(4000, "USD")
    (kept,) = some.invoices()
    kinds = [line["DetailType"] for line in kept["Line"]]
    assert kinds == ["SalesItemLineDetail", "DescriptionOnly", "SalesItemLineDetail", "DescriptionOnly",
                     "SalesItemLineDetail", "SubTotalLineDetail", "DiscountLineDetail"]  # fmt: skip
    assert kept["Line"][3]["Description"] == "Subtotal: 50.00"


def test_taxable_lines_are_taxed_and_the_tax_is_told() -> None:
    some = office(custom_txn_numbers=True)
    line = replace(plain().lines[0], taxable=True)
    taxed = plain(lines=(line,), ship_to=Address("1 Main St", city="Bayview", region="CA", postal_code="94100"))
    outcome = posted(some.one(Create(taxed)))
    assert (outcome.total, outcome.tax) == (Money(2700, "USD"), Money(200, "USD"))


def test_a_british_company_taxes_by_the_invoices_code() -> None:
    some = office("GB", custom_txn_numbers=True)
    assert some.books.currency == "GBP"
    line = replace(plain().lines[0], amount=Money(2500, "GBP"))
    code = Reference(Kind.TAX_CODE, "20.0% S", books_id="2")
    money = {"subtotal": Money(2500, "GBP"), "total": Money(2500, "GBP"), "currency": "GBP"}
    invoice = plain(lines=(line,), tax_code=code, **money)
    assert [one.code for one in connector.judge(invoice, some.books, None)] == []
    outcome = posted(some.one(Create(invoice)))
    assert (outcome.total, outcome.tax) == (Money(3000, "GBP"), Money(500, "GBP"))
    assert [one.code for one in connector.judge(replace(invoice, tax_code=None), some.books, None)] == [
        "missing_tax_code"
    ]
    assert isinstance(some.one(Create(replace(invoice, tax_code=None))), Refused)


def test_one_bad_invoice_holds_up_no_other() -> None:
    some = office(custom_txn_numbers=True)
    bad = plain(number="2", customer=Reference(Kind.CUSTOMER, "x", books_id="9999"))
    outcomes = some.ask(Create(plain()), Create(bad), Create(plain(number="3")))
    assert [type(one) for one in outcomes] == [Posted, Refused, Posted]
    assert isinstance(outcomes[1], Refused)
    assert outcomes[1].code == "2500"


def test_a_number_that_is_taken_is_refused() -> None:
    some = office(custom_txn_numbers=True)
    posted(some.one(Create(plain())))
    outcome = some.one(Create(plain()))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.field) == ("6140", "number")


def test_a_void_keeps_the_number_and_minds_the_revision() -> None:
    some = office(custom_txn_numbers=True)
    first = posted(some.one(Create(plain())))
    assert isinstance(some.one(Void(Kind.INVOICE, first.books_id, "9")), Stale)
    outcome = posted(some.one(Void(Kind.INVOICE, first.books_id, first.revision)))
    assert (outcome.number, outcome.total) == ("INV-1001", Money(0, "USD"))
    (entry,) = found(some.one(Find(Kind.INVOICE, number="INV-1001")))
    assert entry.details == {"voided": "yes"}


# ---- customers


def test_a_customer_and_one_below_it_are_made_and_found() -> None:
    some = office()
    acme = posted(some.one(Create(Customer("Elm Street Deli", email="elm@deli.example", phone="555 0100"))))
    parent = Reference(Kind.CUSTOMER, "Elm Street Deli", books_id=acme.books_id)
    site = posted(some.one(Create(Customer("Back yard", parent=parent))))
    (entry,) = found(some.one(Find(Kind.CUSTOMER, name="elm street deli:back yard")))
    assert (entry.books_id, entry.name) == (site.books_id, "Elm Street Deli:Back yard")
    assert entry.details["parent_id"] == acme.books_id
    (entry,) = found(some.one(Find(Kind.CUSTOMER, books_id=acme.books_id)))
    assert entry.details["email"] == "elm@deli.example"


@pytest.mark.parametrize("name", ["O'Dell's Nursery", "Birch & Sons"])
def test_names_with_quotes_and_signs_are_found(name: str) -> None:
    (entry,) = found(office().one(Find(Kind.CUSTOMER, name=name)))
    assert entry.name == name


@pytest.mark.parametrize("name", ["Birch' or 'x' = 'x", "Birch\\", "x' orderby Id --", "a%", "😀"])
def test_no_name_breaks_out_of_its_question(name: str) -> None:
    assert office().one(Find(Kind.CUSTOMER, name=name)) == Absent()


def test_a_vendors_name_cannot_be_a_customers() -> None:
    outcome = office().one(Create(Customer("Birch Supply")))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.field) == ("6240", "name")


def test_a_change_of_a_customer_minds_the_revision() -> None:
    some = office()
    (entry,) = found(some.one(Find(Kind.CUSTOMER, name="Acme Gardens")))
    changed = Customer("Acme Gardens", phone="555 0199", books_id=entry.books_id, revision=entry.revision)
    posted(some.one(Update(changed)))
    assert isinstance(some.one(Update(replace(changed, phone="555 0200"))), Stale)
    (entry,) = found(some.one(Find(Kind.CUSTOMER, name="Acme Gardens")))
    assert (entry.details["phone"], entry.details["email"]) == ("555 0199", "ada@acme.example")


def test_inactive_entries_are_found_and_say_so() -> None:
    (entry,) = found(office().one(Find(Kind.ITEM, name="Retired Service")))
    assert not entry.active


def test_a_hundred_finds_are_answered_each_by_itself() -> None:
    some = office(custom_txn_numbers=True)
    ours = [plain(number=str(n), date=dt.date(2026, 3, 1) + dt.timedelta(days=n % 20)) for n in range(20)]
    some.ask(*[Create(one) for one in ours[:10]])
    finds = [
        find
        for one in ours
        for find in (
            Find(Kind.INVOICE, number=one.number),
            Find(Kind.INVOICE, customer=one.customer, date=one.date, total=one.total),
        )
    ]
    outcomes = some.ask(
        *finds, *[Find(Kind.CUSTOMER, name=name) for name in ("Acme Gardens", "Nobody", "birch & sons")]
    )
    assert [type(one) for one in outcomes] == [Found] * 20 + [Absent] * 20 + [Found, Absent, Found]
    for one, by_number, by_day in zip(ours[:10], outcomes[0:20:2], outcomes[1:20:2], strict=True):
        for outcome in (by_number, by_day):
            (entry,) = found(outcome)
            assert (entry.number, entry.date) == (one.number, one.date)


# ---- reading


KINDS = sorted(connector.capabilities.pulls)


@pytest.mark.parametrize("kind", KINDS)
def test_every_list_is_read_whole_in_small_pages(kind: Kind) -> None:
    some = office(custom_txn_numbers=True)
    posted(some.one(Create(plain())))
    whole = some.one(Pull(kind))
    assert isinstance(whole, Pulled)
    ids: list[str] = []
    page: str | None = None
    for _ in range(60):
        part = some.one(Pull(kind, page=page, limit=2))
        assert isinstance(part, Pulled)
        ids += [one.books_id for one in part.records if isinstance(one, Entry)]
        page = part.page
        if page is None:
            break
    assert page is None
    assert ids == [one.books_id for one in whole.records if isinstance(one, Entry)]
    assert len(set(ids)) == len(ids)


def test_what_changed_since_is_told_with_what_is_gone() -> None:
    some = office(custom_txn_numbers=True)
    first = posted(some.one(Create(plain())))
    since = some.now
    some.now += dt.timedelta(minutes=5)
    second = posted(some.one(Create(plain(number="2"))))
    realm = some.intuit.realms[some.company.realm_id]
    realm.write("Invoice", {"Id": first.books_id, "SyncToken": "0"}, "delete")
    told, customers = some.ask(
        Pull(Kind.INVOICE, since + dt.timedelta(minutes=1)), Pull(Kind.VENDOR, since + dt.timedelta(minutes=1))
    )
    assert isinstance(told, Pulled)
    assert [one.books_id for one in told.records if isinstance(one, Entry)] == [second.books_id]
    assert told.gone == (first.books_id,)
    assert isinstance(customers, Pulled)
    assert customers.records == ()


def test_a_watermark_that_is_too_old_begins_again() -> None:
    some = office()
    assert some.one(Pull(Kind.CUSTOMER, some.now - dt.timedelta(days=40))) == CursorExpired()
    assert isinstance(some.one(Pull(Kind.TAX_CODE, some.now - dt.timedelta(days=40))), Pulled)


# ---- what goes wrong

DONE = ["timeout_after", "reset_after", "truncated", "gateway_timeout", "system_failure_after", "html", "xml"]
NOT_DONE = ["timeout_before", "reset_before", "system_failure", "unavailable", "bad_gateway"]


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_an_answer_that_is_lost_leaves_a_write_in_doubt_and_the_same_bytes_post_once(fault: str) -> None:
    some = office(custom_txn_numbers=True)
    batch = some.batch(Create(plain()), Create(plain(number="2")))
    setattr(some.faults, fault, 1)
    assert [type(one) for one in some.send(batch)] == [InDoubt, InDoubt]
    assert len(some.invoices()) == (2 if fault in DONE else 0)
    # within the hour the identical bytes are answered with the first answer, or done now
    assert [type(one) for one in some.send(batch)] == [Posted, Posted]
    assert len(some.invoices()) == 2


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_what_is_in_doubt_is_looked_up(fault: str) -> None:
    some = office(custom_txn_numbers=True)
    setattr(some.faults, fault, 1)
    assert isinstance(some.one(Create(plain())), InDoubt)
    by_number, by_customer = some.ask(
        Find(Kind.INVOICE, number="INV-1001"),
        Find(Kind.INVOICE, customer=plain().customer, date=plain().date, total=plain().total),
    )
    for outcome in (by_number, by_customer):
        assert isinstance(outcome, Found if fault in DONE else Absent), outcome


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ("batch_missing", [Posted, InDoubt]),
        ("batch_doubled", [InDoubt, Posted]),
        ("batch_extra", [InDoubt, InDoubt]),
        ("batch_reversed", [Posted, Posted]),
        ("wrong_type", [Posted, Posted]),
        ("throttled", [Deferred, Deferred]),
        ("throttled_json", [Deferred, Deferred]),
        ("unauthorized", [InDoubt, InDoubt]),
        ("unauthorized_mid_batch", [InDoubt, InDoubt]),
        ("forbidden", [InDoubt, InDoubt]),
    ],
)
def test_answers_that_do_not_fit(fault: str, kinds: list[type]) -> None:
    some = office(custom_txn_numbers=True)
    setattr(some.faults, fault, 1)
    batch = some.batch(Create(plain()), Create(plain(number="2")))
    outcomes = some.send(batch)
    assert [type(one) for one in outcomes] == kinds
    numbers = {kept["DocNumber"] for kept in some.invoices()}
    for outcome in outcomes:
        if isinstance(outcome, Posted):
            assert outcome.number in numbers
        if isinstance(outcome, Deferred):
            assert not numbers
    some.send(batch)
    assert len(some.invoices()) == 2


def test_a_single_write_that_is_not_let_in_stops_the_connection() -> None:
    for fault in ("unauthorized", "forbidden"):
        some = office()
        setattr(some.faults, fault, 1)
        assert isinstance(some.one(Create(plain())), Disconnected)
        assert some.invoices() == []


def test_a_subscription_that_ended_stops_the_connection() -> None:
    some = office()
    some.company.settings.subscription_ended = True
    assert isinstance(some.one(Create(plain())), Disconnected)


def test_asking_again_about_what_was_forgotten_is_never_a_refusal() -> None:
    some = office(custom_txn_numbers=True)
    batch = some.batch(Create(plain()))
    request = connector.encode(batch, some.books)
    posted(connector.decode(batch, request, some.carry(request))[0])
    some.faults.forget_requests = 1
    asked = Request(Purpose.ASK, request.body, request.method, request.path, request.headers)
    assert isinstance(connector.decode(batch, asked, some.carry(request))[0], InDoubt)
    assert len(some.invoices()) == 1
