"""Which heading of a file fills which field: by its name, by what it is often called, or by what a tenant said once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from dray.billing.imports import CUSTOMER_COLUMNS, INVOICE_COLUMNS, LINE_COLUMNS
from dray.imports.states import Kind

ITEM_COLUMNS: Final = ("name", "description", "unit_price", "taxable")
RATE_COLUMNS: Final = (
    "item", "price", "first_day", "last_day", "unit", "customer_external_id", "customer_name", "customer_parent",
)  # fmt: skip

FIELDS: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.INVOICES: (*INVOICE_COLUMNS, *LINE_COLUMNS),
    Kind.CUSTOMERS: tuple(CUSTOMER_COLUMNS),
    Kind.ITEMS: ITEM_COLUMNS,
    Kind.RATES: RATE_COLUMNS,
}
"""The fields that a column may fill."""

NEEDED: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.INVOICES: ("number", "date"),
    Kind.CUSTOMERS: ("name",),
    Kind.ITEMS: ("name",),
    Kind.RATES: ("item", "price", "first_day"),
}

NUMBERS: Final = frozenset({"quantity", "unit_price", "amount", "percent", "subtotal", "tax", "total", "price"})
DAYS: Final = frozenset({"date", "due_date", "ship_date", "service_date", "first_day", "last_day"})
FLAGS: Final = frozenset({"taxable"})

_OFTEN: Final[Mapping[str, Sequence[str]]] = {
    "number": (
        "invoice",
        "invoice_no",
        "invoice_number",
        "invoice_num",
        "inv_no",
        "num",
        "no",
        "ref_number",
        "docnumber",
    ),
    "date": ("invoice_date", "txn_date", "txndate"),
    "due_date": ("due", "due_on", "payment_due"),
    "customer_name": ("customer", "client", "client_name", "bill_to", "billing_account", "customer_full_name"),
    "customer_external_id": (
        "customer_id",
        "customer_no",
        "customer_number",
        "account",
        "account_number",
        "account_no",
    ),
    "customer_email": ("email", "e_mail", "email_address", "billing_email"),
    "customer_phone": ("phone", "telephone"),
    "po_number": ("po", "p_o_number", "p_o_no", "purchase_order", "po_no"),
    "terms": ("payment_terms",),
    "service_location": ("site", "job_site", "location", "service_address"),
    "item": ("product", "service", "product_service", "item_name", "sku"),
    "description": ("line_description", "item_description", "details"),
    "quantity": ("qty", "units", "hours"),
    "unit_price": ("price", "rate", "unit_cost", "price_each"),
    "amount": ("line_total", "line_amount", "extended", "extended_price"),
    "total": ("invoice_total", "grand_total"),
    "tax": ("tax_amount", "sales_tax"),
    "tax_code": ("tax_item",),
    "message": ("customer_message",),
    "memo": ("note", "notes"),
    "bill_line1": ("address", "address_1", "address1", "street", "billing_street", "bill_address_1"),
    "bill_line2": ("address_2", "address2", "bill_address_2"),
    "bill_line3": ("address_3", "address3"),
    "bill_line4": ("address_4", "address4", "county"),
    "bill_city": ("city", "billing_city"),
    "bill_region": ("state", "region", "province", "billing_state"),
    "bill_postal_code": ("zip", "zip_code", "postal_code", "postcode", "billing_zip"),
    "bill_country": ("country", "billing_country"),
}
"""Field → what programs and people call it. Only what can mean one thing in such a file."""

_CUSTOMERS: Final[Mapping[str, Sequence[str]]] = {
    "name": ("customer", "client", "customer_name", "client_name", "display_name", "full_name"),
    "external_id": ("id", "customer_id", "customer_no", "customer_number", "account", "account_number", "account_no",
                    "reference_number"),
    "email": ("e_mail", "email_address", "billing_email", "main_email"),
    "phone": ("telephone", "main_phone", "phone_number"),
    "company_name": ("company",),
    "parent": ("parent_name", "billing_account", "parent_customer"),
}  # fmt: skip
_ITEMS: Final[Mapping[str, Sequence[str]]] = {
    "name": ("item", "product", "service", "product_service", "item_name"),
    "description": ("sales_description", "details"),
    "unit_price": ("price", "rate", "sales_price"),
}
_RATES: Final[Mapping[str, Sequence[str]]] = {
    "item": ("product", "service", "item_name", "name"),
    "price": ("rate", "unit_price"),
    "first_day": ("from", "from_date", "start", "start_date", "valid_from", "effective_date"),
    "last_day": ("to", "until", "end", "end_date", "valid_to"),
    "unit": ("uom", "unit_of_measure"),
    "customer_name": ("customer", "client"),
    "customer_external_id": ("customer_id", "customer_no", "account", "account_no", "account_number"),
}
LEFT_OUT: Final[Mapping[str, str | None]] = {"reason_not_imported": None}
"""The column that Dray itself adds to the rows that it could not import."""


def heading_key(heading: str) -> str:
    """The heading as headings are compared: “Invoice No.” and “invoice_no” are the same."""
    plain = unicodedata.normalize("NFKC", heading).casefold().replace("#", " no ")
    return re.sub(r"[\W_]+", "_", plain).strip("_")[:200]


def matched(kind: Kind, headings: Sequence[str], said: Mapping[str, str | None]) -> list[str | None]:
    """The field of each heading, None where it is not known or would fill a field twice. `said` is what this tenant
    said of headings before, by their keys."""
    known = {**_names(kind), **said}
    found: list[str | None] = []
    for heading in headings:
        field = known.get(heading_key(heading))
        found.append(field if field and field not in found else None)
    return found


def unclear(headings: Sequence[str], fields: Sequence[str | None], said: Mapping[str, str | None]) -> list[str]:
    """The headings of which somebody has to say what they mean: not matched, and not left out before."""
    return [
        heading
        for heading, field in zip(headings, fields, strict=True)
        if heading.strip() and field is None and heading_key(heading) not in said
    ]


def missing(kind: Kind, fields: Sequence[str | None]) -> list[str]:
    """The fields that the file cannot do without, and that no column fills."""
    return [field for field in NEEDED[kind] if field not in fields]


def label(field: str) -> str:
    """What pages call a field."""
    words = field.replace("_", " ").replace("po number", "PO number").replace("external id", "id in billing")
    return words[:1].upper() + words[1:]


_CALLED: Final = {
    Kind.INVOICES: _OFTEN,
    Kind.CUSTOMERS: {**_OFTEN, **_CUSTOMERS},
    Kind.ITEMS: _ITEMS,
    Kind.RATES: _RATES,
}


def _names(kind: Kind) -> dict[str, str | None]:
    often = _CALLED[kind]
    names: dict[str, str | None] = {}
    for field in FIELDS[kind]:
        for name in often.get(field, ()):
            names.setdefault(name, field)
    return {**names, **{field: field for field in FIELDS[kind]}}
