"""Invoices and customers of every kind, drawn at random, and a person who takes every fix that is offered."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from dray_qbd import connector
from dray_sdk import Address, Books, Customer, Delivery, Invoice, Kind, Line, LineKind, Money, Problem, Reference

T = TypeVar("T")

BOOKS = Books(
    "Larkspur Window Cleaning",
    id="90a44fb5-33d9-4815-ac85-bc87a7e7d1eb",
    country="US",
    currency="USD",
    protocol="13.0",
    preferences={
        "sales_tax": "on",
        "class_tracking": "on",
        "multicurrency": "off",
        "taxable_code": "Tax",
        "taxable_code_id": "80000001-1405768000",
        "nontaxable_code": "Non",
        "nontaxable_code_id": "80000002-1405768000",
    },
)

# Everything that JSON can bring in, with the awkward ones made likely.
_AWKWARD = "éß€’“”…Łukasz ŽižkaДмитрий Ωμέγα 株式会社 שלום مرحبا 👩‍🔧🪟&<>\"'\\]]>\u202e\u00a0\t"
CHARACTERS = st.one_of(
    st.sampled_from(_AWKWARD),
    st.characters(exclude_categories=["Cs"]),
    st.characters(min_codepoint=32, max_codepoint=126),
)


def texts(most: int, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=least, max_size=most).filter(lambda text: bool(text.strip()) or not least)


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), strategy)


ids = st.from_regex(r"\A[0-9A-F]{1,8}-[0-9]{10}\Z")
days = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31))
guids = st.uuids().map(str)


def linked(kind: Kind, most: int = 40) -> st.SearchStrategy[Reference]:
    return st.builds(Reference, st.just(kind), texts(most), books_id=ids)


def named(kind: Kind, most: int) -> st.SearchStrategy[Reference]:
    return st.one_of(linked(kind), st.builds(Reference, st.just(kind), texts(most)))


addresses = st.builds(
    Address,
    line1=maybe(texts(60)),
    line2=maybe(texts(60)),
    line3=maybe(texts(60)),
    city=maybe(texts(40)),
    region=maybe(texts(30)),
    postal_code=maybe(texts(20)),
)


def decimals(places: int, most: int) -> st.SearchStrategy[Decimal]:
    scale = 10**places
    return st.integers(-most * scale, most * scale).map(lambda number: Decimal(number).scaleb(-places))


@st.composite
def charges(draw: st.DrawFn) -> Line:
    quantity = draw(maybe(decimals(draw(st.integers(0, 5)), 10_000)))
    price = draw(maybe(decimals(draw(st.integers(0, 5)), 10_000)))
    if quantity is not None and price is not None:
        amount = Money.rounded(quantity * price, "USD")
    else:
        amount = Money(draw(st.integers(-(10**9), 10**9)), "USD")
    return Line(
        LineKind.CHARGE,
        draw(linked(Kind.ITEM)),
        draw(maybe(texts(200))),
        quantity,
        price,
        amount,
        taxable=draw(st.sampled_from([None, True, False])),
        accounting_class=draw(maybe(named(Kind.CLASS, 159))),
        service_date=draw(maybe(days)),
    )


text_lines = st.builds(Line, st.just(LineKind.TEXT), description=texts(300))
subtotals = st.builds(Line, st.just(LineKind.SUBTOTAL), linked(Kind.ITEM), maybe(texts(60)))


@st.composite
def discounts(draw: st.DrawFn) -> Line:
    percent = draw(maybe(st.integers(1, 10_000_000).map(lambda number: Decimal(number).scaleb(-5))))
    amount = None if percent is not None else Money(-draw(st.integers(1, 10**6)), "USD")
    return Line(
        LineKind.DISCOUNT,
        draw(linked(Kind.ITEM)),
        draw(maybe(texts(60))),
        amount=amount,
        percent=percent,
        taxable=draw(st.sampled_from([None, True, False])),
    )


@st.composite
def invoices(draw: st.DrawFn, most_lines: int = 6) -> Invoice:
    first = draw(charges())
    rest = draw(st.lists(st.one_of(charges(), text_lines, subtotals, discounts()), max_size=most_lines - 1))
    subtotal = Money(draw(st.integers(0, 10**10)), "USD")
    return Invoice(
        number=draw(texts(11).map(lambda text: " ".join(text.split()))),
        date=draw(days),
        customer=draw(linked(Kind.CUSTOMER, 60)),
        currency="USD",
        lines=(first, *rest),
        subtotal=subtotal,
        total=subtotal,
        mark=draw(maybe(guids)),
        bill_to=draw(maybe(addresses)),
        ship_to=draw(maybe(addresses)),
        service_location=draw(maybe(texts(50))),
        due_date=draw(maybe(days)),
        ship_date=draw(maybe(days)),
        po_number=draw(maybe(texts(30))),
        terms=draw(maybe(named(Kind.TERMS, 31))),
        rep=draw(maybe(named(Kind.REP, 5))),
        accounting_class=draw(maybe(named(Kind.CLASS, 159))),
        tax_code=draw(maybe(named(Kind.TAX_CODE, 31))),
        message=draw(maybe(texts(120))),
        memo=draw(maybe(texts(300))),
        template=draw(maybe(linked(Kind.TEMPLATE))),
        delivery=draw(maybe(st.sampled_from(Delivery))),
    )


customers = st.builds(
    Customer,
    name=texts(60),
    parent=maybe(linked(Kind.CUSTOMER)),
    company_name=maybe(texts(60)),
    email=maybe(texts(80)),
    phone=maybe(texts(30)),
    billing_address=maybe(addresses),
    shipping_address=maybe(addresses),
    mark=maybe(guids),
    active=st.booleans(),
)


def approved(document: T) -> T:
    """The document after a person has taken every fix, and written by hand where none gives a text."""
    for _ in range(10):
        problems = connector.judge(document, BOOKS, None)  # type: ignore[arg-type]
        if not problems:
            return document
        for problem in problems:
            document = _mended(document, problem)
    raise AssertionError(f"the fixes lead nowhere: {connector.judge(document, BOOKS, None)}")  # type: ignore[arg-type]


def _mended(document: Any, problem: Problem) -> Any:
    if problem.code == "address_lines":
        return _set(document, f"{problem.field}/line3", lambda _: None)
    if problem.code == "no_email":
        return _set(document, problem.field, lambda _: "office@example.com")
    value = problem.fix.value if problem.fix else None
    limit = int(problem.detail.split("/")[1].split(" ")[0]) if problem.code == "too_long" else 10
    return _set(document, problem.field, lambda text: _by_hand(text, limit) if value is None else (value or "x"))


def _by_hand(text: str, limit: int) -> str:
    return "".join(char for char in text if char.isascii() and char.isprintable())[:limit].strip() or "x"


def _set(document: Any, path: str, change: Any) -> Any:
    head, _, rest = path.partition("/")
    if isinstance(document, tuple):
        place = int(head)
        return (*document[:place], _set(document[place], rest, change), *document[place + 1 :])
    found = getattr(document, head)
    if rest:
        return replace(document, **{head: _set(found, rest, change)})
    changed = replace(found, name=change(found.name)) if isinstance(found, Reference) else change(found)
    return replace(document, **{head: changed})
