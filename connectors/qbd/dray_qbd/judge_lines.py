"""What QuickBooks would not take of an invoice's lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dray_qbd.limits import BY_FIELD
from dray_qbd.texts import text_problems
from dray_sdk import Fix, Invoice, Line, LineKind, Problem, Severity, decimal_places

_MOST_PLACES = 5
_MOST_UNITS = Decimal(10) ** 10
_MOST_AMOUNT = Decimal(10) ** 13
_NEEDS_ITEM = {
    LineKind.CHARGE: "Choose what is charged.",
    LineKind.DISCOUNT: "Choose a discount item of QuickBooks.",
    LineKind.SUBTOTAL: "Choose the subtotal item of QuickBooks.",
}


def line_problems(invoice: Invoice) -> Iterator[Problem]:
    """Every line's own problems, and lines that stand where QuickBooks does not allow them."""
    something_above = False
    for number, line in enumerate(invoice.lines):
        path = f"lines/{number}"
        yield from text_problems(line.description, f"{path}/description", BY_FIELD["lines/*/description"], breaks=True)
        yield from _item(line, number)
        yield from _figures(line, path, number)
        if line.accounting_class is not None and not line.accounting_class.books_id:
            limit = BY_FIELD["lines/*/accounting_class"]
            yield from text_problems(line.accounting_class.name, f"{path}/accounting_class", limit)
        if line.custom:
            yield Problem(
                "not_carried",
                f"{path}/custom",
                f"Line {number + 1}: custom fields are not carried into QuickBooks Desktop: they stay here.",
                severity=Severity.WARNS,
            )
        if line.kind in (LineKind.DISCOUNT, LineKind.SUBTOTAL) and not something_above:
            yield Problem(
                "line_order",
                path,
                f"Line {number + 1}: a {line.kind.value} needs a charge above it. Move it below one.",
                Fix("edit", "Move the line"),
            )
        something_above = something_above or line.kind is LineKind.CHARGE


def _item(line: Line, number: int) -> Iterator[Problem]:
    if line.kind is LineKind.TEXT:
        if not line.description:
            yield Problem(
                "missing",
                f"lines/{number}/description",
                f"Line {number + 1}: a text line without text. Write something or take the line out.",
                Fix("edit", "Write something"),
            )
        return
    if line.item is None:
        yield Problem(
            "missing_item",
            f"lines/{number}/item",
            f"Line {number + 1}: QuickBooks needs an item for every {line.kind.value} line. {_NEEDS_ITEM[line.kind]}",
            Fix("pick", "Choose an item"),
        )


def _figures(line: Line, path: str, number: int) -> Iterator[Problem]:
    if line.kind is LineKind.CHARGE and line.amount is None:
        yield _figure("missing", f"{path}/amount", f"Line {number + 1}: a charge needs an amount. Write one.")
    if line.kind is LineKind.DISCOUNT:
        yield from _discount(line, path, number)
    for field, label in (("quantity", "quantity"), ("unit_price", "price"), ("percent", "percentage")):
        value: Decimal | None = getattr(line, field)
        if value is None:
            continue
        if not value.is_finite():
            yield _figure(
                "not_a_number", f"{path}/{field}", f"Line {number + 1}: the {label} is not a number. Write one."
            )
            continue
        if decimal_places(value) > _MOST_PLACES:
            yield _figure(
                "decimals",
                f"{path}/{field}",
                f"Line {number + 1}: the {label} {value:f} has more than {_MOST_PLACES} decimal places, and QuickBooks "
                f"holds {_MOST_PLACES}. Write it with fewer.",
            )
        if abs(value) >= _MOST_UNITS:
            yield _figure(
                "too_large", f"{path}/{field}", f"Line {number + 1}: the {label} is too large for QuickBooks."
            )
    if line.amount is not None and abs(line.amount.decimal) >= _MOST_AMOUNT:
        yield _figure("too_large", f"{path}/amount", f"Line {number + 1}: the amount is too large for QuickBooks.")


def _discount(line: Line, path: str, number: int) -> Iterator[Problem]:
    if line.amount is None and line.percent is None:
        yield _figure(
            "missing", f"{path}/amount", f"Line {number + 1}: a discount needs an amount or a percentage. Write one."
        )
    if line.amount is not None and line.amount.minor > 0:
        yield _figure(
            "discount_sign", f"{path}/amount", f"Line {number + 1}: a discount lowers the total. Write it with a minus."
        )


def _figure(code: str, field: str, detail: str) -> Problem:
    return Problem(code, field, detail, Fix("edit", "Change the figure"))
