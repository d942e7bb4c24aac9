"""What QuickBooks Online sets by itself on a new list entity, or on one whose full update leaves it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.settings import Settings

DELETED = " (deleted)"


def with_defaults(kind: str, record: Record, settings: Settings) -> Record:
    """The record with everything that it leaves open; what it says wins."""
    given = {name: value for name, value in record.items() if value is not None}
    return {**_DEFAULTS.get(kind, _plain)(given, settings), **given}


def built_name(record: Record) -> str:
    """A DisplayName made of the parts of a person's name."""
    parts = (record.get(part) for part in ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix"))
    return " ".join(part for part in parts if part)


def _customer(record: Record, settings: Settings) -> Record:
    name = record.get("DisplayName") or built_name(record)
    defaults: Record = {
        "Taxable": True,
        "Job": False,
        "BillWithParent": False,
        "Balance": 0,
        "BalanceWithJobs": 0,
        "CurrencyRef": settings.currency(settings.home_currency),
        "PreferredDeliveryMethod": "Print",
        "FullyQualifiedName": name,
        "DisplayName": name,
        "PrintOnCheckName": record.get("CompanyName") or name,
        "Active": True,
    }
    if settings.american and settings.using_sales_tax and record.get("Taxable", True):
        defaults["DefaultTaxCodeRef"] = {"value": settings.default_tax_code}
    return defaults


def _vendor(record: Record, settings: Settings) -> Record:
    name = record.get("DisplayName") or built_name(record)
    return {
        "Balance": 0,
        "Vendor1099": False,
        "CurrencyRef": settings.currency(settings.home_currency),
        "DisplayName": name,
        "PrintOnCheckName": record.get("CompanyName") or name,
        "Active": True,
    }


def _employee(record: Record, _settings: Settings) -> Record:
    name = record.get("DisplayName") or built_name(record)
    return {"BillableTime": False, "DisplayName": name, "PrintOnCheckName": name, "Active": True}


def _item(record: Record, _settings: Settings) -> Record:
    # The words of a Category end here: it has no price, account or tax of its own.
    if record.get("Type") == "Category":
        return {"Active": True}
    return {
        "Active": True,
        "Taxable": False,
        "UnitPrice": 0,
        "Type": "Service",
        "PurchaseCost": 0,
        "TrackQtyOnHand": False,
    }


def _account(_record: Record, settings: Settings) -> Record:
    return {
        "SubAccount": False,
        "Active": True,
        "CurrentBalance": 0,
        "CurrentBalanceWithSubAccounts": 0,
        "CurrencyRef": settings.currency(settings.home_currency),
    }


def _term(record: Record, _settings: Settings) -> Record:
    defaults: Record = {"Active": True, "DiscountPercent": 0}
    if "DayOfMonthDue" in record:
        return {**defaults, "Type": "DATE_DRIVEN", "DueNextMonthDays": 0}
    return {**defaults, "Type": "STANDARD", "DueDays": 0, "DiscountDays": 0}


def _class(_record: Record, _settings: Settings) -> Record:
    return {"SubClass": False, "Active": True}


def _plain(_record: Record, _settings: Settings) -> Record:
    return {}


_DEFAULTS: Mapping[str, Callable[[Record, Settings], Record]] = {
    "Customer": _customer,
    "Vendor": _vendor,
    "Employee": _employee,
    "Item": _item,
    "Account": _account,
    "Term": _term,
    "Class": _class,
    "Department": lambda _record, _settings: {"SubDepartment": False, "Active": True},
}
