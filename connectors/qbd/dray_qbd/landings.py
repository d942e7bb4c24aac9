"""Where each field of an invoice lands in QuickBooks Desktop. Pure."""

from __future__ import annotations

from dray_sdk import Books, Landing, Where

_TAX = "sales tax is switched off in this company, so that it stays here"
_CLASSES = "class tracking is switched off in this company: an invoice that has one does not go"
_NEW_CUSTOMER = "of the customer, when Dray creates it; an existing one is not changed"


def _field(field: str, label: str, there: str) -> Landing:
    return Landing(field, label, Where.FIELD, there)


def _nowhere(field: str, label: str, why: str) -> Landing:
    return Landing(field, label, Where.NOWHERE, why)


def landings_for(books: Books | None) -> tuple[Landing, ...]:
    """Every field once. Where sales tax or classes are switched off, what belongs to them lands nowhere."""
    preferences = books.preferences if books is not None else {}
    taxed, classed = preferences.get("sales_tax") != "off", preferences.get("class_tracking") != "off"
    return (
        _field("customer", "Customer", "Customer:Job, by its id"),
        _field("number", "Invoice number", "Invoice #"),
        _field("date", "Date", "Date"),
        _field("due_date", "Due date", "Due Date"),
        _field("terms", "Terms", "Terms"),
        _field("po_number", "PO number", "P.O. No."),
        _field("rep", "Sales rep", "Rep"),
        _field("ship_date", "Ship date", "Ship"),
        _field("bill_to", "Bill to", "Bill To, with the customer's name as its first line"),
        _field("ship_to", "Ship to", "Ship To"),
        _field("service_location", "Place of service", "Ship To, first line"),
        _field("email", "E-mail", f"Main Email {_NEW_CUSTOMER}"),
        _field("phone", "Phone", f"Main Phone {_NEW_CUSTOMER}"),
        _field("accounting_class", "Class", "Class") if classed else _nowhere("accounting_class", "Class", _CLASSES),
        _nowhere("department", "Department", "QuickBooks Desktop has no departments"),
        _field("tax_code", "Sales tax", "Tax, the item below the lines")
        if taxed
        else _nowhere("tax_code", "Sales tax", _TAX),
        _field("message", "Message to the customer", "Customer Message, an entry of QuickBooks' own list"),
        _field("memo", "Memo", "Memo, which customers do not see on the printed invoice"),
        _nowhere("custom", "Custom fields", "custom fields are not carried into QuickBooks Desktop"),
        _field("template", "Template", "Template"),
        _field("delivery", "To be printed or e-mailed", "Print Later and Email Later"),
        _nowhere("currency", "Currency", "it must be the currency of these books"),
        _nowhere("subtotal", "Total before tax", "QuickBooks adds the lines up; compared afterwards"),
        _nowhere("tax", "Tax", "QuickBooks works it out; compared afterwards"),
        _nowhere("total", "Total", "QuickBooks works it out; compared afterwards"),
        _field("mark", "Dray's mark", "ExternalGUID, which no window and no form of QuickBooks shows"),
        _field("lines/*/item", "Item of a line", "Item, by its id"),
        _field("lines/*/description", "Description of a line", "Description"),
        _field("lines/*/quantity", "Quantity", "Quantity"),
        _field("lines/*/unit_price", "Unit price", "Rate"),
        _field("lines/*/amount", "Amount", "Amount"),
        _field("lines/*/percent", "Percent of a discount", "Rate of a discount item"),
        _field("lines/*/taxable", "Taxable", "Tax, the code at the end of the line")
        if taxed
        else _nowhere("lines/*/taxable", "Taxable", _TAX),
        _field("lines/*/accounting_class", "Class of a line", "Class of the line")
        if classed
        else _nowhere("lines/*/accounting_class", "Class of a line", _CLASSES),
        _field("lines/*/service_date", "Service date", "Service Date of the line, where the template shows it"),
        _nowhere("lines/*/custom", "Custom fields of a line", "custom fields are not carried into QuickBooks Desktop"),
    )
