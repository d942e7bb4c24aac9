"""The rules for what may be kept as an invoice, and the columns that follow. Pure.

Little is refused here: what the books could not take is a problem that people see and solve, and so is an amount that
is not quantity × price. Refused is what cannot be kept at all, or would have to be guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dray.billing.amounts import LARGEST_MINOR, Sums, TooLarge, add_up, mismatches
from dray.billing.given import Complaint, GivenInvoice, GivenLine, GivenPayment, Unacceptable
from dray.billing.models import PLACES
from dray_sdk import Line, LineKind, Money, Problem
from dray_sdk.money import places

LONGEST_TEXT: Final = 10_000
LONGEST_NAME: Final = 255
MOST_LINES: Final = 1_000
MOST_CUSTOM: Final = 50
FIRST_DAY: Final = dt.date(1900, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)
ADDRESS_PARTS: Final = ("line1", "line2", "line3", "line4", "line5", "city", "region", "postal_code", "country")
TEXTS: Final = (
    "service_location", "po_number", "terms", "rep", "accounting_class", "department", "tax_code", "message", "memo",
)  # fmt: skip
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LARGEST_FACTOR: Final = Decimal(10) ** 12

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What may be kept: the invoice's own columns (without customer and number), and its lines as columns."""

    columns: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    currency: str
    sums: Sums
    problems: Sequence[Problem]


def check(given: GivenInvoice, *, currency: str) -> Checked:
    """The columns of what was given; `currency` is the tenant's, for an invoice that names none. Raises Unacceptable
    with everything that is wrong, not only the first."""
    complaints = list(_complaints(given))
    if complaints:
        raise Unacceptable(complaints)
    currency = given.currency or currency
    sums, problems = _sums(given, currency)
    tax = None if given.tax is None else _money(given.tax, currency, ("tax",))
    total = sums.subtotal if tax is None else sums.subtotal + tax
    _compare(given, sums.subtotal, total)
    columns: dict[str, Any] = {name: clean(getattr(given, name)) for name in TEXTS}
    columns |= {
        "date": given.date,
        "due_date": given.due_date,
        "ship_date": given.ship_date,
        "currency": currency,
        "bill_to": clean_address(given.customer.billing_address),
        "ship_to": clean_address(given.shipping_address),
        "email": clean(given.customer.email),
        "phone": clean(given.customer.phone),
        "custom": dict(given.custom) if given.custom else None,
        "payments": [_payment(payment, currency, index) for index, payment in enumerate(given.payments)] or None,
        "subtotal_minor": sums.subtotal.minor,
        "tax_minor": None if tax is None else tax.minor,
        "total_minor": total.minor,
    }
    lines = [_columns(line, given.lines[index], index) for index, line in enumerate(sums.lines)]
    return Checked(columns, lines, currency, sums, problems)


def clean(value: str | None) -> str | None:
    """A text without blanks around it, or None where nothing is left."""
    return (value.strip() or None) if value else None


def clean_address(parts: Mapping[str, str] | None) -> dict[str, str] | None:
    """The parts that say something, or None where none does."""
    kept = {name: text for name in ADDRESS_PARTS if (text := clean((parts or {}).get(name)))}
    return kept or None


def text_complaints(value: str | None, path: Path, longest: int = LONGEST_TEXT) -> Iterator[Complaint]:
    """What keeps a text from being stored."""
    if value is None:
        return
    if len(value) > longest:
        yield Complaint(path, f"This has {len(value):,} characters; {longest:,} can be kept.")
    if found := _UNPRINTABLE.search(value):
        yield Complaint(path, f"This holds a character that cannot be kept (U+{ord(found.group()):04X}). Remove it.")


def address_complaints(parts: Mapping[str, str] | None, path: Path) -> Iterator[Complaint]:
    """What keeps an address from being stored."""
    for name, value in (parts or {}).items():
        yield from text_complaints(value, (*path, name), LONGEST_NAME)


def name_complaints(name: str | None, path: Path) -> Iterator[Complaint]:
    """What keeps a customer's name from being stored."""
    yield from text_complaints(name, path, LONGEST_NAME)
    if name is not None and not name.strip():
        yield Complaint(path, "Give a name.")
    if name is not None and ":" in name:
        yield Complaint(path, "A name holds no colon. Give the customer above it as “parent”.")


def _complaints(given: GivenInvoice) -> Iterator[Complaint]:
    for name in TEXTS:
        yield from text_complaints(getattr(given, name), (_said(name),))
    yield from text_complaints(given.external_id, ("external_id",), LONGEST_NAME)
    yield from text_complaints(given.number, ("number",), LONGEST_NAME)
    if given.number is not None and not given.number.strip():
        yield Complaint(("number",), "Give a number, or leave it out to have one drawn.")
    if given.external_id is not None and not given.external_id.strip():
        yield Complaint(("external_id",), "Give an id, or leave it out.")
    if given.currency is not None and not _CURRENCY.fullmatch(given.currency):
        yield Complaint(("currency",), "A currency is three capital letters, such as USD.")
    for name in ("date", "due_date", "ship_date"):
        yield from _day_complaints(getattr(given, name), (name,))
    yield from _customer_complaints(given)
    yield from address_complaints(given.shipping_address, ("shipping_address",))
    yield from _custom_complaints(given.custom, ("custom",))
    if len(given.lines) > MOST_LINES:
        yield Complaint(("lines",), f"There are {len(given.lines):,} lines; an invoice has at most {MOST_LINES:,}.")
        return
    for index, line in enumerate(given.lines):
        yield from _line_complaints(line, ("lines", index))
    for index, payment in enumerate(given.payments):
        yield from text_complaints(payment.method, ("payments", index, "method"), LONGEST_NAME)
        yield from text_complaints(payment.reference, ("payments", index, "reference"), LONGEST_NAME)
        yield from _day_complaints(payment.date, ("payments", index, "date"))


def _customer_complaints(given: GivenInvoice) -> Iterator[Complaint]:
    customer = given.customer
    if not (customer.id or customer.external_id or customer.name):
        yield Complaint(("customer",), "Name the customer: by external_id, id or name.")
    yield from name_complaints(customer.name, ("customer", "name"))
    yield from name_complaints(customer.parent, ("customer", "parent"))
    for name in ("id", "external_id", "company_name", "email", "phone"):
        yield from text_complaints(getattr(customer, name), ("customer", name), LONGEST_NAME)
    yield from address_complaints(customer.billing_address, ("customer", "billing_address"))


def _line_complaints(line: GivenLine, path: Path) -> Iterator[Complaint]:
    yield from text_complaints(line.item, (*path, "item"), LONGEST_NAME)
    yield from text_complaints(line.description, (*path, "description"))
    yield from text_complaints(line.accounting_class, (*path, "class"), LONGEST_NAME)
    yield from _day_complaints(line.service_date, (*path, "service_date"))
    yield from _custom_complaints(line.custom, (*path, "custom"))
    for name in ("quantity", "unit_price", "percent"):
        yield from factor_complaints(getattr(line, name), (*path, name))
    yield from _SHAPES[line.kind](line, path)


def _charge_complaints(line: GivenLine, path: Path) -> Iterator[Complaint]:
    if line.percent is not None:
        yield Complaint((*path, "percent"), "Only a discount has a percentage.")
    if line.amount is None and (line.quantity is None or line.unit_price is None):
        yield Complaint((*path, "amount"), "A charge needs an amount, or a quantity and a unit price.")


def _text_complaints(line: GivenLine, path: Path) -> Iterator[Complaint]:
    for name in ("quantity", "unit_price", "amount", "percent"):
        if getattr(line, name) is not None:
            yield Complaint((*path, name), "A text line has words only. Make it a charge to bill something.")


def _discount_complaints(line: GivenLine, path: Path) -> Iterator[Complaint]:
    for name in ("quantity", "unit_price"):
        if getattr(line, name) is not None:
            yield Complaint((*path, name), "A discount has an amount or a percentage.")
    if (line.amount is None) == (line.percent is None):
        yield Complaint((*path, "amount"), "A discount has either an amount or a percentage.")
    if line.amount is not None and line.amount > 0:
        yield Complaint((*path, "amount"), f"A discount lowers the invoice: write -{line.amount}.")
    if line.percent is not None and not 0 <= line.percent <= 100:
        yield Complaint((*path, "percent"), "A percentage is between 0 and 100.")


def _subtotal_complaints(line: GivenLine, path: Path) -> Iterator[Complaint]:
    for name in ("quantity", "unit_price", "amount", "percent"):
        if getattr(line, name) is not None:
            yield Complaint((*path, name), "A subtotal is reckoned from the lines above it; leave this out.")


_SHAPES: Final = {
    LineKind.CHARGE: _charge_complaints,
    LineKind.TEXT: _text_complaints,
    LineKind.DISCOUNT: _discount_complaints,
    LineKind.SUBTOTAL: _subtotal_complaints,
}


def factor_complaints(value: Decimal | None, path: Path) -> Iterator[Complaint]:
    """What keeps a quantity, price or percentage from being stored."""
    if value is None:
        return
    if not value.is_finite():
        yield Complaint(path, "This is not a number.")
    elif value.adjusted() >= 13 or abs(value) > _LARGEST_FACTOR:
        yield Complaint(path, "This number is larger than can be kept.")
    elif _decimals(value) > PLACES:
        yield Complaint(path, f"This has more than {PLACES} decimal places, which is all that can be kept.")


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _day_complaints(day: dt.date | None, path: Path) -> Iterator[Complaint]:
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        yield Complaint(path, f"{day.isoformat()} is out of range: from {FIRST_DAY} to {LAST_DAY}.")


def _custom_complaints(custom: Mapping[str, str] | None, path: Path) -> Iterator[Complaint]:
    if custom and len(custom) > MOST_CUSTOM:
        yield Complaint(path, f"There are {len(custom)} custom fields; {MOST_CUSTOM} can be kept.")
        return
    for name, value in (custom or {}).items():
        yield from text_complaints(name, path, LONGEST_NAME)
        yield from text_complaints(value, (*path, name))


def _sums(given: GivenInvoice, currency: str) -> tuple[Sums, Sequence[Problem]]:
    lines = [_line(line, currency, index) for index, line in enumerate(given.lines)]
    try:
        return add_up(lines, currency), mismatches(lines, currency)
    except TooLarge as large:
        raise Unacceptable([Complaint(("lines",), str(large))]) from None


def _line(given: GivenLine, currency: str, index: int) -> Line:
    path = ("lines", index, "amount")
    return Line(
        kind=given.kind,
        description=clean(given.description),
        quantity=given.quantity,
        unit_price=given.unit_price,
        amount=None if given.amount is None else _money(given.amount, currency, path),
        percent=given.percent,
    )


def _columns(line: Line, given: GivenLine, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "kind": line.kind.value,
        "item": clean(given.item),
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "percent": line.percent,
        "amount_minor": None if line.amount is None else line.amount.minor,
        "taxable": given.taxable,
        "accounting_class": clean(given.accounting_class),
        "service_date": given.service_date,
        "custom": dict(given.custom) if given.custom else None,
    }


def _payment(given: GivenPayment, currency: str, index: int) -> dict[str, Any]:
    return {
        "amount": str(_money(given.amount, currency, ("payments", index, "amount"))),
        "date": given.date.isoformat() if given.date else None,
        "method": clean(given.method),
        "reference": clean(given.reference),
    }


def _money(value: Decimal, currency: str, path: Path) -> Money:
    if not value.is_finite():
        raise Unacceptable([Complaint(path, "This is not an amount.")])
    if value.adjusted() > 17 or abs(value).scaleb(places(currency)) > LARGEST_MINOR:
        raise Unacceptable([Complaint(path, "This amount is larger than an invoice can be.")])
    if _decimals(value) > places(currency):
        raise Unacceptable([Complaint(path, f"An amount in {currency} has at most {places(currency)} decimal places.")])
    return Money.parse(value, currency)


def _compare(given: GivenInvoice, subtotal: Money, total: Money) -> None:
    """The caller's own sums, where given, must be what the lines come to."""
    for name, said, reckoned in (("subtotal", given.subtotal, subtotal), ("total", given.total, total)):
        if said is not None and said != reckoned.decimal:
            raise Unacceptable([Complaint((name,), f"This says {said}; the lines come to {reckoned}.")])


def _said(name: str) -> str:
    return "class" if name == "accounting_class" else name
