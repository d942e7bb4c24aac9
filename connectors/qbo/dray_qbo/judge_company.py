"""What this very company's settings do not allow. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dray_qbo.company import american
from dray_sdk import Books, Fix, Invoice, LineKind, Problem, Severity


def company_problems(invoice: Invoice, books: Books) -> Iterator[Problem]:
    """Currency, closed periods, and what is switched off there."""
    yield from _currency(invoice, books)
    if books.closing_date and invoice.date <= books.closing_date:
        yield Problem(
            "closed_period",
            "date",
            f"The date {invoice.date} lies in a closed period: these books are closed to {books.closing_date}. "
            "Use a later date, or move the closing date in QuickBooks Online.",
            Fix("edit", "Change the date"),
        )
    yield from _classes(invoice, books.preferences.get("class_tracking"))
    if invoice.department is not None and books.preferences.get("departments") == "off":
        yield Problem(
            "departments_off",
            "department",
            "Locations are switched off in this company. Switch them on in QuickBooks Online under Account and "
            "settings, Advanced, or take the department out.",
            Fix("edit", "Take the department out"),
        )
    yield from _discounts(invoice, books)
    if books.preferences.get("sales_tax") == "off":
        yield from _tax_off(invoice)
    elif american(books):
        yield from _american_tax(invoice, books)
    elif books.preferences.get("sales_tax") == "on":
        yield from _tax_by_code(invoice)


def _currency(invoice: Invoice, books: Books) -> Iterator[Problem]:
    if not books.currency or invoice.currency == books.currency:
        return
    yield Problem(
        "currency",
        "currency",
        f"The invoice is in {invoice.currency} and these books are kept in {books.currency}. "
        f"Send it to books in {invoice.currency}, or write it in {books.currency}.",
        Fix("edit", "Change the currency"),
    )


def _classes(invoice: Invoice, tracking: str | None) -> Iterator[Problem]:
    classed = [number for number, line in enumerate(invoice.lines) if line.accounting_class]
    if tracking == "off":
        fields = [f"lines/{number}/accounting_class" for number in classed]
        for field in (*(["accounting_class"] if invoice.accounting_class else []), *fields):
            yield Problem(
                "class_tracking_off",
                field,
                "Class tracking is switched off in this company. Switch it on in QuickBooks Online under Account and "
                "settings, Advanced, or take the class out.",
                Fix("edit", "Take the class out"),
            )
    if tracking == "invoice":
        for number in classed:
            if invoice.lines[number].accounting_class != invoice.accounting_class:
                yield Problem(
                    "one_class",
                    f"lines/{number}/accounting_class",
                    f"Line {number + 1}: this company has one class for a whole invoice. Give it to the invoice, "
                    "or choose “one to each row” in QuickBooks Online under Account and settings, Advanced.",
                    Fix("edit", "Change the class"),
                )


def _discounts(invoice: Invoice, books: Books) -> Iterator[Problem]:
    if books.preferences.get("discounts") != "off":
        return
    for number, line in enumerate(invoice.lines):
        if line.kind is LineKind.DISCOUNT and line.item is None:
            yield Problem(
                "discounts_off",
                f"lines/{number}/item",
                f"Line {number + 1}: discounts are switched off in this company. Switch them on in QuickBooks Online "
                "under Account and settings, Sales, or choose an item for the discount.",
                Fix("pick", "Choose an item"),
            )


def _tax_off(invoice: Invoice) -> Iterator[Problem]:
    advice = "Switch it on in QuickBooks Online under Taxes, or take the tax out of the invoice."
    if invoice.tax is not None and invoice.tax.minor:
        yield Problem(
            "sales_tax_off",
            "tax",
            f"The invoice expects {invoice.tax} of tax, and sales tax is switched off in this company. {advice}",
            Fix("edit", "Change the tax"),
        )
    if invoice.tax_code is not None:
        yield Problem(
            "sales_tax_off",
            "tax_code",
            f"The invoice names a tax code, and sales tax is switched off in this company. {advice}",
            Fix("edit", "Take the tax code out"),
        )


def _american_tax(invoice: Invoice, books: Books) -> Iterator[Problem]:
    if books.preferences.get("automated_tax") != "on":
        return
    if invoice.tax_code is not None:
        yield Problem(
            "not_carried",
            "tax_code",
            "QuickBooks Online works out this company's sales tax by itself, from the addresses: the tax code stays "
            "here.",
            severity=Severity.WARNS,
        )
    if invoice.service_location and not invoice.ship_to and any(line.taxable for line in invoice.lines):
        yield Problem(
            "tax_by_address",
            "ship_to",
            "QuickBooks Online works out the sales tax from the ship-to address, and the place of service has none. "
            "Give its address where the tax should be that of the place.",
            Fix("edit", "Give the address"),
            Severity.WARNS,
        )


def _tax_by_code(invoice: Invoice) -> Iterator[Problem]:
    """Outside of the US every line needs a tax code (fault 6000 otherwise), and an invoice of ours names one."""
    if invoice.tax_code is None:
        yield Problem(
            "missing_tax_code",
            "tax_code",
            "This company charges VAT or GST, and QuickBooks Online wants a tax code for the invoice. Choose one.",
            Fix("pick", "Choose a tax code"),
        )
        return
    for number, line in enumerate(invoice.lines):
        if line.taxable is False:
            yield Problem(
                "one_tax_code",
                f"lines/{number}/taxable",
                f"Line {number + 1} is not taxed, and the invoice has one tax code for all of its lines. Put what is "
                "not taxed on an invoice of its own, with the tax code that QuickBooks Online has for it.",
                Fix("edit", "Change the line"),
            )
