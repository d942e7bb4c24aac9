"""The tax that QuickBooks Online would add, where it can be known before anything leaves. Pure.

Automated sales tax goes by addresses that only QuickBooks Online can read; what is not switched on adds nothing.
"""

from __future__ import annotations

from dray_qbo.company import american
from dray_sdk import Books, Invoice, LineKind, Money


def predicted_tax(invoice: Invoice, books: Books | None) -> Money | None:
    """The tax to the cent, None where something that it depends on is not known."""
    if books is None or invoice.currency != books.currency:
        return None
    nothing = Money(0, invoice.currency)
    if books.preferences.get("sales_tax") == "off":
        return nothing
    if not american(books):
        return None
    charged = [line for line in invoice.lines if line.kind in (LineKind.CHARGE, LineKind.DISCOUNT)]
    if all(line.taxable is False for line in charged):
        return nothing
    # without automated tax the form itself names the code, and one that names none is not taxed
    return nothing if books.preferences.get("automated_tax") == "off" and invoice.tax_code is None else None
