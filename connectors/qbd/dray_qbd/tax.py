"""The sales tax that QuickBooks Desktop would add, where it can be known before anything leaves. Pure.

QuickBooks taxes what carries a taxable code, by the sales tax item of the invoice, else of its customer, else of the
company; the codes of lines that name none are those of their items. A customer whose own code is not taxable pays
none. The tax is taken on the sum and rounded to the cent, half away from zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal

from dray_sdk import Books, Entry, Invoice, Kind, Line, LineKind, Lookup, Money

_EXACT = Context(prec=60)


def predicted_tax(invoice: Invoice, books: Books | None, lookup: Lookup | None) -> Money | None:
    """The tax to the cent, None where something that it depends on is not known."""
    if books is None or invoice.currency != books.currency:
        return None
    if books.preferences.get("sales_tax") == "off":
        return Money(0, invoice.currency)
    if lookup is None or books.country not in (None, "US"):
        return None
    customer = _one(Kind.CUSTOMER, invoice.customer.books_id, invoice.customer.name, lookup)
    named = invoice.customer
    if customer is None and (named.books_id or lookup.by_name(Kind.CUSTOMER, named.name)):
        return None
    pays = True if customer is None else _pays(customer, books, lookup)
    taxed = _taxed(invoice, books, lookup)
    if pays is None or taxed is None:
        return None
    if not pays or not taxed:
        return Money(0, invoice.currency)
    percent = _percent(invoice, customer, books, lookup)
    return None if percent is None else Money.rounded(_EXACT.multiply(taxed, percent).scaleb(-2), invoice.currency)


def _one(kind: Kind, books_id: str | None, name: str, lookup: Lookup) -> Entry | None:
    """The one active entry that is meant, as far as more than its name is known."""
    if books_id:
        found = lookup.by_books_id(kind, books_id)
        return found if found is not None and found.details else None
    entries = [entry for entry in lookup.by_name(kind, name) if entry.active and entry.details]
    return entries[0] if len(entries) == 1 else None


def _pays(customer: Entry, books: Books, lookup: Lookup) -> bool | None:
    code = customer.details.get("tax_status")
    return True if code is None else _is_taxable(code, books, lookup)


def _is_taxable(code: str, books: Books, lookup: Lookup) -> bool | None:
    known = _one(Kind.TAX_STATUS, None, code, lookup)
    if known is not None and "taxable" in known.details:
        return known.details["taxable"] == "true"
    for name, taxable in (("taxable_code", True), ("nontaxable_code", False)):
        if code.casefold() == books.preferences.get(name, "").casefold():
            return taxable
    return None


def _taxed(invoice: Invoice, books: Books, lookup: Lookup) -> Decimal | None:
    taxed = Decimal(0)
    for line, amount in _amounts(invoice):
        if amount is None:
            return None
        taxable = _line_is_taxable(line, books, lookup)
        if taxable is None:
            return None
        taxed += amount.decimal if taxable else 0
    return taxed


def _line_is_taxable(line: Line, books: Books, lookup: Lookup) -> bool | None:
    if line.taxable is not None:
        return line.taxable
    item = _one(Kind.ITEM, line.item.books_id, line.item.name, lookup) if line.item is not None else None
    code = None if item is None else item.details.get("tax_status")
    return None if code is None else _is_taxable(code, books, lookup)


def _amounts(invoice: Invoice) -> Iterator[tuple[Line, Money | None]]:
    """The lines that charge or discount, each with its amount. A percentage is taken from the line above, or from the
    subtotal above."""
    above: Money | None = Money(0, invoice.currency)
    group = Money(0, invoice.currency)
    for line in invoice.lines:
        if line.kind is LineKind.TEXT:
            continue
        if line.kind is LineKind.SUBTOTAL:
            above, group = group, Money(0, invoice.currency)
            continue
        amount = line.amount
        if amount is None and line.percent is not None and above is not None:
            amount = -Money.rounded(_EXACT.multiply(above.decimal, line.percent).scaleb(-2), invoice.currency)
        if amount is not None and line.kind is LineKind.DISCOUNT:
            # QuickBooks takes a discount off, with whatever sign it comes
            amount = Money(-abs(amount.minor), amount.currency)
        yield line, amount
        above = amount
        group = group if amount is None else group + amount


def _percent(invoice: Invoice, customer: Entry | None, books: Books, lookup: Lookup) -> Decimal | None:
    named = invoice.tax_code
    if named is not None:
        item = _one(Kind.TAX_CODE, named.books_id, named.name, lookup)
    elif customer is not None and "tax_code" in customer.details:
        item = _one(Kind.TAX_CODE, None, customer.details["tax_code"], lookup)
    else:
        of_company = books.preferences.get("tax_item_id")
        item = _one(Kind.TAX_CODE, of_company, "", lookup) if of_company else None
    if item is None:
        return None
    if item.details.get("type") != "tax_group":
        return _rate(item)
    parts = [_one(Kind.TAX_CODE, one, "", lookup) for one in item.details.get("parts", "").split(",") if one]
    rates = [None if part is None else _rate(part) for part in parts]
    return sum((rate for rate in rates if rate is not None), Decimal(0)) if rates and None not in rates else None


def _rate(item: Entry) -> Decimal | None:
    """QuickBooks writes a percentage with or without its sign."""
    text = item.details.get("rate", "").rstrip("%").strip()
    try:
        return Decimal(text)
    except ArithmeticError:
        return None
