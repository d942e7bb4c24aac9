"""Documents drawn by chance, as every billing system might give them, with the references resolved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from hypothesis import strategies as st

from dray_qbo import connector
from dray_sdk import Address, Books, Customer, Delivery, Invoice, Kind, Line, LineKind, Money, Problem, Reference

T = TypeVar("T")
REALM = "4620816365000000000"
KEY = "0123456789abcdef0123"
BOOKS = Books(
    "Larkspur Test Company",
    id=REALM,
    country="US",
    currency="USD",
    protocol="75",
    preferences=MappingProxyType(
        {
            "sales_tax": "on",
            "automated_tax": "on",
            "class_tracking": "both",
            "departments": "on",
            "discounts": "on",
            "custom_numbers": "on",
            "multicurrency": "off",
            "custom_field_1": "PO Number",
            "custom_field_2": "Crew #",
        }
    ),
)


def texts(most: int) -> st.SearchStrategy[str]:
    """Texts with letters, quotes, backslashes, emoji and what else JSON and the query language may stumble over."""
    alphabet = st.one_of(
        st.sampled_from("abcdefXYZ 0189'\"\\/%&<>{}[]=;,.-—€äßñ漢😀"),
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")),
    )
    return st.text(alphabet, min_size=1, max_size=most).map(str.strip).filter(bool)


def maybe(some: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), some)


days = st.dates(dt.date(2000, 1, 1), dt.date(2049, 12, 31))
ids = st.integers(1, 10**9).map(str)


def linked(kind: Kind) -> st.SearchStrategy[Reference]:
    return st.builds(Reference, st.just(kind), texts(40), books_id=ids)


addresses = st.builds(
    Address,
    line1=maybe(texts(60)),
    line2=maybe(texts(60)),
    line3=maybe(texts(60)),
    city=maybe(texts(40)),
    region=maybe(texts(20)),
    postal_code=maybe(texts(15)),
    country=maybe(texts(20)),
)
emails = st.sampled_from(["ada@acme.example", "a.b+c@sub.acme.example", "one@a.example, two@b.example"])
quantities = st.decimals(Decimal(-9999), Decimal(9999), places=5)
prices = st.decimals(Decimal(0), Decimal(99999), places=5)


@st.composite
def charges(draw: st.DrawFn) -> Line:
    quantity = draw(maybe(quantities))
    if quantity is None:
        price, amount = None, Money(draw(st.integers(-(10**9), 10**9)), "USD")
    else:
        price = draw(prices)
        amount = Money.rounded(quantity * price, "USD")
    return Line(
        LineKind.CHARGE,
        draw(linked(Kind.ITEM)),
        draw(maybe(texts(200))),
        quantity,
        price,
        amount,
        taxable=draw(st.sampled_from([None, True, False])),
        accounting_class=draw(maybe(linked(Kind.CLASS))),
        service_date=draw(maybe(days)),
    )


text_lines = st.builds(Line, st.just(LineKind.TEXT), description=texts(300))
subtotals = st.builds(
    Line,
    st.just(LineKind.SUBTOTAL),
    description=maybe(texts(60)),
    amount=st.integers(0, 10**9).map(lambda n: Money(n, "USD")),
)


@st.composite
def discounts(draw: st.DrawFn) -> Line:
    percent = draw(maybe(st.integers(1, 10_000_000).map(lambda number: Decimal(number).scaleb(-5))))
    amount = None if percent is not None else Money(-draw(st.integers(1, 10**6)), "USD")
    item = draw(linked(Kind.ITEM))
    return Line(LineKind.DISCOUNT, item, draw(maybe(texts(60))), amount=amount, percent=percent)


@st.composite
def invoices(draw: st.DrawFn, most_lines: int = 6) -> Invoice:
    first = draw(charges())
    rest = draw(st.lists(st.one_of(charges(), text_lines, subtotals, discounts()), max_size=most_lines - 1))
    subtotal = Money(draw(st.integers(0, 10**10)), "USD")
    return Invoice(
        number=draw(texts(21)),
        date=draw(days),
        customer=draw(linked(Kind.CUSTOMER)),
        currency="USD",
        lines=(first, *rest),
        subtotal=subtotal,
        total=subtotal,
        bill_to=draw(maybe(addresses)),
        ship_to=draw(maybe(addresses)),
        service_location=draw(maybe(texts(50))),
        email=draw(maybe(emails)),
        due_date=draw(maybe(days)),
        ship_date=draw(maybe(days)),
        po_number=draw(maybe(texts(31))),
        terms=draw(maybe(linked(Kind.TERMS))),
        accounting_class=draw(maybe(linked(Kind.CLASS))),
        department=draw(maybe(linked(Kind.DEPARTMENT))),
        message=draw(maybe(texts(120))),
        memo=draw(maybe(texts(300))),
        custom=draw(st.sampled_from([{}, {"Crew #": "7"}])),
        delivery=draw(maybe(st.sampled_from(Delivery))),
    )


customers = st.builds(
    Customer,
    name=texts(100).map(lambda text: text.replace(":", "-")),
    parent=maybe(linked(Kind.CUSTOMER)),
    company_name=maybe(texts(60)),
    email=maybe(emails),
    phone=maybe(texts(30)),
    billing_address=maybe(addresses),
    shipping_address=maybe(addresses),
    active=st.booleans(),
)


def plain(**changes: Any) -> Invoice:
    """An invoice of one line: 2 × 12.50."""
    line = Line(
        LineKind.CHARGE,
        Reference(Kind.ITEM, "Hours", books_id="2"),
        "Hedge trimming",
        Decimal(2),
        Decimal("12.50"),
        Money(2500, "USD"),
    )
    invoice = Invoice(
        number="INV-1001",
        date=dt.date(2026, 3, 2),
        customer=Reference(Kind.CUSTOMER, "Acme Gardens", books_id="1"),
        currency="USD",
        lines=(line,),
        subtotal=Money(2500, "USD"),
        total=Money(2500, "USD"),
    )
    return replace(invoice, **changes)


def approved(document: Any, books: Books = BOOKS) -> Any:
    """The document after a person has taken every fix, and written by hand where none gives a text."""
    for _ in range(10):
        problems = [one for one in connector.judge(document, books, None) if one.severity.value == "blocks"]
        if not problems:
            return document
        for problem in problems:
            document = _mended(document, problem)
    raise AssertionError(f"the fixes lead nowhere: {connector.judge(document, books, None)}")


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
