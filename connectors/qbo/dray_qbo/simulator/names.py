"""Customers, vendors and employees: one space of names and one sequence of ids."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dray_qbo.simulator.changes import differs, updated
from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company, in_order
from dray_qbo.simulator.defaults import DELETED, built_name, with_defaults
from dray_qbo.simulator.refusals import Refusal, business, missing, not_found

DEEPEST = 5


def create(company: Company, kind: str, sent: Record, now: datetime) -> Record:
    """Adds a name. Refusal 6080, 6240, 6180, 2220, 6000."""
    record = _whole(company, kind, sent)
    _number_addresses(company, record, {})
    return company.enter(kind, record, now)


def update(company: Company, kind: str, entity: Record, sent: Record, now: datetime, *, sparse: bool) -> Record:
    """Changes a name. Refusal as create, and 6220 where somebody with a balance is made inactive."""
    if "CurrencyRef" in sent and kind != "Employee":
        _same_currency(entity, sent)
    record = updated(kind, entity, {**sent, "CurrencyRef": entity.get("CurrencyRef")}, sparse=sparse)
    if kind == "Employee":
        record.pop("CurrencyRef", None)
    retiring = entity.get("Active", True) and record.get("Active") is False
    if retiring and Decimal(entity.get("Balance", 0)):
        raise Refusal(6220, "The name that you are trying to make inactive has an open balance.")
    _rename(record, entity, sent)
    record = _whole(company, kind, record)
    _number_addresses(company, record, entity)
    if not differs(entity, in_order(kind, record)):
        return entity
    changed = company.replace(kind, record, now)
    if kind == "Customer":
        _requalify_children(company, changed)
    return changed


def _whole(company: Company, kind: str, sent: Record) -> Record:
    record = {name: held for name, held in sent.items() if held is not None}
    if kind == "Employee" and not (record.get("GivenName") or record.get("FamilyName")):
        raise missing("GivenName or FamilyName")
    if not record.get("DisplayName"):
        record["DisplayName"] = built_name(record)
    if not record["DisplayName"].strip():
        raise Refusal(
            6080, "Title, GivenName, MiddleName, FamilyName, DisplayName, Suffix - one of these must be non-empty"
        )
    _only_holder(company, kind, record)
    if kind == "Customer":
        _place(company, record)
    if kind != "Employee":
        _currency(company, record)
    return with_defaults(kind, record, company.settings)


def _only_holder(company: Company, kind: str, record: Record) -> None:
    holder = company.holder_of(kind, record["DisplayName"])
    if holder is None or holder == (kind, record.get("Id")):
        return
    raise Refusal(
        6240,
        "The name supplied already exists. : null",
        batch_detail="The name supplied already exists. : Another customer, vendor or employee is already using this "
        "name. Please use a different name.",
    )


def _rename(record: Record, entity: Record, sent: Record) -> None:
    """Who is made inactive makes room for another of the same name; who comes back has the old one again."""
    name = record.get("DisplayName") or ""
    active = record.get("Active", True)
    if not active and name and not name.endswith(DELETED):
        record["DisplayName"] = name + DELETED
    elif active and not entity.get("Active", True) and not sent.get("DisplayName"):
        record["DisplayName"] = name.removesuffix(DELETED)


def _place(company: Company, record: Record) -> None:
    """FullyQualifiedName and Level under the parent."""
    record["FullyQualifiedName"] = record["DisplayName"]
    record.pop("Level", None)
    parent = record.get("ParentRef")
    if parent is None:
        return
    if parent["value"] == record.get("Id"):
        raise Refusal(900, "The same object can't be the parent or child of itself.", "ParentRef")
    above = company.find("Customer", parent["value"])
    if above is None:
        raise not_found("Names", parent["value"])
    level = int(above.get("Level", 0)) + 1
    if level >= DEEPEST:
        raise Refusal(6180, f"Review the number of nested customers. You can nest up to {DEEPEST} levels.")
    record["FullyQualifiedName"] = f"{above['FullyQualifiedName']}:{record['DisplayName']}"
    record["Level"] = level


def _requalify_children(company: Company, entity: Record) -> None:
    for child in company.all("Customer"):
        if child.get("ParentRef", {}).get("value") == entity["Id"]:
            child["FullyQualifiedName"] = f"{entity['FullyQualifiedName']}:{child['DisplayName']}"
            child["Level"] = int(entity.get("Level", 0)) + 1
            _requalify_children(company, child)


def _currency(company: Company, record: Record) -> None:
    settings = company.settings
    code = record.get("CurrencyRef", {}).get("value", settings.home_currency)
    if code != settings.home_currency and not settings.multi_currency:
        raise business("Multi Currency should be enabled to perform this operation.")
    if code != settings.home_currency and code not in settings.exchange_rates:
        raise Refusal(2220, f"The specified currency type is invalid. Supplied value:{code}", "CurrencyRef")
    record["CurrencyRef"] = settings.currency(code)


def _same_currency(entity: Record, sent: Record) -> None:
    wanted = sent["CurrencyRef"]
    if wanted is not None and wanted["value"] != entity["CurrencyRef"]["value"]:
        raise business("You can't change the currency of this name after it has been created.")


def _number_addresses(company: Company, record: Record, entity: Record) -> None:
    for name in ("BillAddr", "ShipAddr", "PrimaryAddr"):
        if record.get(name):
            old = entity.get(name, {})
            record[name] = {"Id": old.get("Id") or str(company.count("Addresses") + 100), **record[name]}
