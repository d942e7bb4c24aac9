"""What QuickBooks Desktop would not take is named before sending, in plain words, with a way out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_qbd import connector
from dray_qbd.characters import strangers, transliterated
from dray_qbd.explanations import EXPLANATIONS
from dray_qbd.hresults import HRESULTS
from dray_qbd.qbwc_codes import QBWC
from dray_qbd.qbxml import facts
from dray_qbd.statuses import SET_STATUSES, STATUSES
from dray_sdk import (
    Address,
    Customer,
    Entry,
    Invoice,
    Kind,
    Line,
    LineKind,
    Money,
    Problem,
    Reference,
    Remedy,
    Severity,
)
from tests.connectors.qbd.drawn import BOOKS
from tests.connectors.qbd.test_writing_for_quickbooks import ITEM, plain


class Lists:
    """What is known of the books, by kind and name."""

    def __init__(self, entries: Mapping[Kind, tuple[Entry, ...]]) -> None:
        self.entries = entries

    def by_name(self, kind: Kind, name: str) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries.get(kind, ()) if (one.name or "").casefold() == name.casefold())

    def by_books_id(self, kind: Kind, books_id: str) -> Entry | None:
        return next((one for one in self.entries.get(kind, ()) if one.books_id == books_id), None)


def problems(document: Invoice | Customer, lists: Lists | None = None) -> dict[tuple[str, str], Problem]:
    return {(one.code, one.field): one for one in connector.judge(document, BOOKS, lists)}


def lines(*changes: Line) -> Invoice:
    return plain(lines=changes)


CHARGE = plain().lines[0]
LONG_CLASS = Reference(Kind.CLASS, "x" * 160)


def test_a_plain_invoice_has_no_problem() -> None:
    assert connector.judge(plain(), BOOKS, None) == ()
    assert connector.judge(plain(), None, None) == ()


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        (plain(number="INV-10000001"), "too_long", "number"),
        (plain(number=" "), "missing", "number"),
        (plain(po_number="x" * 26), "too_long", "po_number"),
        (plain(memo="x" * 4096), "too_long", "memo"),
        (plain(message="x" * 102), "too_long", "message"),
        (plain(rep=Reference(Kind.REP, "ROBERT")), "too_long", "rep"),
        (plain(terms=Reference(Kind.TERMS, "x" * 32)), "too_long", "terms"),
        (plain(tax_code=Reference(Kind.TAX_CODE, "x" * 32)), "too_long", "tax_code"),
        (plain(service_location="x" * 42), "too_long", "service_location"),
        (plain(bill_to=Address(line1="x" * 42)), "too_long", "bill_to/line1"),
        (plain(bill_to=Address(city="x" * 32)), "too_long", "bill_to/city"),
        (plain(ship_to=Address(postal_code="1" * 14)), "too_long", "ship_to/postal_code"),
        (plain(customer=Reference(Kind.CUSTOMER, "x" * 42)), "too_long", "customer/name"),
        (plain(customer=Reference(Kind.CUSTOMER, "Acme:" + "x" * 42)), "too_long", "customer/name"),
        (plain(customer=Reference(Kind.CUSTOMER, ":".join(["x" * 41] * 6))), "too_long", "customer/name"),
        (plain(customer=Reference(Kind.CUSTOMER, "Acme: ")), "missing", "customer/name"),
        (plain(customer=Reference(Kind.CUSTOMER, "Acme"), phone="+1 (555) 123-4567 ext. 12"), "too_long", "phone"),
        (plain(customer=Reference(Kind.CUSTOMER, "Acme"), email="a@example.com; " * 80), "too_long", "email"),
        (plain(po_number="two\nlines"), "line_break", "po_number"),
        (plain(memo="株式会社"), "characters", "memo"),
        (plain(total=Money(-1, "USD")), "credit", "total"),
        (plain(currency="CAD", total=Money(1, "CAD")), "currency", "currency"),
        (plain(department=Reference(Kind.DEPARTMENT, "East")), "not_carried", "department"),
        (plain(custom={"Crew": "7"}), "not_carried", "custom"),
        (lines(replace(CHARGE, item=None)), "missing_item", "lines/0/item"),
        (lines(CHARGE, Line(LineKind.SUBTOTAL)), "missing_item", "lines/1/item"),
        (lines(CHARGE, Line(LineKind.TEXT)), "missing", "lines/1/description"),
        (lines(replace(CHARGE, amount=None)), "missing", "lines/0/amount"),
        (lines(replace(CHARGE, quantity=Decimal("0.000001"))), "decimals", "lines/0/quantity"),
        (lines(replace(CHARGE, unit_price=Decimal("1.123456"))), "decimals", "lines/0/unit_price"),
        (lines(replace(CHARGE, quantity=Decimal(10) ** 10)), "too_large", "lines/0/quantity"),
        (lines(replace(CHARGE, amount=Money(10**15, "USD"))), "too_large", "lines/0/amount"),
        (lines(replace(CHARGE, description="x" * 4096)), "too_long", "lines/0/description"),
        (lines(replace(CHARGE, custom={"a": "b"})), "not_carried", "lines/0/custom"),
        (lines(CHARGE, Line(LineKind.DISCOUNT, ITEM)), "missing", "lines/1/amount"),
        (lines(CHARGE, Line(LineKind.DISCOUNT, ITEM, amount=Money(5, "USD"))), "discount_sign", "lines/1/amount"),
        (lines(Line(LineKind.DISCOUNT, ITEM, percent=Decimal(5)), CHARGE), "line_order", "lines/0"),
        (lines(replace(CHARGE, accounting_class=LONG_CLASS)), "too_long", "lines/0/accounting_class"),
        (Customer("A : B"), "colon", "name"),
        (Customer(" "), "missing", "name"),
        (Customer("x" * 42), "too_long", "name"),
        (Customer("A", email="a@example.com, " * 80), "too_long", "email"),
        (Customer("A", phone="1" * 22), "too_long", "phone"),
        (Customer("A", company_name="x" * 42), "too_long", "company_name"),
        (Customer("x" * 41, parent=Reference(Kind.CUSTOMER, ":".join(["y" * 41] * 4 + ["z"]))), "too_long", "name"),
        (Customer("A", billing_address=Address("1", "2", "3", "4", "5")), "address_lines", "billing_address"),
    ],
)  # fmt: skip
def test_a_problem_is_found_where_it_is(document: Invoice | Customer, code: str, field: str) -> None:
    found = problems(document)
    assert set(found) == {(code, field)}
    (problem,) = found.values()
    assert problem.detail.endswith(".")
    assert problem.fix is not None or problem.severity is Severity.WARNS
    for word in ("invalid", "failed", "error"):
        assert word not in problem.detail.lower()


def test_a_long_name_is_counted_and_a_shorter_one_offered() -> None:
    name = "The Incredibly Thorough Window Cleaning Company of Leeds"
    (problem,) = connector.judge(Customer(name), BOOKS, None)
    assert problem.detail.startswith(f"Customer name: {len(name)}/41 characters.")
    assert problem.fix is not None
    assert (problem.fix.action, problem.fix.value) == ("shorten", "The Incredibly Thorough Window Cleaning")


def test_a_name_that_only_its_offered_spelling_makes_too_long_is_counted_as_it_would_be_held() -> None:
    found = {one.code: one for one in connector.judge(Customer("Щукин и щенки, общество с ограниченной"), BOOKS, None)}
    assert set(found) == {"characters", "too_long"}
    assert "48/41 characters once its special letters are written out" in found["too_long"].detail
    assert found["too_long"].fix is not None
    assert found["too_long"].fix.value == "Shchukin i shchenki, obshchestvo s"


def test_a_number_is_never_shortened_for_anybody() -> None:
    (problem,) = connector.judge(plain(number="INV-2026-000001"), BOOKS, None)
    assert problem.detail.startswith("Invoice number: 15/11 characters.")
    assert problem.fix is not None
    assert (problem.fix.action, problem.fix.value) == ("edit", None)


def test_an_address_is_counted_in_printed_lines() -> None:
    fits = Address("1 Main St", "Suite 4", "Rear", city="Springfield", region="IL")
    assert not problems(plain(bill_to=fits))
    assert not problems(plain(bill_to=replace(fits, line3="Acme Corp", line1="Acme Corp", country="USA")))
    assert set(problems(plain(bill_to=replace(fits, country="Canada")))) == {("address_lines", "bill_to")}
    assert set(problems(plain(bill_to=replace(fits, line4="Gate 2")))) == {("address_lines", "bill_to")}
    assert set(problems(plain(ship_to=replace(fits, line4="Gate 2"), service_location="Depot"))) == {
        ("address_lines", "ship_to")
    }


def test_a_linked_customer_may_be_called_anything_here_unless_the_name_is_printed() -> None:
    linked = Reference(Kind.CUSTOMER, "株" * 50, books_id="8-1")
    assert not problems(plain(customer=linked))
    assert {code for code, _ in problems(plain(customer=linked, bill_to=Address("1 Main St")))} == {
        "too_long",
        "characters",
    }


def test_class_tax_and_closing_date_are_judged_by_the_books_own_preferences() -> None:
    closed = replace(
        BOOKS,
        closing_date=dt.date(2026, 5, 1),
        preferences={"class_tracking": "off", "sales_tax": "off"},
    )
    document = plain(
        accounting_class=Reference(Kind.CLASS, "East"),
        lines=(replace(CHARGE, accounting_class=Reference(Kind.CLASS, "West")),),
        tax=Money(100, "USD"),
        tax_code=Reference(Kind.TAX_CODE, "County"),
    )
    found = {(one.code, one.field) for one in connector.judge(document, closed, None)}
    assert found == {
        ("closed_period", "date"),
        ("class_tracking_off", "accounting_class"),
        ("class_tracking_off", "lines/0/accounting_class"),
        ("sales_tax_off", "tax"),
        ("sales_tax_off", "tax_code"),
    }
    assert not problems(document)


def test_another_edition_is_warned_of_and_not_stopped() -> None:
    (problem,) = connector.judge(plain(), replace(BOOKS, country="CA"), None)
    assert (problem.code, problem.severity) == ("other_edition", Severity.WARNS)


def test_what_is_no_number_is_said_and_never_computed_with() -> None:
    for figure in ("NaN", "Infinity", "-Infinity"):
        found = problems(lines(replace(CHARGE, quantity=Decimal(figure))))
        assert set(found) == {("not_a_number", "lines/0/quantity")}


def test_what_blocks_comes_before_what_only_warns() -> None:
    document = plain(custom={"a": "b"}, memo="x" * 5000, lines=(replace(CHARGE, custom={"a": "b"}),))
    severities = [one.severity for one in connector.judge(document, BOOKS, None)]
    assert severities == [Severity.BLOCKS, Severity.WARNS, Severity.WARNS]


# ---- with a copy of the books' lists


def entry(kind: Kind, name: str, books_id: str = "1-1", *, active: bool = True, sort: str = "service") -> Entry:
    return Entry(kind, books_id, name=name, active=active, details={"type": sort})


def test_a_name_that_belongs_to_a_vendor_must_be_chosen_anew() -> None:
    new = plain(customer=Reference(Kind.CUSTOMER, "Acme Supplies"))
    items = {Kind.ITEM: (entry(Kind.ITEM, "Windows", ITEM.books_id or ""),)}
    for kind in (Kind.VENDOR, Kind.EMPLOYEE, Kind.OTHER_NAME):
        found = problems(new, Lists({**items, kind: (entry(kind, "ACME SUPPLIES"),)}))
        assert set(found) == {("name_taken", "customer")}
    both = Lists({**items, Kind.VENDOR: (entry(Kind.VENDOR, "Acme Supplies"),),
                  Kind.CUSTOMER: (entry(Kind.CUSTOMER, "Acme Supplies", "2-2"),)})  # fmt: skip
    assert not problems(new, both)


def test_names_that_the_books_do_not_have_are_named() -> None:
    document = plain(
        terms=Reference(Kind.TERMS, "Net 45"),
        rep=Reference(Kind.REP, "RB"),
        accounting_class=Reference(Kind.CLASS, "East"),
        tax_code=Reference(Kind.TAX_CODE, "County"),
        message="Thank you!",
    )
    assert {field for _, field in problems(document, Lists({}))} == {
        "terms",
        "rep",
        "accounting_class",
        "tax_code",
        "message",
        "lines/0/item",
    }


def test_inactive_entries_and_items_of_another_kind_are_named() -> None:
    document = lines(CHARGE, Line(LineKind.SUBTOTAL, replace(ITEM, name="Sub", books_id="3-3")))
    lists = Lists(
        {
            Kind.CUSTOMER: (entry(Kind.CUSTOMER, "Acme", "80000001-1405768916", active=False),),
            Kind.ITEM: (
                entry(Kind.ITEM, "Windows", ITEM.books_id or "", sort="group"),
                entry(Kind.ITEM, "Sub", "3-3", sort="service"),
            ),
        }
    )
    assert set(problems(document, lists)) == {
        ("inactive", "customer"),
        ("item_type", "lines/0/item"),
        ("item_type", "lines/1/item"),
    }


# ---- characters


def test_letters_are_offered_as_they_sound_or_look() -> None:
    for text, offered in {
        "Łódź": "Lódz",
        "Žižka": "Žižka",
        "Дмитрий Щукин": "Dmitriy Shchukin",
        "Ωμέγα": "Omega",
        "e\u0301": "é",
        "ﬁne ½": "fine ½",
        "“quoted” – …": "“quoted” – …",
        "5 ≥ 3 → yes": "5 >= 3 -> yes",
        "株式": "??",
        "👩‍🔧 ok": "?? ok",
        "\u202eabc\u202c\u200b": "abc",
        "bell\x07": "bell",
        "Ştefan Đorđe": "Stefan Dorde",
    }.items():
        assert transliterated(text) == offered


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_what_is_offered_can_always_be_held(text: str) -> None:
    offered = transliterated(text)
    assert strangers(offered) == ()
    offered.encode("cp1252")
    assert transliterated(offered) == offered
    if not strangers(text):
        assert offered == text


@given(st.characters(exclude_categories=["Cs"]))
def test_the_characters_that_are_held_are_those_of_windows_1252(char: str) -> None:
    try:
        held = len(char.encode("cp1252")) == 1 and (char >= " " or char in "\t\n\r") and char != "\x7f"
    except UnicodeEncodeError:
        held = False
    assert (strangers(char) == ()) is held


# ---- limits and codes


def test_every_limit_is_that_of_the_schema() -> None:
    found = {limit.field: limit.maximum for limit in connector.limits_for(BOOKS)}
    assert found["number"] == 11
    assert found["customer/name"] == 41
    assert found["rep"] == 5
    assert found["lines/*/tax_status"] == 3
    assert found["lines/*/description"] == found["memo"] == 4095
    assert found["customer/email"] == 1023
    assert found["customer/billing_address/postal_code"] == 13
    assert connector.limits == connector.limits_for(None)
    element = facts.element("InvoiceAddRq/InvoiceAdd/PONumber")
    assert isinstance(element, facts.Field)
    assert found["po_number"] == element.max_length


def test_every_code_is_explained_in_plain_words() -> None:
    assert set(EXPLANATIONS) == {*STATUSES, *SET_STATUSES, *HRESULTS, *QBWC}
    for code, explanation in EXPLANATIONS.items():
        assert explanation.code == code
        assert explanation.meaning.endswith("."), code
        assert explanation.action.endswith("."), code
        words = f"{explanation.meaning} {explanation.action}".lower()
        assert not {"invalid", "failed", "error"} & set(words.replace(".", " ").split()), code


def test_codes_are_known_however_they_are_written() -> None:
    for code in ("0x8004041A", "0x8004041a", "8004041A", " 0x8004041A ", str(0x8004041A - 2**32)):
        found = connector.explain(code)
        assert found is not None
        assert found.code == "0x8004041A"
    assert (found := connector.explain("qbwc1039")) is not None
    assert found.code == "QBWC1039"
    assert (found := connector.explain("9150")) is not None
    assert found.code == "9150"
    assert connector.explain("4711") is None
    assert connector.explain("") is None


def test_a_lock_is_explained_as_a_lock() -> None:
    locked = connector.explain("3180", "This list has been modified by another user.")
    other = connector.explain("3180", "The credit limit is exceeded.")
    assert locked is not None
    assert other is not None
    assert locked.who is Remedy.NOBODY
    assert other.who is Remedy.BOOKKEEPER
