"""The arithmetic of an invoice: exact, rounded once, half away from zero, to the currency's smallest unit.

A charge gives quantity and unit price, or an amount alone, or all three. Where all three are given and the product is
another amount, nothing is guessed: the invoice is kept, and the problem offers both answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from dray_sdk import Fix, Invoice, Line, LineKind, Money, Problem
from dray_sdk.money import places

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)

LARGEST_MINOR: Final = 10**15 - 1
"""The largest amount of a line or a whole invoice, in minor units: beyond what any books hold, and far from 2**63."""

USE_AMOUNT: Final = "use_amount"
USE_PRODUCT: Final = "use_product"


class TooLarge(ValueError):
    """An amount is beyond what can be kept; the message is for people."""


@dataclass(frozen=True, slots=True)
class Sums:
    """An invoice's lines with every amount reckoned, and what they come to."""

    lines: tuple[Line, ...]
    subtotal: Money


def product(quantity: Decimal, unit_price: Decimal, currency: str) -> Money:
    """quantity × price, rounded half away from zero. Quantity and price have at most 5 decimals each."""
    return _rounded(_EXACT.multiply(quantity, unit_price), currency)


def add_up(lines: Sequence[Line], currency: str) -> Sums:
    """Reckon what is not given: a charge's amount, a percentage's amount, a subtotal's amount; then the sum.

    A discount takes from the line above, or where that is a subtotal, from it; its amount is never positive. A
    subtotal is what stands above it, back to the subtotal before. Raises TooLarge.
    """
    reckoned: list[Line] = []
    total = 0
    group = 0
    above = 0
    for line in lines:
        amount = _amount_of(line, above, group, currency)
        if amount is None:
            reckoned.append(line)
            continue
        if abs(amount.minor) > LARGEST_MINOR:
            raise TooLarge(f"{amount} is larger than an invoice can be.")
        reckoned.append(replace(line, amount=amount))
        if line.kind is LineKind.SUBTOTAL:
            above, group = amount.minor, 0
            continue
        total += amount.minor
        group += amount.minor
        above = amount.minor
    if abs(total) > LARGEST_MINOR:
        raise TooLarge(f"{Money(total, currency)} is larger than an invoice can be.")
    return Sums(tuple(reckoned), Money(total, currency))


def problems_of(document: Invoice) -> tuple[Problem, ...]:
    """What Dray itself has against a document, whatever the books: no lines, sums that differ, a negative total."""
    problems = list(mismatches(document.lines, document.currency))
    if not any(line.kind is LineKind.CHARGE for line in document.lines):
        problems.append(Problem("no_charge", "lines", "The invoice charges nothing. Add a line with an amount."))
    if document.total.minor < 0:
        problems.append(
            Problem(
                "is_a_credit",
                "total",
                f"The total is {document.total}. That is a credit, and is not sent as an invoice."
                " Record it in the accounting system, or correct the lines.",
            )
        )
    return tuple(problems)


def mismatches(lines: Iterable[Line], currency: str) -> list[Problem]:
    """A problem for each line whose amount is given and is not quantity × price."""
    return [
        _differs(index, line.amount, product(line.quantity, line.unit_price, currency))
        for index, line in enumerate(lines)
        if line.kind is LineKind.CHARGE
        and line.amount is not None
        and line.quantity is not None
        and line.unit_price is not None
        and line.amount != product(line.quantity, line.unit_price, currency)
    ]


def _differs(index: int, given: Money, reckoned: Money) -> Problem:
    return Problem(
        code="amount_differs",
        field=f"lines/{index}/amount",
        detail=(
            f"Line {index + 1} says {given}, and quantity × price is {reckoned}."
            " Choose: send the amount as it is, or use quantity × price."
        ),
        fix=Fix(USE_PRODUCT, f"Use quantity × price ({reckoned})", str(reckoned)),
    )


def _amount_of(line: Line, above: int, group: int, currency: str) -> Money | None:
    match line.kind:
        case LineKind.TEXT:
            return None
        case LineKind.SUBTOTAL:
            return Money(group, currency)
        case LineKind.DISCOUNT if line.percent is not None:
            share = _EXACT.multiply(Decimal(above), line.percent).scaleb(-2)
            return Money(-int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP)), currency)
        case LineKind.DISCOUNT:
            return line.amount
        case LineKind.CHARGE:
            if line.amount is not None:
                return line.amount
            if line.quantity is None or line.unit_price is None:
                return None
            return product(line.quantity, line.unit_price, currency)


def _rounded(value: Decimal, currency: str) -> Money:
    if value.adjusted() + places(currency) > 17:
        raise TooLarge(f"{value:f} is larger than an invoice can be.")
    return Money(int(value.scaleb(places(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)), currency)
