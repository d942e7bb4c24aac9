"""Items, accounts, terms, classes and departments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from dray_qbo.simulator.changes import differs, updated
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company, in_order
from dray_qbo.simulator.defaults import DELETED, with_defaults
from dray_qbo.simulator.names import DEEPEST
from dray_qbo.simulator.refusals import Refusal, missing, not_found

_TREES: Mapping[str, str] = {
    "Item": "SubItem",
    "Account": "SubAccount",
    "Class": "SubClass",
    "Department": "SubDepartment",
}

_CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
_TYPE_OF_SUBTYPE = {
    "SalesOfProductIncome": "Income",
    "ServiceFeeIncome": "Income",
    "DiscountsRefundsGiven": "Income",
    "Checking": "Bank",
    "UndepositedFunds": "Other Current Asset",
    "AccountsReceivable": "Accounts Receivable",
    "SuppliesMaterialsCogs": "Cost of Goods Sold",
}
_NO_INCOME = {"Bank", "Accounts Receivable", "Accounts Payable", "Credit Card", "Fixed Asset"}


def create(company: Company, kind: str, sent: Record, now: datetime) -> Record:
    """Adds an element of a list. Refusal 2020, 2090, 2500, 6010, 6180, 6240, 6430."""
    return company.enter(kind, _whole(company, kind, sent), now)


def update(company: Company, kind: str, entity: Record, sent: Record, now: datetime, *, sparse: bool) -> Record:
    """Changes an element of a list. Refusal as create."""
    record = updated(kind, entity, sent, sparse=sparse)
    name = record.get("Name") or ""
    if record.get("Active") is False and name and not name.endswith(DELETED):
        record["Name"] = name + DELETED
    elif record.get("Active") and not entity.get("Active", True) and not sent.get("Name"):
        record["Name"] = name.removesuffix(DELETED)
    record = _whole(company, kind, record)
    return company.replace(kind, record, now) if differs(entity, in_order(kind, record)) else entity


def _whole(company: Company, kind: str, sent: Record) -> Record:
    record = {name: held for name, held in sent.items() if held is not None}
    if not record.get("Name"):
        raise missing("Name")
    _RULES.get(kind, _nothing)(company, record)
    if kind in _TREES:
        _place(company, kind, record)
    unique = record["FullyQualifiedName"] if kind in _TREES else record["Name"]
    holder = company.holder_of(kind, unique)
    if holder is not None and holder != (kind, record.get("Id")):
        raise Refusal(
            6240,
            f"The name supplied already exists. : Another {kind.lower()} is already using this name. "
            "Please use a different name.",
        )
    return with_defaults(kind, record, company.settings)


def _place(company: Company, kind: str, record: Record) -> None:
    record["FullyQualifiedName"] = record["Name"]
    parent = record.get("ParentRef")
    if parent is None:
        record[_TREES[kind]] = False
        if kind == "Item":
            record.pop("Level", None)
            record.pop("SubItem", None)
        return
    above = company.find(kind, parent["value"])
    if above is None:
        raise not_found(kind, parent["value"])
    depth = above["FullyQualifiedName"].count(":") + 1
    if parent["value"] == record.get("Id"):
        raise Refusal(900, "The same object can't be the parent or child of itself.", "ParentRef")
    if depth >= DEEPEST:
        raise Refusal(6180, f"Review the number of nested objects. You can nest up to {DEEPEST} levels.")
    record[_TREES[kind]] = True
    record["FullyQualifiedName"] = f"{above['FullyQualifiedName']}:{record['Name']}"
    if kind == "Item":
        record["Level"] = depth


def _item(company: Company, record: Record) -> None:
    kind = record.get("Type", "Service")
    if kind in {"Category", "Group"}:
        return
    account = record.get("IncomeAccountRef")
    if account is None:
        raise missing("IncomeAccountRef")
    found = company.find("Account", account["value"])
    if found is not None and found.get("AccountType") in _NO_INCOME:
        raise Refusal(6430, f"Invalid account type: {found['AccountType']}", "IncomeAccountRef")
    if kind == "Inventory":
        for needed in ("AssetAccountRef", "ExpenseAccountRef", "QtyOnHand", "InvStartDate"):
            if record.get(needed) is None:
                raise missing(needed)


def _account(_company: Company, record: Record) -> None:
    kind = record.get("AccountType") or _TYPE_OF_SUBTYPE.get(record.get("AccountSubType", ""))
    if not kind:
        raise Refusal(6010, "Either an Account.AccountType or an Account.AccountSubType must be specified")
    if kind not in _CLASSIFICATIONS:
        raise Refusal(2170, f"Enumeration value is invalid or not supported. Supplied value:{kind}", "AccountType")
    record["AccountType"] = kind
    record["Classification"] = _CLASSIFICATIONS[kind]


def _term(_company: Company, record: Record) -> None:
    ranges = {
        "DueDays": (0, 999),
        "DiscountDays": (0, 999),
        "DueNextMonthDays": (0, 999),
        "DiscountPercent": (0, 100),
        "DayOfMonthDue": (1, 31),
        "DiscountDayOfMonth": (0, 31),
    }
    for name, (low, high) in ranges.items():
        held = record.get(name)
        if held is not None and not low <= held <= high:
            raise Refusal(2090, f"Number value is not supported. Min:{low} Max:{high}. Supplied value:{held}", name)
    if record.get("Type") == "DATE_DRIVEN" and record.get("DayOfMonthDue") is None:
        raise missing("DayOfMonthDue")
    record.pop("Type", None)


def _nothing(_company: Company, _record: Record) -> None:
    pass


_RULES: Mapping[str, Callable[[Company, Record], None]] = {"Item": _item, "Account": _account, "Term": _term}
