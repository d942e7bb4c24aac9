"""The lists of a company: names of three kinds, items, terms, taxes, classes, departments, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from dray_qbo.messages import addresses
from dray_qbo.v3.reader import Record, flag, moment, part, text
from dray_sdk import Entry, Kind


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its entity, the member with an entry's full name, and what else is read. `details` maps our plain names
    to paths."""

    entity: str
    name: str = "FullyQualifiedName"
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


_PERSON = {"company_name": "CompanyName", "email": "PrimaryEmailAddr/Address", "phone": "PrimaryPhone/FreeFormNumber"}

LISTINGS: Mapping[Kind, Listing] = MappingProxyType(
    {
        Kind.CUSTOMER: Listing(
            "Customer",
            details={
                **_PERSON,
                "parent_id": "ParentRef/value",
                "terms_id": "SalesTermRef/value",
                "currency": "CurrencyRef/value",
            },
        ),
        Kind.VENDOR: Listing("Vendor", "DisplayName", _PERSON),
        Kind.EMPLOYEE: Listing("Employee", "DisplayName"),
        Kind.ITEM: Listing(
            "Item",
            details={
                "type": "Type",
                "description": "Description",
                "price": "UnitPrice",
                "account": "IncomeAccountRef/name",
                "taxable": "Taxable",
            },
        ),
        Kind.ACCOUNT: Listing("Account", details={"account_type": "AccountType"}),
        Kind.TERMS: Listing("Term", "Name", {"type": "Type", "days": "DueDays", "day_of_month": "DayOfMonthDue"}),
        Kind.CLASS: Listing("Class"),
        Kind.DEPARTMENT: Listing("Department"),
        Kind.TAX_CODE: Listing("TaxCode", "Name", {"description": "Description", "taxable": "Taxable"}),
    }
)
"""Every list that is read, by kind."""

# Type of an Item, Type of a Term → our word for it
_TYPES = {
    "NonInventory": "non_inventory",
    "STANDARD": "days",
    "DATE_DRIVEN": "day_of_month",
}


def list_entry(kind: Kind, record: Record) -> Entry | None:
    """An entry of a list as read, None where it has no id. Customers' details hold their billing address too."""
    books_id = text(record, "Id")
    if books_id is None:
        return None
    listing = LISTINGS[kind]
    details = {name: value for name, path in listing.details.items() if (value := _plain(record, path)) is not None}
    if "type" in details:
        details["type"] = _TYPES.get(details["type"], details["type"].lower())
    if kind is Kind.CUSTOMER:
        details.update(addresses.details(record, "BillAddr"))
    return Entry(
        kind,
        books_id,
        name=text(record, listing.name) or text(record, "DisplayName") or text(record, "Name"),
        active=flag(record, "Active") is not False,
        revision=text(record, "SyncToken"),
        changed=moment(text(record, "MetaData/LastUpdatedTime")),
        details=MappingProxyType(details),
    )


def _plain(record: Record, path: str) -> str | None:
    *above, name = path.split("/")
    for step in above:
        record = part(record, step)
    value = record.get(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return value if isinstance(value, str) and value else None
