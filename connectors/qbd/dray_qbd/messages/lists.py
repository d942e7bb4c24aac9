"""The lists of a company file: names of all four kinds, items, terms, taxes, classes, small ones. Finding an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from lxml import etree

from dray_qbd.messages.found import found
from dray_qbd.messages.message import Answers, Message
from dray_qbd.qbxml import facts, reader, writer
from dray_qbd.qbxml.writer import Content
from dray_sdk import Books, Entry, Find, Kind, LocalProtocolError, Outcome


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: the query that reads it, the elements that it gives, and what is read of them.

    `name` is the element with the entry's own name; FullName wins where there is one. `details` maps our plain names to
    paths. Only what is named here is asked for, so that personal data stays in the books.
    """

    query: str
    rets: Mapping[str, str]
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    name: str = "Name"
    iterates: bool = False
    also: tuple[str, ...] = ()


_ADDRESS = {
    f"{ours}": f"BillAddress/{theirs}"
    for ours, theirs in {
        "line1": "Addr1", "line2": "Addr2", "line3": "Addr3", "line4": "Addr4", "line5": "Addr5",
        "city": "City", "region": "State", "postal_code": "PostalCode", "country": "Country",
    }.items()
}  # fmt: skip
_ITEM_DETAILS = {
    "description": "SalesOrPurchase/Desc|SalesAndPurchase/SalesDesc|SalesDesc|ItemDesc",
    "price": "SalesOrPurchase/Price|SalesAndPurchase/SalesPrice|SalesPrice",
    "price_percent": "SalesOrPurchase/PricePercent",
    "account": "SalesOrPurchase/AccountRef/FullName|SalesAndPurchase/IncomeAccountRef/FullName"
    "|IncomeAccountRef/FullName|AccountRef/FullName",
    "tax_status": "SalesTaxCodeRef/FullName",
    "discount": "DiscountRate",
    "discount_percent": "DiscountRatePercent",
}
_ITEMS = {
    "ItemServiceRet": "service",
    "ItemNonInventoryRet": "non_inventory",
    "ItemOtherChargeRet": "other_charge",
    "ItemInventoryRet": "inventory",
    "ItemInventoryAssemblyRet": "assembly",
    "ItemFixedAssetRet": "fixed_asset",
    "ItemSubtotalRet": "subtotal",
    "ItemDiscountRet": "discount",
    "ItemPaymentRet": "payment",
    "ItemGroupRet": "group",
}
_TAX_ITEMS = {"ItemSalesTaxRet": "tax", "ItemSalesTaxGroupRet": "tax_group"}
_COMPANY = {"company_name": "CompanyName", "email": "Email", "phone": "Phone"}

LISTINGS: Mapping[Kind, Listing] = MappingProxyType(
    {
        Kind.CUSTOMER: Listing(
            "CustomerQuery",
            {"CustomerRet": "customer"},
            {
                **_COMPANY,
                **_ADDRESS,
                "parent": "ParentRef/FullName",
                "parent_id": "ParentRef/ListID",
                "terms": "TermsRef/FullName",
                "tax_code": "ItemSalesTaxRef/FullName",
                "tax_status": "SalesTaxCodeRef/FullName",
                "currency": "CurrencyRef/FullName",
            },
            iterates=True,
            also=("Sublevel",),
        ),
        Kind.VENDOR: Listing("VendorQuery", {"VendorRet": "vendor"}, _COMPANY, iterates=True),
        Kind.EMPLOYEE: Listing("EmployeeQuery", {"EmployeeRet": "employee"}),
        Kind.OTHER_NAME: Listing("OtherNameQuery", {"OtherNameRet": "other_name"}, _COMPANY),
        Kind.ITEM: Listing("ItemQuery", _ITEMS, _ITEM_DETAILS, iterates=True),
        Kind.TAX_CODE: Listing(
            "ItemQuery",
            _TAX_ITEMS,
            {"rate": "TaxRate", "description": "ItemDesc", "parts": "ItemSalesTaxRef/ListID"},
            iterates=True,
        ),
        Kind.ACCOUNT: Listing("AccountQuery", {"AccountRet": "account"}, {"account_type": "AccountType"}),
        Kind.TERMS: Listing(
            "TermsQuery",
            {"StandardTermsRet": "days", "DateDrivenTermsRet": "day_of_month"},
            {"days": "StdDueDays", "day_of_month": "DayOfMonthDue"},
        ),
        Kind.TAX_STATUS: Listing("SalesTaxCodeQuery", {"SalesTaxCodeRet": "tax_status"}, {"taxable": "IsTaxable"}),
        Kind.CLASS: Listing("ClassQuery", {"ClassRet": "class"}),
        Kind.REP: Listing(
            "SalesRepQuery", {"SalesRepRet": "rep"}, {"person": "SalesRepEntityRef/FullName"}, name="Initial"
        ),
        Kind.MESSAGE: Listing("CustomerMsgQuery", {"CustomerMsgRet": "message"}),
        Kind.SHIP_METHOD: Listing("ShipMethodQuery", {"ShipMethodRet": "ship_method"}),
        # a template has no full name, no page and no record of its deletion: the list is small and read whole
        Kind.TEMPLATE: Listing("TemplateQuery", {"TemplateRet": "template"}, {"form": "TemplateType"}),
    }
)
"""Every list that is read, by kind. Kind.TAX_CODE is the sales-tax item, Kind.TAX_STATUS the Tax/Non code."""


@cache
def wanted_elements(kind: Kind, query: str | None = None) -> tuple[str, ...]:
    """The top elements to ask for: those that we read and that an entry of this list may have. `query`: the one that
    reads a part of the list, where it is not the list's own."""
    listing = LISTINGS[kind]
    paths = [path for text in listing.details.values() for path in text.split("|")]
    tops = [path.partition("/")[0] for path in paths]
    read = ["ListID", "TimeModified", "EditSequence", listing.name, "FullName", "IsActive", "ParentRef", *tops]
    answer = {ret.name: ret for ret in facts.elements(facts.message(f"{query or listing.query}Rs"))}
    held = {
        child.name
        for name in listing.rets
        if isinstance(ret := answer.get(name), facts.Group)
        for child in facts.elements(ret)
    }
    return tuple(name for name in dict.fromkeys([*read, *listing.also]) if name in held)


def list_entry(kind: Kind, ret: etree._Element) -> Entry | None:
    """An entry of a list as read, or None for an element that is not of this list."""
    listing = LISTINGS[kind]
    sort = listing.rets.get(str(ret.tag))
    books_id = reader.text(ret, "ListID")
    if sort is None or not books_id:
        return None
    details = {"type": sort}
    for name, paths in listing.details.items():
        value = _first(ret, paths)
        if value is not None:
            details[name] = value
    if "parts" in details:
        # a group names several taxes
        details["parts"] = ",".join([found.text for found in ret.iterfind(listing.details["parts"]) if found.text])
    return Entry(
        kind,
        books_id,
        name=reader.text(ret, "FullName") or reader.text(ret, listing.name),
        active=reader.flag(ret, "IsActive") is not False,
        revision=reader.text(ret, "EditSequence"),
        changed=reader.moment(ret, "TimeModified"),
        details=MappingProxyType(details),
    )


def _first(ret: etree._Element, paths: str) -> str | None:
    for path in paths.split("|"):
        value = reader.text(ret, path)
        if value is not None:
            return value
    return None


def _write(operation: Find, request_id: str, _books: Books) -> tuple[str, ...]:
    """By ListID or full name: both give inactive entries too, and neither may stand beside another filter."""
    content: dict[str, Content | None] = {"IncludeRetElement": list(wanted_elements(operation.kind))}
    if operation.books_id:
        content["ListID"] = [operation.books_id]
    elif operation.name:
        content["FullName"] = [operation.name]
    else:
        raise LocalProtocolError(f"a {operation.kind.value} is found by id or by name")
    return (writer.request(f"{LISTINGS[operation.kind].query}Rq", request_id, content),)


def _expects(operation: Find, request_id: str) -> Mapping[str, str]:
    return {request_id: f"{LISTINGS[operation.kind].query}Rs"}


def _read(operation: Find, answers: Answers) -> Outcome:
    (answer,) = answers.values()
    rets = list(answer.rets())
    entries = [list_entry(operation.kind, ret) for ret in rets]
    if rets and not any(entries) and all(another_list(operation.kind, ret) for ret in rets):
        # the name exists, as something of another kind: an item where a sales-tax item was asked for
        answer.element[:] = []
    return found(answer, entries, by_id=bool(operation.books_id))


def another_list(kind: Kind, ret: etree._Element) -> bool:
    """Whether the element belongs to another list that the same query reads."""
    query = LISTINGS[kind].query
    return any(
        str(ret.tag) in listing.rets for other, listing in LISTINGS.items() if other != kind and listing.query == query
    )


FIND = Message(_write, _expects, _read)
