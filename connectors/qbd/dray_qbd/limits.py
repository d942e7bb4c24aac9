"""The limits of QuickBooks Desktop by the fields of our records, taken from the facts of qbXML."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dray_qbd.qbxml import facts
from dray_sdk import Limit

_INVOICE = "InvoiceAddRq/InvoiceAdd"
_CUSTOMER = "CustomerAddRq/CustomerAdd"
_LINE = f"{_INVOICE}/InvoiceLineAdd"
_ADDRESS = {
    "line1": ("Addr1", "first line"),
    "line2": ("Addr2", "second line"),
    "line3": ("Addr3", "third line"),
    "line4": ("Addr4", "fourth line"),
    "line5": ("Addr5", "fifth line"),
    "city": ("City", "city"),
    "region": ("State", "state"),
    "postal_code": ("PostalCode", "postal code"),
    "country": ("Country", "country"),
}


def _limit(field: str, label: str, path: str, holds: str = "") -> Limit:
    found = facts.element(path)
    if not isinstance(found, facts.Field) or found.max_length is None:
        raise LookupError(f"{path} has no length")
    return Limit(field, label, found.max_length, holds)


def _address(field: str, label: str, path: str) -> tuple[Limit, ...]:
    return tuple(
        _limit(f"{field}/{part}", f"{label}, {name}", f"{path}/{element}") for part, (element, name) in _ADDRESS.items()
    )


LIMITS: tuple[Limit, ...] = (
    _limit("number", "Invoice number", f"{_INVOICE}/RefNumber"),
    _limit("po_number", "PO number", f"{_INVOICE}/PONumber"),
    _limit("memo", "Memo", f"{_INVOICE}/Memo"),
    _limit("message", "Customer message", f"{_INVOICE}/CustomerMsgRef/FullName", "a message of QuickBooks' own list"),
    _limit("terms", "Terms", f"{_INVOICE}/TermsRef/FullName"),
    _limit("rep", "Sales rep", f"{_INVOICE}/SalesRepRef/FullName", "the initials in QuickBooks' list of sales reps"),
    _limit("accounting_class", "Class", f"{_INVOICE}/ClassRef/FullName", "with the classes above it"),
    _limit("tax_code", "Sales tax item", f"{_INVOICE}/ItemSalesTaxRef/FullName"),
    _limit("service_location", "Place of service", f"{_INVOICE}/ShipAddress/Addr1"),
    *_address("bill_to", "Bill to", f"{_INVOICE}/BillAddress"),
    *_address("ship_to", "Ship to", f"{_INVOICE}/ShipAddress"),
    _limit("customer/name", "Customer name", f"{_CUSTOMER}/Name", "no colon"),
    _limit("customer/company_name", "Company name", f"{_CUSTOMER}/CompanyName"),
    _limit("customer/email", "E-mail addresses", f"{_CUSTOMER}/Email", "all of them together"),
    _limit("customer/phone", "Phone", f"{_CUSTOMER}/Phone"),
    *_address("customer/billing_address", "Billing address", f"{_CUSTOMER}/BillAddress"),
    *_address("customer/shipping_address", "Shipping address", f"{_CUSTOMER}/ShipAddress"),
    _limit("lines/*/description", "Description", f"{_LINE}/Desc"),
    _limit("lines/*/accounting_class", "Class of a line", f"{_LINE}/ClassRef/FullName", "with the classes above it"),
    # no element of ours carries the code by name, yet who names one must keep to it
    _limit("lines/*/tax_status", "Tax code of a line", f"{_LINE}/SalesTaxCodeRef/FullName"),
    Limit("customer/full_name", "Customer name with the names above it", 209, "names parted by colons"),
    Limit("lines/*/quantity", "Quantity", 16, "10 digits before the point and 5 after it"),
    Limit("lines/*/unit_price", "Unit price", 16, "10 digits before the point and 5 after it"),
    Limit("lines/*/amount", "Amount", 16, "13 digits before the point and 2 after it"),
)
"""Every limit, in the order in which people fill in an invoice. The same in qbXML 13.0 and 14.0 and in every edition
of QuickBooks US; no newer schema is public."""

BY_FIELD: Mapping[str, Limit] = MappingProxyType({limit.field: limit for limit in LIMITS})
