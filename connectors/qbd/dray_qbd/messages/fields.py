"""Where in our record the fault lies that QuickBooks describes in its own words."""

from __future__ import annotations

import re

from dray_sdk import Customer, Invoice, Reference

# the code alone says it
_BY_CODE = {"3171": "date", "3205": "bill_to", "3290": "lines"}

# QuickBooks' name of a field (status 3070, 3210, …) → ours, for an invoice and for a customer
_INVOICE_FIELDS = {
    "refnumber": "number", "txndate": "date", "ponumber": "po_number", "duedate": "due_date", "shipdate": "ship_date",
    "memo": "memo", "billaddress": "bill_to", "shipaddress": "ship_to", "externalguid": "mark",
}  # fmt: skip
_CUSTOMER_FIELDS = {
    "name": "name", "customer name": "name", "companyname": "company_name", "phone": "phone", "email": "email",
    "billaddress": "billing_address", "shipaddress": "shipping_address", "parentref": "parent",
}  # fmt: skip
_LINE_FIELDS = {
    "desc": "description", "quantity": "quantity", "rate": "unit_price", "amount": "amount",
    "servicedate": "service_date", "ratepercent": "percent",
}  # fmt: skip
_REFERENCES = {
    "customer": "customer", "terms": "terms", "class": "accounting_class", "sales rep": "rep", "salesrep": "rep",
    "customer message": "message", "customermsg": "message", "sales tax item": "tax_code", "item sales tax": "tax_code",
    "itemsalestax": "tax_code",
}  # fmt: skip

_NAMED = re.compile(r'invalid reference to (?:a )?(?:QuickBooks )?([\w ]+?) "([^"]*)"', re.IGNORECASE)
_IN_FIELD = re.compile(r'(?:in the |^the )"([^"]+)" field|in the field "([^"]+)"', re.IGNORECASE)
_STORED = re.compile(r'The string "(.*)" in the field', re.IGNORECASE | re.DOTALL)


def field_of(code: str, text: str, record: Customer | Invoice) -> str | None:
    """A path into the record ("lines/2/item"; lines count from 0), or None where QuickBooks does not tell."""
    if isinstance(record, Customer):
        return _of_customer(code, text)
    return _BY_CODE.get(code) or _referred(text, record) or _named(text, record)


def _of_customer(code: str, text: str) -> str | None:
    if code in ("3100", "3110"):
        return "name"
    if code == "3130":
        return "parent"
    found = _IN_FIELD.search(text)
    return _CUSTOMER_FIELDS.get((found[1] or found[2]).lower()) if found else None


def _referred(text: str, invoice: Invoice) -> str | None:
    found = _NAMED.search(text)
    if not found:
        return None
    kind, name = found[1].strip().lower(), found[2]
    if kind == "item":
        return _line_with(invoice, name, "item")
    if kind == "class" and (invoice.accounting_class is None or not _names(invoice.accounting_class, name)):
        return _line_with(invoice, name, "accounting_class")
    return _REFERENCES.get(kind)


def _line_with(invoice: Invoice, name: str, part: str) -> str | None:
    for number, line in enumerate(invoice.lines):
        reference: Reference | None = getattr(line, part)
        if reference is not None and _names(reference, name):
            return f"lines/{number}/{part}"
    return "lines"


def _names(reference: Reference, name: str) -> bool:
    return name.casefold() == reference.name.casefold() or name == reference.books_id


def _named(text: str, invoice: Invoice) -> str | None:
    found = _IN_FIELD.search(text)
    if not found:
        return None
    name = (found[1] or found[2]).lower()
    part = _LINE_FIELDS.get(name)
    if part is None:
        return _INVOICE_FIELDS.get(name)
    stored = _STORED.search(text)
    for number, line in enumerate(invoice.lines):
        if stored and stored[1] and str(getattr(line, part) or "") == stored[1]:
            return f"lines/{number}/{part}"
    return "lines"
