"""Where each field of an invoice lands in QuickBooks Online. Pure."""

from __future__ import annotations

from dray_qbo.company import american, custom_fields, po_field
from dray_sdk import Books, Landing, Where

_TAX = "sales tax is switched off in this company, so that it stays here"


def _field(field: str, label: str, there: str) -> Landing:
    return Landing(field, label, Where.FIELD, there)


def _nowhere(field: str, label: str, why: str) -> Landing:
    return Landing(field, label, Where.NOWHERE, why)


def landings_for(books: Books | None) -> tuple[Landing, ...]:
    """Every field once. What this company has switched off, or has no field for, lands nowhere."""
    return (
        _field("customer", "Customer", "Customer, by its id"),
        _field("number", "Invoice number", "Invoice no."),
        _field("date", "Date", "Invoice date"),
        _field("due_date", "Due date", "Due date"),
        _field("terms", "Terms", "Terms"),
        _po_number(books),
        _nowhere("rep", "Sales rep", "QuickBooks Online has no sales reps"),
        _field("ship_date", "Ship date", "Ship date"),
        _field("bill_to", "Bill to", "Bill to"),
        _field("ship_to", "Ship to", "Ship to"),
        _field("service_location", "Place of service", "Ship to, first line"),
        _field("email", "E-mail", "Customer email"),
        _field("phone", "Phone", "Phone of the customer, when Dray creates it; an existing one is not changed"),
        *_classes(books),
        _field("department", "Department", "Location"),
        _tax_code(books),
        _field("message", "Message to the customer", "Note to customer"),
        _field("memo", "Memo", "Memo on statement (hidden), which customers do not see on the invoice"),
        _custom(books),
        _nowhere("template", "Template", "QuickBooks Online prints on the company's own template"),
        _field("delivery", "To be printed or e-mailed", "Print later and Send later"),
        _currency(books),
        _nowhere("subtotal", "Total before tax", "QuickBooks adds the lines up; compared afterwards"),
        _nowhere("tax", "Tax", "QuickBooks works it out; compared afterwards"),
        _nowhere("total", "Total", "QuickBooks works it out; compared afterwards"),
        _nowhere("mark", "Dray's mark", "QuickBooks Online has no field that customers do not see"),
        _field("lines/*/item", "Item of a line", "Product/Service, by its id"),
        _field("lines/*/description", "Description of a line", "Description"),
        _field("lines/*/quantity", "Quantity", "Qty"),
        _field("lines/*/unit_price", "Unit price", "Rate"),
        _field("lines/*/amount", "Amount", "Amount"),
        _field("lines/*/percent", "Percent of a discount", "Discount, as the amount that it comes to"),
        _taxable(books),
        _line_class(books),
        _field("lines/*/service_date", "Service date", "Service date of the line"),
        _nowhere("lines/*/custom", "Custom fields of a line", "lines have no custom fields in QuickBooks Online"),
    )


def _off(books: Books | None, preference: str) -> bool:
    return books is not None and books.preferences.get(preference) == "off"


def _po_number(books: Books | None) -> Landing:
    if books is not None and po_field(books) is None:
        return _nowhere("po_number", "PO number", "this company has no custom field named “PO Number”")
    return _field("po_number", "PO number", "the custom field of that name")


def _custom(books: Books | None) -> Landing:
    labels = sorted(custom_fields(books)) if books is not None else []
    if books is not None and not labels:
        return _nowhere("custom", "Custom fields", "this company's sales forms have no custom field")
    named = f": {', '.join(labels)}" if labels else ""
    return _field("custom", "Custom fields", f"custom fields of the same name{named}; others stay here")


def _currency(books: Books | None) -> Landing:
    if books is not None and books.preferences.get("multicurrency") == "on":
        return _field("currency", "Currency", "Currency")
    return _nowhere("currency", "Currency", "it must be the currency of these books")


def _classes(books: Books | None) -> tuple[Landing, ...]:
    tracking = books.preferences.get("class_tracking") if books is not None else None
    match tracking:
        case "off":
            return (_nowhere("accounting_class", "Class", "class tracking is switched off in this company"),)
        case "line":
            return (_field("accounting_class", "Class", "Class of every line that has none of its own"),)
        case _:
            return (_field("accounting_class", "Class", "Class"),)


def _line_class(books: Books | None) -> Landing:
    if books is not None and books.preferences.get("class_tracking") in ("off", "invoice"):
        return _nowhere("lines/*/accounting_class", "Class of a line", "this company tracks no classes by line")
    return _field("lines/*/accounting_class", "Class of a line", "Class of the line")


def _tax_code(books: Books | None) -> Landing:
    if _off(books, "sales_tax"):
        return _nowhere("tax_code", "Sales tax", _TAX)
    if books is not None and american(books) and books.preferences.get("automated_tax") == "on":
        return _nowhere("tax_code", "Sales tax", "this company's tax is automated and goes by the addresses")
    return _field("tax_code", "Sales tax", "Sales tax rate, or the tax of every line")


def _taxable(books: Books | None) -> Landing:
    if _off(books, "sales_tax"):
        return _nowhere("lines/*/taxable", "Taxable", _TAX)
    if books is not None and not american(books):
        return _nowhere("lines/*/taxable", "Taxable", "every line carries the tax code of the invoice")
    return _field("lines/*/taxable", "Taxable", "Tax")
