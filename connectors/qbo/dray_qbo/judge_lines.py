"""What QuickBooks Online would not take of an invoice's lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dray_qbo.limits import BY_FIELD, MOST_LINES, MOST_TAXABLE_LINES
from dray_qbo.messages.lines import subtotal_text
from dray_qbo.texts import text_problems
from dray_sdk import Fix, Invoice, Line, LineKind, Problem, Severity, decimal_places

_MOST_PLACES = 5
_LIMITS = {"quantity": Decimal(10) ** 10, "unit_price": Decimal(10) ** 11, "percent": Decimal(10) ** 10}
_LABELS = {"quantity": "quantity", "unit_price": "price", "percent": "percentage"}
_MOST_AMOUNT = Decimal(10) ** 10


def line_problems(invoice: Invoice) -> Iterator[Problem]:
    """Every line's own problems, and those of all of them together."""
    something_above = False
    for number, line in enumerate(invoice.lines):
        yield from _text(line, number)
        yield from _item(line, number)
        yield from _figures(line, f"lines/{number}", number)
        if line.custom:
            yield Problem(
                "not_carried",
                f"lines/{number}/custom",
                f"Line {number + 1}: custom fields of lines are not carried into QuickBooks Online: they stay here.",
                severity=Severity.WARNS,
            )
        if line.kind in (LineKind.DISCOUNT, LineKind.SUBTOTAL) and not something_above:
            yield Problem(
                "line_order",
                f"lines/{number}",
                f"Line {number + 1}: a {line.kind.value} needs a charge above it. Move it below one.",
                Fix("edit", "Move the line"),
            )
        something_above = something_above or line.kind is LineKind.CHARGE
    yield from _together(invoice)


def _together(invoice: Invoice) -> Iterator[Problem]:
    if not any(line.kind is LineKind.CHARGE for line in invoice.lines):
        yield Problem(
            "no_charge",
            "lines",
            "The invoice charges nothing, and QuickBooks Online wants a line with an amount. Add one.",
            Fix("edit", "Add a line"),
        )
    most = MOST_TAXABLE_LINES if any(line.taxable for line in invoice.lines) else MOST_LINES
    if len(invoice.lines) > most:
        taxed = "a taxed invoice" if most == MOST_TAXABLE_LINES else "an invoice"
        yield Problem(
            "too_many_lines",
            "lines",
            f"{taxed.capitalize()} in QuickBooks Online has at most {most} lines, and this has {len(invoice.lines)}. "
            "Split it into several.",
            Fix("edit", "Split the invoice"),
        )
    without_item = [
        number for number, line in enumerate(invoice.lines) if line.kind is LineKind.DISCOUNT and line.item is None
    ]
    for number in without_item[1:]:
        yield Problem(
            "one_discount",
            f"lines/{number}/item",
            f"Line {number + 1}: QuickBooks Online has one discount on an invoice. Choose an item for this one: it "
            "becomes a line with a negative amount.",
            Fix("pick", "Choose an item"),
        )


def _text(line: Line, number: int) -> Iterator[Problem]:
    # a subtotal's amount stands behind its words
    text = subtotal_text(line, line.amount) if line.kind is LineKind.SUBTOTAL else line.description
    yield from text_problems(text, f"lines/{number}/description", BY_FIELD["lines/*/description"], breaks=True)
    if line.kind is LineKind.TEXT and not line.description:
        yield Problem(
            "missing",
            f"lines/{number}/description",
            f"Line {number + 1}: a text line without text. Write something or take the line out.",
            Fix("edit", "Write something"),
        )


def _item(line: Line, number: int) -> Iterator[Problem]:
    field = f"lines/{number}/item"
    if line.kind is LineKind.CHARGE and line.item is None:
        yield Problem(
            "missing_item",
            field,
            f"Line {number + 1}: QuickBooks Online needs to know which product or service is charged. Choose one.",
            Fix("pick", "Choose an item"),
        )
    if line.item is not None and not line.item.books_id and line.kind in (LineKind.CHARGE, LineKind.DISCOUNT):
        for name in line.item.name.split(":"):
            yield from text_problems(name, field, BY_FIELD["lines/*/item"])


def _figures(line: Line, path: str, number: int) -> Iterator[Problem]:
    if line.kind is LineKind.CHARGE and line.amount is None:
        yield _figure("missing", f"{path}/amount", f"Line {number + 1}: a charge needs an amount. Write one.")
    if line.kind is LineKind.DISCOUNT:
        yield from _discount(line, path, number)
    for field, most in _LIMITS.items():
        value: Decimal | None = getattr(line, field)
        if value is None:
            continue
        if decimal_places(value) > _MOST_PLACES:
            yield _figure(
                "decimals",
                f"{path}/{field}",
                f"Line {number + 1}: the {_LABELS[field]} {value:f} has more than {_MOST_PLACES} decimal places, and "
                f"QuickBooks Online holds {_MOST_PLACES}. Write it with fewer.",
            )
        if abs(value) >= most:
            yield _figure(
                "too_large",
                f"{path}/{field}",
                f"Line {number + 1}: the {_LABELS[field]} is too large for QuickBooks Online.",
            )
    if line.amount is not None and abs(line.amount.decimal) >= _MOST_AMOUNT:
        yield _figure(
            "too_large", f"{path}/amount", f"Line {number + 1}: the amount is too large for QuickBooks Online."
        )


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
