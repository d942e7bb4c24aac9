"""The lines of an invoice as QuickBooks Online has them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal

from dray_qbo.company import american
from dray_qbo.messages.message import by_id, held
from dray_qbo.v3.writer import Content
from dray_sdk import Books, Invoice, Line, LineKind, LocalProtocolError, Money

_EXACT = Context(prec=60)
"""Python's own context would round a long product, and that twice."""


def line_contents(invoice: Invoice, books: Books) -> list[Content]:
    """Every line in its order; a discount without an item comes last, where QuickBooks Online has its only place for
    one. It adds its own subtotal behind the lines and would drop one that is sent, so ours travels as a line of text,
    as QuickBooks Online itself writes a subtotal between lines."""
    contents: list[Content] = []
    discounts: list[Content] = []
    for line, amount in zip(invoice.lines, reckoned(invoice), strict=True):
        match line.kind:
            case LineKind.TEXT:
                contents.append(_text(held(line.description)))
            case LineKind.SUBTOTAL:
                contents.append(_text(held(subtotal_text(line, amount))))
            case LineKind.DISCOUNT if line.item is None:
                discounts.append(_discount(line, amount, invoice, books))
            case _:
                contents.append(_sale(line, amount, invoice, books))
    if len(discounts) > 1:
        raise LocalProtocolError("QuickBooks Online has one discount without an item on an invoice")
    return contents + discounts


def subtotal_text(line: Line, amount: Money | None) -> str:
    """The words of a subtotal."""
    return f"{line.description or 'Subtotal'}: {amount}"


def reckoned(invoice: Invoice) -> Iterator[Money | None]:
    """Each line's amount, None for text. What is not given is reckoned: a percentage is taken from the line above, a
    subtotal is what stands above it, back to the subtotal before."""
    above = group = Money(0, invoice.currency)
    for line in invoice.lines:
        amount = line.amount
        if line.kind is LineKind.TEXT:
            yield None
            continue
        if line.kind is LineKind.SUBTOTAL:
            above, group = amount or group, Money(0, invoice.currency)
            yield above
            continue
        if amount is None and line.kind is LineKind.DISCOUNT and line.percent is not None:
            amount = -Money.rounded(_EXACT.multiply(above.decimal, line.percent).scaleb(-2, _EXACT), invoice.currency)
        if amount is None:
            raise LocalProtocolError(f"a {line.kind.value} needs an amount")
        above, group = amount, group + amount
        yield amount


def multiplies(line: Line, amount: Money) -> bool:
    """Whether quantity × price is the amount, rounded as QuickBooks Online rounds it (fault 6070 otherwise)."""
    if line.quantity is None or line.unit_price is None:
        return False
    return Money.rounded(_EXACT.multiply(line.quantity, line.unit_price), amount.currency) == amount


def _text(description: str | None) -> Content:
    return {"Description": description, "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}


def _sale(line: Line, amount: Money | None, invoice: Invoice, books: Books) -> Content:
    """A charge, or a discount that has an item: a line with a negative amount. Where quantity and price do not give the
    amount it is the amount that counts, and the price is left for QuickBooks Online to work out."""
    item = by_id(line.item)
    if item is None or amount is None:
        raise LocalProtocolError(f"a {line.kind.value} line needs an item")
    charge = line.kind is LineKind.CHARGE
    exact = charge and multiplies(line, amount)
    return {
        "Amount": amount,
        "Description": held(line.description),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": item,
            "ClassRef": _class(line, invoice, books),
            "UnitPrice": _plain(line.unit_price) if exact else None,
            "Qty": _plain(line.quantity) if charge else None,
            "ServiceDate": line.service_date.isoformat() if line.service_date else None,
            "TaxCodeRef": _tax_code(line, invoice, books),
        },
    }


def _discount(line: Line, amount: Money | None, invoice: Invoice, books: Books) -> Content:
    """An amount, never a percentage: QuickBooks Online would take that from the whole invoice."""
    return {
        "Amount": None if amount is None else -amount,
        "Description": held(line.description),
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False, "ClassRef": _class(line, invoice, books)},
    }


def _class(line: Line, invoice: Invoice, books: Books) -> Content | None:
    """Where the company tracks classes by line only, the invoice's class is that of every line."""
    match books.preferences.get("class_tracking"):
        case "invoice":
            return None
        case "line":
            return by_id(line.accounting_class or invoice.accounting_class)
        case _:
            return by_id(line.accounting_class)


def _tax_code(line: Line, invoice: Invoice, books: Books) -> Content | None:
    """US: TAX or NON, and nothing where the invoice leaves it to the item. Elsewhere the code of the invoice, which
    every line must carry."""
    if books.preferences.get("sales_tax") == "off":
        return None
    if american(books):
        return None if line.taxable is None else {"value": "TAX" if line.taxable else "NON"}
    if line.taxable is False and invoice.tax_code is not None:
        raise LocalProtocolError("a line that is not taxed needs a tax code of its own, and there is one for all lines")
    return by_id(invoice.tax_code)


def _plain(number: Decimal | None) -> Decimal | None:
    return None if number is None else number.normalize()
