"""The limits of QuickBooks Online by the fields of our records.

From Intuit's API reference (November 2023); the XSD often still carries the shorter lengths of the Desktop product.
Lengths count UTF-16 units, as Java does: a character beyond the basic plane, such as most emoji, counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dray_sdk import Limit

_ADDRESS = (
    ("line1", "first line", 500),
    ("line2", "second line", 500),
    ("line3", "third line", 500),
    ("line4", "fourth line", 500),
    ("line5", "fifth line", 500),
    ("city", "city", 255),
    ("region", "state", 255),
    ("postal_code", "postal code", 30),
    ("country", "country", 255),
)

MOST_IN_ADDRESS = 2000
"""What the five lines of an address hold together."""

MOST_LINES = 10_000
MOST_TAXABLE_LINES = 750
"""Lines of one invoice, and of one that is taxed."""


def _address(field: str, label: str) -> tuple[Limit, ...]:
    return tuple(Limit(f"{field}/{part}", f"{label}, {name}", most) for part, name, most in _ADDRESS)


LIMITS: tuple[Limit, ...] = (
    Limit("number", "Invoice number", 21),
    Limit("po_number", "PO number", 31, "a custom field of the company's sales forms"),
    Limit("memo", "Memo", 4000, "seen by your company only"),
    Limit("message", "Message to the customer", 1000),
    Limit("email", "E-mail addresses", 100, "all of them together, with commas between"),
    Limit("service_location", "Place of service", 500),
    Limit("terms", "Terms", 31),
    Limit("accounting_class", "Class", 100, "each name of its own, without those above it"),
    Limit("department", "Department", 100, "each name of its own, without those above it"),
    Limit("tax_code", "Tax code", 100),
    Limit("custom/*", "Custom field", 31),
    *_address("bill_to", "Bill to"),
    *_address("ship_to", "Ship to"),
    Limit("customer/name", "Customer name", 500, "no colon, line break or tab"),
    Limit("customer/company_name", "Company name", 100),
    Limit("customer/email", "E-mail address", 100),
    Limit("customer/phone", "Phone", 30),
    *_address("customer/billing_address", "Billing address"),
    *_address("customer/shipping_address", "Shipping address"),
    Limit("lines/*/description", "Description", 4000),
    Limit("lines/*/item", "Product or service", 100, "each name of its own, without those above it"),
    Limit("lines/*/quantity", "Quantity", 16, "10 digits before the point and 5 after it"),
    Limit("lines/*/unit_price", "Unit price", 17, "11 digits before the point and 5 after it"),
    Limit("lines/*/amount", "Amount", 13, "10 digits before the point and 2 after it"),
)
"""Every limit, in the order in which people fill in an invoice. The same in every edition and country."""

BY_FIELD: Mapping[str, Limit] = MappingProxyType({limit.field: limit for limit in LIMITS})
