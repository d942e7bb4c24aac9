"""Invoices as billing systems bring them: good ones, and ones with every kind of fault, the same for the same seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from dray_sdk import Address, Books, Invoice, Kind, Limit, Line, LineKind, Money, Reference

DAY = dt.date(2026, 3, 2)
CENTS = 2


@dataclass(frozen=True, slots=True)
class World:
    """What one set of pretend books has, by what can be billed with it."""

    title: str
    books: Books
    limits: Mapping[str, Limit]
    customers: Sequence[str]
    items: Sequence[str]
    terms: Sequence[str]
    classes: Sequence[str] = ()
    departments: Sequence[str] = ()
    reps: Sequence[str] = ()
    tax_codes: Sequence[str] = ()
    messages: Sequence[str] = ()
    discounts: bool = True
    discount: str | None = None
    subtotal: str | None = None
    held: str = ""
    needs_tax_code: bool = False
    faults: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One invoice. `fault` is empty for a good one."""

    fault: str
    document: Invoice


def cases(world: World, count: int, seed: int) -> list[Case]:
    """`count` of them, two good ones for each three with a fault, every fault about equally often."""
    chance = random.Random(seed)
    made = []
    for place in range(count):
        good = good_invoice(world, chance, f"{seed % 90 + 10}-{place}")
        # three of five have a fault, and these take turns by a count of their own, so that each has its turn
        fault = world.faults[(place // 5 * 3 + place % 5 - 2) % len(world.faults)] if place % 5 > 1 else ""
        made.append(Case(fault, spoiled(world, chance, fault, good) if fault else good))
    return made


def good_invoice(world: World, chance: random.Random, number: str) -> Invoice:
    """One that the books take, somewhere between plain and as full as they allow."""
    lines = [_charge(world, chance) for _ in range(chance.randint(1, 5))]
    if chance.random() < 0.3:
        lines.append(Line(LineKind.TEXT, description=_words(world, chance, 60)))
    if world.subtotal and chance.random() < 0.2:
        lines.append(Line(LineKind.SUBTOTAL, item=Reference(Kind.ITEM, world.subtotal)))
    if world.discounts and chance.random() < 0.2:
        lines.append(_discount(world, chance))
    some: Callable[[Sequence[str], Kind], Reference | None] = lambda names, kind: (  # noqa: E731
        Reference(kind, chance.choice(names)) if names and chance.random() < 0.5 else None
    )
    invoice = Invoice(
        number=number,
        date=DAY + dt.timedelta(days=chance.randint(0, 25)),
        customer=Reference(Kind.CUSTOMER, _customer(world, chance, number), id=f"cus-{number}"),
        currency=str(world.books.currency),
        lines=tuple(lines),
        subtotal=Money(0, str(world.books.currency)),
        total=Money(0, str(world.books.currency)),
        bill_to=_address(world, chance, "bill_to") if chance.random() < 0.7 else None,
        ship_to=_address(world, chance, "ship_to") if chance.random() < 0.3 else None,
        service_location=_words(world, chance, 41) if chance.random() < 0.3 else None,
        email=chance.choice([None, "ap@acme.example", "a@acme.example, b@acme.example"]),
        phone=chance.choice([None, "(555) 010-1001"]),
        due_date=chance.choice([None, DAY + dt.timedelta(days=60)]),
        po_number=chance.choice([None, "PO-1", "X" * 25]),
        terms=some(world.terms, Kind.TERMS),
        rep=some(world.reps, Kind.REP),
        accounting_class=some(world.classes, Kind.CLASS),
        department=some(world.departments, Kind.DEPARTMENT),
        tax_code=some(world.tax_codes, Kind.TAX_CODE),
        message=chance.choice(world.messages) if world.messages and chance.random() < 0.3 else None,
        memo=_words(world, chance, 300) if chance.random() < 0.3 else None,
    )
    if world.needs_tax_code:
        invoice = replace(invoice, tax_code=Reference(Kind.TAX_CODE, chance.choice(world.tax_codes)))
    return summed(invoice)


def summed(invoice: Invoice) -> Invoice:
    """With the sums that its lines come to."""
    above = group = total = Decimal(0)
    for line in invoice.lines:
        if line.kind is LineKind.TEXT:
            continue
        if line.kind is LineKind.SUBTOTAL:
            above, group = group, Decimal(0)
            continue
        amount = line.amount.decimal if line.amount else Decimal(0)
        if line.percent is not None:
            amount = -Money.rounded(above * line.percent / 100, invoice.currency).decimal
        above, group, total = amount, group + amount, total + amount
    sum_ = Money.rounded(total, invoice.currency)
    return replace(invoice, subtotal=sum_, total=sum_ if invoice.tax is None else sum_ + invoice.tax)


def _customer(world: World, chance: random.Random, number: str) -> str:
    if chance.random() < 0.8:
        return chance.choice(world.customers)
    return chance.choice([f"Newcomer {number}", f"{world.customers[0]}:Site {number}"])


def _words(world: World, chance: random.Random, most: int) -> str:
    """A text of up to so many characters, often exactly as many, with letters that the books hold."""
    length = most if chance.random() < 0.3 else chance.randint(1, most)
    letters = "abcdefghij klmnop qrstuvw xyz ABC 0123456789 &<>\"'/#;,.-" + world.held
    text = " ".join("".join(chance.choices(letters, k=length)).split())
    while len(text.encode("utf-16-le")) > 2 * most:
        text = text[:-1].strip()
    return text or "x"


def _address(world: World, chance: random.Random, which: str) -> Address:
    return Address(
        line1=_words(world, chance, world.limits[f"{which}/line1"].maximum),
        line2=_words(world, chance, 20) if chance.random() < 0.3 else None,
        city=_words(world, chance, world.limits[f"{which}/city"].maximum),
        region=chance.choice(["CA", "AZ", "IL"]),
        postal_code="62701",
        country=chance.choice([None, "USA"]),
    )


def _charge(world: World, chance: random.Random) -> Line:
    currency = str(world.books.currency)
    quantity = Decimal(chance.randint(1, 99_999)).scaleb(-chance.randint(0, 5))
    price = Decimal(chance.randint(1, 99_999)).scaleb(-chance.randint(0, 5))
    amount = Money.rounded(quantity * price, currency)
    if chance.random() < 0.2:
        quantity_or_none, price_or_none, amount = None, None, Money(chance.randint(1, 10**7), currency)
    else:
        quantity_or_none, price_or_none = quantity, price
    classes = world.classes
    return Line(
        LineKind.CHARGE,
        item=Reference(Kind.ITEM, chance.choice(world.items)),
        description=_words(world, chance, 200) if chance.random() < 0.8 else None,
        quantity=quantity_or_none,
        unit_price=price_or_none,
        amount=amount,
        taxable=True if world.needs_tax_code else chance.choice([None, True, False]),
        accounting_class=Reference(Kind.CLASS, chance.choice(classes)) if classes and chance.random() < 0.2 else None,
        service_date=chance.choice([None, DAY]),
    )


def _discount(world: World, chance: random.Random) -> Line:
    item = Reference(Kind.ITEM, world.discount) if world.discount else None
    line = Line(LineKind.DISCOUNT, item=item, taxable=True if world.needs_tax_code else None)
    return replace(line, percent=Decimal(chance.choice(["5", "7.5", "10"])))


# ---- faults


Spoil = Callable[[World, random.Random, Invoice], Invoice]


def spoiled(world: World, chance: random.Random, fault: str, good: Invoice) -> Invoice:
    """The invoice with that fault in it."""
    name, _, argument = fault.partition(":")
    if name == "too_long":
        return _too_long(world, chance, good, argument)
    if name == "characters":
        return put(good, argument, lambda text: (text or "Site ")[:8] + chance.choice(["株式", "→☃", "שלום", "Łódź"]))
    if name == "breaks":
        return put(good, argument, lambda text: f"{(text or 'a')[:5]}\nb")
    if name == "unknown":
        return _named(good, argument, "No such thing")
    if name == "named":
        field_, _, key = argument.partition("=")
        return _named(good, field_, world.names[key])
    return summed(_SPOILS[name](world, chance, good))


def _too_long(world: World, chance: random.Random, good: Invoice, path: str) -> Invoice:
    limit = world.limits[_LIMIT_OF.get(path, path)]
    more = limit.maximum + chance.randint(1, 40)
    if path == "email":
        addresses = [f"accounts.payable.{place}@customer.example" for place in range(more // 30 + 2)]
        return _newcomer(replace(good, email=", ".join(addresses)))
    text = ("Upper North Street Company and Services Incorporated " * (more // 50 + 1))[:more].replace(" ", "-", 1)
    text = text if not text.endswith(" ") else text[:-1] + "x"
    if path in ("phone", "customer/name"):
        good = _newcomer(good)
    return put(good, path, lambda _: text)


_LIMIT_OF = {
    "phone": "customer/phone",
    "email": "customer/email",
    "lines/0/description": "lines/*/description",
    "lines/0/accounting_class": "lines/*/accounting_class",
}


def _newcomer(good: Invoice) -> Invoice:
    return replace(good, customer=Reference(Kind.CUSTOMER, f"Newcomer {good.number}", id=f"cus-{good.number}"))


def _named(good: Invoice, path: str, name: str) -> Invoice:
    if path == "message":
        return replace(good, message=name)
    return put(good, path, lambda _: name)


_KINDS = {
    "terms": Kind.TERMS, "rep": Kind.REP, "accounting_class": Kind.CLASS, "department": Kind.DEPARTMENT,
    "tax_code": Kind.TAX_CODE, "item": Kind.ITEM, "customer": Kind.CUSTOMER,
}  # fmt: skip


def put(good: Invoice, path: str, change: Callable[[str | None], str]) -> Invoice:
    """Another text at that path; what is not there yet is made."""
    changes: dict[str, Any]
    head, _, rest = path.partition("/")
    if head == "lines":
        place, _, part = rest.partition("/")
        line = good.lines[int(place)]
        value: Any = change(line.description) if part == "description" else Reference(_KINDS[part], change(None))
        line = replace(line, **{part: value})
        return replace(good, lines=(*good.lines[: int(place)], line, *good.lines[int(place) + 1 :]))
    if head in ("bill_to", "ship_to"):
        address = getattr(good, head) or Address(line1="1 Main St")
        changes = {head: replace(address, **{rest: change(getattr(address, rest))})}
        return replace(good, **changes)
    if head in _KINDS:
        old = getattr(good, head)
        changes = {head: Reference(_KINDS[head], change(old.name if old else None), id=old and old.id)}
        return replace(good, **changes)
    changes = {head: change(getattr(good, head))}
    return replace(good, **changes)


def _first(good: Invoice, **changes: Any) -> Invoice:
    return replace(good, lines=(replace(good.lines[0], **changes), *good.lines[1:]))


def _alone(good: Invoice, *lines: Line) -> Invoice:
    return replace(good, lines=lines)


def _money(minor: int, world: World) -> Money:
    return Money(minor, str(world.books.currency))


_SPOILS: Mapping[str, Spoil] = {
    "closed": lambda world, chance, good: replace(
        good, date=(world.books.closing_date or DAY) - dt.timedelta(days=chance.randint(0, 400))
    ),
    "other_currency": lambda world, chance, good: replace(
        good,
        currency="CHF",
        lines=tuple(replace(line, amount=line.amount and Money(line.amount.minor, "CHF")) for line in good.lines),
    ),
    "credit": lambda world, chance, good: _alone(
        good, replace(good.lines[0], quantity=None, unit_price=None, amount=_money(-5000, world))
    ),
    "no_item": lambda world, chance, good: _first(good, item=None),
    "no_amount": lambda world, chance, good: _first(good, quantity=None, unit_price=None, amount=None),
    "other_amount": lambda world, chance, good: _first(
        good, quantity=Decimal(2), unit_price=Decimal("10.00"), amount=_money(1999, world)
    ),
    "decimals": lambda world, chance, good: _first(
        good, quantity=Decimal("1.0000001"), unit_price=Decimal(10), amount=_money(1000, world)
    ),
    "huge_quantity": lambda world, chance, good: _alone(
        good, replace(good.lines[0], quantity=Decimal(10) ** 11, unit_price=Decimal("0.00001"),
        amount=_money(10**8, world)),
    ),
    "huge_amount": lambda world, chance, good: _alone(
        good, replace(good.lines[0], quantity=None, unit_price=None, amount=_money(10**15, world))
    ),
    "discount_first": lambda world, chance, good: replace(good, lines=(_discount(world, chance), *good.lines)),
    "subtotal_first": lambda world, chance, good: replace(
        good, lines=(Line(LineKind.SUBTOTAL, item=Reference(Kind.ITEM, world.subtotal or "")), *good.lines)
    ),
    "raising_discount": lambda world, chance, good: replace(
        good, lines=(*good.lines, replace(_discount(world, chance), percent=None, amount=_money(500, world)))
    ),
    "empty_text": lambda world, chance, good: replace(good, lines=(*good.lines, Line(LineKind.TEXT))),
    "nothing_charged": lambda world, chance, good: _alone(good, Line(LineKind.TEXT, description="Thank you")),
    "number_twice": lambda world, chance, good: replace(good, number=chance.choice(world.numbers)),
    "no_number": lambda world, chance, good: replace(good, number=" "),
    "long_address": lambda world, chance, good: replace(
        good, bill_to=Address("Care of", "The office", "2nd floor", "Yard", "Gate", city="Springfield", country="Chad")
    ),
    "long_together": lambda world, chance, good: replace(good, bill_to=Address(*["North Street " * 35] * 5)),
    "empty_name": lambda world, chance, good: replace(good, customer=Reference(Kind.CUSTOMER, "Acme Corp: ", id="c")),
    "vendor_above": lambda world, chance, good: replace(
        good, customer=Reference(Kind.CUSTOMER, f"{world.names['vendor']}:Site", id="c")
    ),
    "not_an_address": lambda world, chance, good: replace(good, email="ask the office"),
    "untaxed_line": lambda world, chance, good: _first(good, taxable=False),
    "no_tax_code": lambda world, chance, good: replace(good, tax_code=None),
    "two_discounts": lambda world, chance, good: replace(
        good, lines=(*good.lines, replace(_discount(world, chance), item=None),
        replace(_discount(world, chance), item=None)),
    ),
    "with_class": lambda world, chance, good: replace(good, accounting_class=Reference(Kind.CLASS, "East")),
    "with_line_class": lambda world, chance, good: _first(good, accounting_class=Reference(Kind.CLASS, "East")),
    "with_department": lambda world, chance, good: replace(good, department=Reference(Kind.DEPARTMENT, "Harbour")),
    "with_discount": lambda world, chance, good: replace(
        good, lines=(*good.lines, replace(_discount(world, chance), item=None))
    ),
    "with_tax": lambda world, chance, good: replace(good, tax=_money(725, world)),
    "with_tax_code": lambda world, chance, good: replace(good, tax_code=Reference(Kind.TAX_CODE, "County Tax")),
    "wrong_tax": lambda world, chance, good: replace(good, tax=_money(chance.randint(10**6, 10**7), world)),
}  # fmt: skip
