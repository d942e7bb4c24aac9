"""What QuickBooks Online would not take is said before anything leaves, in plain words and with a way out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from dray_qbo import connector
from dray_qbo.limits import BY_FIELD
from dray_qbo.texts import shortened
from dray_sdk import (
    Address,
    Batch,
    Books,
    Create,
    Customer,
    Entry,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Problem,
    Reference,
    Severity,
)
from tests.connectors.qbo.drawn import BOOKS, KEY, approved, customers, invoices, plain, texts

UNLINKED = Reference(Kind.CUSTOMER, "Acme Gardens")


def judged(document: Invoice | Customer, books: Books | None = BOOKS, lookup: Any = None) -> list[tuple[str, str]]:
    return [(one.code, one.field) for one in connector.judge(document, books, lookup)]


def only(document: Invoice | Customer, books: Books | None = BOOKS, lookup: Any = None) -> Problem:
    (problem,) = connector.judge(document, books, lookup)
    return problem


def preferring(**changes: str) -> Books:
    return replace(BOOKS, preferences=MappingProxyType({**BOOKS.preferences, **changes}))


def line(**changes: Any) -> Line:
    return replace(plain().lines[0], **changes)


def test_a_good_invoice_has_no_problem() -> None:
    assert judged(plain()) == []
    assert judged(plain(), None) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(invoices(most_lines=4))
def test_whatever_is_approved_can_be_written(invoice: Invoice) -> None:
    assert connector.encode(Batch(KEY, (Create(approved(invoice)),)), BOOKS).body


@settings(max_examples=60)
@given(customers)
def test_whatever_customer_is_approved_can_be_written(customer: Customer) -> None:
    assert connector.encode(Batch(KEY, (Create(approved(customer)),)), BOOKS).body


# ---- lengths and characters

LENGTHS: dict[str, tuple[Callable[[str], Invoice], str]] = {
    "number": (lambda text: plain(number=text), "number"),
    "memo": (lambda text: plain(memo=text), "memo"),
    "message": (lambda text: plain(message=text), "message"),
    "po_number": (lambda text: plain(po_number=text), "po_number"),
    "service_location": (lambda text: plain(service_location=text), "service_location"),
    "bill_to/postal_code": (lambda text: plain(bill_to=Address("1 Main St", postal_code=text)), "bill_to/postal_code"),
    "ship_to/city": (lambda text: plain(ship_to=Address("1 Main St", city=text)), "ship_to/city"),
    "terms": (lambda text: plain(terms=Reference(Kind.TERMS, text)), "terms"),
    "lines/*/description": (lambda text: plain(lines=(line(description=text),)), "lines/0/description"),
    "lines/*/item": (lambda text: plain(lines=(line(item=Reference(Kind.ITEM, text)),)), "lines/0/item"),
    "customer/name": (lambda text: plain(customer=Reference(Kind.CUSTOMER, text)), "customer/name"),
    "customer/phone": (lambda text: plain(customer=UNLINKED, phone=text), "phone"),
    "custom/*": (lambda text: plain(custom={"Crew #": text}), "custom/Crew #"),
}


@pytest.mark.parametrize("limit", LENGTHS)
def test_every_length_is_held_to_the_character(limit: str) -> None:
    make, field = LENGTHS[limit]
    most = BY_FIELD[limit].maximum
    assert judged(make("x" * most)) == []
    problem = only(make("x" * (most + 1)))
    assert (problem.code, problem.field) == ("too_long", field)
    assert f"{most + 1}/{most} characters" in problem.detail


def test_every_limit_of_the_list_is_known_by_its_field() -> None:
    assert len(BY_FIELD) == len(connector.limits) == len(connector.limits_for(BOOKS))
    assert BY_FIELD["number"].maximum == 21
    assert BY_FIELD["email"].maximum == 100
    assert BY_FIELD["lines/*/description"].maximum == 4000
    assert all(one.label and one.maximum for one in connector.limits)


def test_an_emoji_counts_twice() -> None:
    assert judged(plain(number="😀" * 10)) == []
    problem = only(plain(number="😀" * 11))
    assert "22/21 characters (an emoji counts twice)" in problem.detail


@given(texts(300))
def test_what_is_shortened_fits_and_is_a_beginning(text: str) -> None:
    short = shortened(text, 40)
    assert len(short.encode("utf-16-le")) <= 80
    assert text.startswith(short)


def test_a_number_is_never_shortened_by_itself() -> None:
    problem = only(plain(number="1" * 22))
    assert problem.fix is not None
    assert problem.fix.value is None


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\ud800b", "a\ufffeb"])
def test_characters_that_no_books_hold_are_named_and_taken_out(text: str) -> None:
    problem = only(plain(memo=text))
    assert (problem.code, problem.field) == ("characters", "memo")
    assert problem.fix is not None
    assert problem.fix.value == "ab"


@pytest.mark.parametrize("text", ["naïve café 漢字 😀", "a\nb", "a\tb", "“quotes” – and dashes"])
def test_every_other_character_is_carried(text: str) -> None:
    assert judged(plain(memo=text, message=text, lines=(line(description=text),))) == []


def test_a_line_break_in_a_field_of_one_line_is_joined() -> None:
    problem = only(plain(bill_to=Address("1 Main St\nRear")))
    assert (problem.code, problem.fix and problem.fix.value) == ("line_break", "1 Main St Rear")


@pytest.mark.parametrize("email", ["ada@acme.example", "a@b.example, c@d.example", "o'dell+x@sub.acme.example"])
def test_e_mail_addresses(email: str) -> None:
    assert judged(plain(email=email)) == []


@pytest.mark.parametrize(
    "email", ["ada", "ada@acme", "a b@c.example", "@acme.example", "a@b.example;c@d.example", "a@b.example,"]
)
def test_what_is_no_e_mail_address(email: str) -> None:
    assert judged(plain(email=email)) == [("email", "email")]


def test_e_mail_addresses_together_have_a_limit() -> None:
    long = ", ".join(["ada@acme.example"] * 6)
    assert judged(plain(email=long)) == [("too_long", "email")]


def test_an_address_with_its_place_of_service_has_five_lines() -> None:
    five = Address("a", "b", "c", "d", "e")
    assert judged(plain(ship_to=five)) == []
    assert judged(plain(ship_to=five, service_location="Yard")) == [("address_lines", "ship_to")]
    wide = Address("a" * 500, "b" * 500, "c" * 500, "d" * 500, "e")
    assert judged(plain(bill_to=wide)) == [("address_lines", "bill_to")]


# ---- figures and lines


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((line(item=None),), ("missing_item", "lines/0/item")),
        ((line(amount=None),), ("missing", "lines/0/amount")),
        ((line(quantity=Decimal("1.000001")),), ("decimals", "lines/0/quantity")),
        ((line(unit_price=Decimal(10) ** 11),), ("too_large", "lines/0/unit_price")),
        ((line(amount=Money(10**12, "USD")),), ("too_large", "lines/0/amount")),
        ((line(), Line(LineKind.TEXT)), ("missing", "lines/1/description")),
        ((Line(LineKind.DISCOUNT, amount=Money(-1, "USD")), line()), ("line_order", "lines/0")),
        ((line(), Line(LineKind.DISCOUNT)), ("missing", "lines/1/amount")),
        ((line(), Line(LineKind.DISCOUNT, amount=Money(1, "USD"))), ("discount_sign", "lines/1/amount")),
        ((Line(LineKind.TEXT, description="Hello"),), ("no_charge", "lines")),
    ],
)
def test_lines_that_cannot_be_held(lines: tuple[Line, ...], problem: tuple[str, str]) -> None:
    assert judged(plain(lines=lines)) == [problem]


def test_only_one_discount_goes_without_an_item() -> None:
    some = Line(LineKind.DISCOUNT, amount=Money(-1, "USD"))
    assert judged(plain(lines=(line(), some))) == []
    assert judged(plain(lines=(line(), some, some))) == [("one_discount", "lines/2/item")]
    assert judged(plain(lines=(line(), some)), preferring(discounts="off")) == [("discounts_off", "lines/1/item")]


def test_an_invoice_has_so_many_lines() -> None:
    assert judged(plain(lines=(line(),) * 751)) == []
    assert judged(plain(lines=(line(taxable=True),) * 751)) == [("too_many_lines", "lines")]
    assert judged(plain(lines=(line(),) * 10_001)) == [("too_many_lines", "lines")]


def test_a_negative_total_is_a_credit() -> None:
    problem = only(plain(total=Money(-1, "USD")))
    assert (problem.code, problem.severity) == ("credit", Severity.BLOCKS)


def test_an_invoice_without_a_number_is_not_sent() -> None:
    assert judged(plain(number=" ")) == [("missing", "number")]


# ---- what this company does not allow


def test_another_currency_is_told_clearly() -> None:
    lines = (line(amount=Money(2500, "EUR")),)
    problem = only(plain(currency="EUR", lines=lines, subtotal=Money(2500, "EUR"), total=Money(2500, "EUR")))
    assert problem.code == "currency"
    assert "in EUR and these books are kept in USD" in problem.detail


def test_a_closed_period() -> None:
    books = replace(BOOKS, closing_date=dt.date(2026, 3, 2))
    assert judged(plain(), books) == [("closed_period", "date")]
    assert judged(plain(date=dt.date(2026, 3, 3)), books) == []


EAST, WEST = (Reference(Kind.CLASS, name, books_id=books_id) for name, books_id in (("East", "100"), ("West", "101")))


def test_classes_and_departments_that_are_switched_off() -> None:
    invoice = plain(accounting_class=EAST, lines=(line(accounting_class=WEST),))
    off = preferring(class_tracking="off", departments="off")
    assert judged(invoice, off) == [
        ("class_tracking_off", "accounting_class"),
        ("class_tracking_off", "lines/0/accounting_class"),
    ]
    assert judged(invoice, preferring(class_tracking="invoice")) == [("one_class", "lines/0/accounting_class")]
    assert judged(invoice, preferring(class_tracking="line")) == []
    same = replace(invoice, lines=(line(accounting_class=EAST),))
    assert judged(same, preferring(class_tracking="invoice")) == []
    assert judged(plain(department=Reference(Kind.DEPARTMENT, "Harbour")), off) == [("departments_off", "department")]


CODE = Reference(Kind.TAX_CODE, "20.0% S", books_id="2")


def test_sales_tax_that_is_switched_off() -> None:
    off = preferring(sales_tax="off")
    assert judged(plain(tax=Money(100, "USD"), tax_code=CODE), off) == [
        ("sales_tax_off", "tax"),
        ("sales_tax_off", "tax_code"),
    ]
    assert judged(plain(tax=Money(0, "USD")), off) == []


def test_automated_sales_tax_leaves_the_code_here() -> None:
    problem = only(plain(tax_code=CODE))
    assert (problem.code, problem.field, problem.severity) == ("not_carried", "tax_code", Severity.WARNS)
    assert judged(plain(tax_code=CODE), preferring(automated_tax="off")) == []
    place = plain(service_location="Yard", lines=(line(taxable=True),))
    assert only(place).severity is Severity.WARNS
    assert judged(place) == [("tax_by_address", "ship_to")]


def test_elsewhere_an_invoice_needs_one_tax_code() -> None:
    british = replace(BOOKS, country="GB")
    assert judged(plain(), british) == [("missing_tax_code", "tax_code")]
    assert judged(plain(tax_code=CODE), british) == []
    mixed = plain(tax_code=CODE, lines=(line(taxable=False),))
    assert judged(mixed, british) == [("one_tax_code", "lines/0/taxable")]
    assert judged(plain(), replace(preferring(sales_tax="off"), country="GB")) == []


def test_what_has_no_place_there_stays_here_and_is_said() -> None:
    bare = replace(BOOKS, preferences=MappingProxyType({}))
    invoice = plain(
        rep=Reference(Kind.REP, "AB"), po_number="4711", custom={"Colour": "red"}, lines=(line(custom={"a": "b"}),)
    )
    found = connector.judge(invoice, bare, None)
    assert {one.field for one in found} == {"rep", "po_number", "custom/Colour", "lines/0/custom"}
    assert {one.severity for one in found} == {Severity.WARNS}
    assert [one.field for one in connector.judge(plain(po_number="4711", custom={"crew #": "7"}), BOOKS, None)] == []


@pytest.mark.parametrize("label", ["PO Number", "P.O. Number", "po #", "Purchase Order", "PO"])
def test_the_order_number_finds_its_field_by_what_it_is_called(label: str) -> None:
    assert judged(plain(po_number="1"), preferring(custom_field_1=label)) == []


# ---- names


class Lists:
    """A copy of the books' lists."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries

    def by_name(self, kind: Kind, name: str) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if one.kind is kind and (one.name or "").casefold() == name.casefold())

    def by_books_id(self, kind: Kind, books_id: str) -> Entry | None:
        return next((one for one in self.entries if one.kind is kind and one.books_id == books_id), None)


def entry(kind: Kind, books_id: str, name: str, active: bool = True, details: Mapping[str, str] | None = None) -> Entry:
    return Entry(kind, books_id, name=name, active=active, details=details or {})


HOURS = entry(Kind.ITEM, "2", "Hours", details={"type": "service"})
ACME = entry(Kind.CUSTOMER, "1", "Acme Gardens", details={"currency": "USD"})


def test_names_that_the_books_have_are_no_problem() -> None:
    assert judged(plain(), BOOKS, Lists(HOURS, ACME)) == []
    assert judged(plain(customer=replace(UNLINKED, name="New one")), BOOKS, Lists(HOURS)) == []


@pytest.mark.parametrize("kind", [Kind.VENDOR, Kind.EMPLOYEE])
def test_a_name_that_is_somebody_elses_is_not_free(kind: Kind) -> None:
    lists = Lists(HOURS, entry(kind, "30", "birch supply"), ACME)
    for name in ("Birch Supply", "Acme Gardens:Birch Supply"):
        assert judged(plain(customer=Reference(Kind.CUSTOMER, name)), BOOKS, lists) == [("name_taken", "customer")]


def test_one_below_another_needs_a_name_that_nobody_has() -> None:
    yard = entry(Kind.CUSTOMER, "7", "Yard")
    below = plain(customer=Reference(Kind.CUSTOMER, "Acme Gardens:Yard"))
    assert judged(below, BOOKS, Lists(HOURS, ACME, yard)) == [("name_taken", "customer")]
    assert judged(below, BOOKS, Lists(HOURS, ACME, entry(Kind.CUSTOMER, "8", "Acme Gardens:Yard"))) == []


def test_what_is_put_aside_or_missing_or_never_sold() -> None:
    aside = Lists(replace(HOURS, active=False), replace(ACME, active=False))
    assert judged(plain(), BOOKS, aside) == [("inactive", "customer"), ("inactive", "lines/0/item")]
    assert judged(plain(terms=Reference(Kind.TERMS, "Net 7")), BOOKS, Lists(HOURS, ACME)) == [
        ("missing_terms", "terms")
    ]
    for sort in ("category", "group"):
        lists = Lists(replace(HOURS, details={"type": sort}), ACME)
        assert judged(plain(), BOOKS, lists) == [("item_type", "lines/0/item")]


def test_a_customer_of_another_currency() -> None:
    lists = Lists(HOURS, replace(ACME, details={"currency": "EUR"}))
    assert judged(plain(), BOOKS, lists) == [("customer_currency", "currency")]


@pytest.mark.parametrize(
    ("customer", "problem"),
    [
        (Customer("a:b"), ("colon", "name")),
        (Customer(" "), ("missing", "name")),
        (Customer("a\nb"), ("line_break", "name")),
        (Customer("x" * 501), ("too_long", "name")),
        (Customer("a", email="nobody"), ("email", "email")),
        (Customer("a", phone="1" * 31), ("too_long", "phone")),
        (Customer("a", company_name="x" * 101), ("too_long", "company_name")),
        (Customer("a", parent=Reference(Kind.CUSTOMER, "1:2:3:4:5")), ("levels", "parent")),
    ],
)
def test_customers_that_cannot_be_made(customer: Customer, problem: tuple[str, str]) -> None:
    assert judged(customer) == [problem]


def test_what_blocks_comes_before_what_warns_and_every_problem_is_plain() -> None:
    invoice = plain(number="x" * 22, rep=Reference(Kind.REP, "AB"), email="nobody", currency="EUR", memo="a\x00")
    found = connector.judge(invoice, BOOKS, None)
    assert [one.severity for one in found] == sorted((one.severity for one in found), key=list(Severity).index)
    for one in found:
        assert one.detail.endswith(".")
        assert not any(word in one.detail.lower() for word in ("invalid", "failed", "error"))
