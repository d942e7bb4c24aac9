"""The invented company that tests and demonstrations start from: (kind, its entity with its Id)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dray_qbo.simulator.checking import Record

Entry = tuple[str, Record]


def _account(identity: str, name: str, kind: str, sub: str, classification: str) -> Entry:
    return "Account", {
        "Id": identity,
        "Name": name,
        "SubAccount": False,
        "FullyQualifiedName": name,
        "Active": True,
        "Classification": classification,
        "AccountType": kind,
        "AccountSubType": sub,
        "CurrentBalance": 0,
        "CurrentBalanceWithSubAccounts": 0,
    }


def _item(identity: str, name: str, price: str, **more: Any) -> Entry:
    record = {"Id": identity, "Name": name, "Description": name, "Active": True, "FullyQualifiedName": name}
    given = {"Taxable": False, "UnitPrice": _number(price), "Type": "Service", "IncomeAccountRef": {"value": "1"}}
    return "Item", {**record, **given, "PurchaseCost": 0, "TrackQtyOnHand": False, **more}


def item(name: str) -> Entry:
    """One more service that the company sells, without a price of its own."""
    kind, record = _item("", name, "0")
    return kind, {key: held for key, held in record.items() if key != "Id"}


def vendor(name: str) -> Entry:
    """One more vendor, whose name no customer can have."""
    return "Vendor", {"DisplayName": name, "CompanyName": name}


def customer(name: str) -> Entry:
    """One more customer."""
    return "Customer", {"DisplayName": name}


def _customer(identity: str, name: str, **more: Any) -> Entry:
    return "Customer", {"Id": identity, "DisplayName": name, **more}


def _term(identity: str, name: str, **more: Any) -> Entry:
    return "Term", {"Id": identity, "Name": name, "Active": True, "Type": "STANDARD", "DiscountPercent": 0, **more}


def _class(identity: str, name: str) -> Entry:
    return "Class", {"Id": identity, "Name": name, "SubClass": False, "FullyQualifiedName": name, "Active": True}


def _rate(identity: str, name: str, percent: str) -> Entry:
    return "TaxRate", {
        "Id": identity,
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": _number(percent),
        "AgencyRef": {"value": "1"},
        "SpecialTaxType": "NONE",
        "DisplayType": "ReadOnly",
    }


def _code(identity: str, name: str, *rates: str, taxable: bool = True) -> Entry:
    details = [
        {"TaxRateRef": {"value": rate}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": at}
        for at, rate in enumerate(rates)
    ]
    return "TaxCode", {
        "Id": identity,
        "Name": name,
        "Description": name,
        "Active": True,
        "Hidden": False,
        "Taxable": taxable,
        "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def _number(text: str) -> Decimal | int:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


COMPANY: tuple[Entry, ...] = (
    _account("1", "Services", "Income", "ServiceFeeIncome", "Revenue"),
    _account("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset"),
    _account("35", "Checking", "Bank", "Checking", "Asset"),
    _account("79", "Sales of Product Income", "Income", "SalesOfProductIncome", "Revenue"),
    _account("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense"),
    _account("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", "Asset"),
    _account("86", "Discounts given", "Income", "DiscountsRefundsGiven", "Revenue"),
    _term("1", "Due on receipt", DueDays=0, DiscountDays=0),
    _term("2", "Net 15", DueDays=15, DiscountDays=0),
    _term("3", "Net 30", DueDays=30, DiscountDays=0),
    ("Term", {"Id": "5", "Name": "Due 15th", "Active": True, "Type": "DATE_DRIVEN", "DiscountPercent": 0}
        | {"DayOfMonthDue": 15, "DueNextMonthDays": 0}),
    _class("100", "East"),
    _class("101", "West"),
    ("Department", {"Id": "1", "Name": "Harbour", "SubDepartment": False, "FullyQualifiedName": "Harbour",
        "Active": True}),
    _item("1", "Services", "0"),
    _item("2", "Hours", "80"),
    _item("3", "Gravel", "22.5", Type="NonInventory", Taxable=True, IncomeAccountRef={"value": "79"}),
    _item("4", "Design", "75"),
    _item("5", "Fountain", "275", Type="NonInventory", Taxable=True, IncomeAccountRef={"value": "79"}),
    _item("6", "Retired Service", "10", Active=False),
    ("Item", {"Id": "7", "Name": "Garden", "Active": True, "FullyQualifiedName": "Garden", "Type": "Category"}),
    _customer("1", "Acme Gardens", CompanyName="Acme Gardens", Taxable=True, GivenName="Ada",
        PrimaryEmailAddr={"Address": "ada@acme.example"}, PrimaryPhone={"FreeFormNumber": "(555) 010-1001"},
        BillAddr={"Id": "2", "Line1": "1 Main St", "City": "Bayview", "CountrySubDivisionCode": "CA",
            "PostalCode": "94100"},
        ShipAddr={"Id": "2", "Line1": "1 Main St", "City": "Bayview", "CountrySubDivisionCode": "CA",
            "PostalCode": "94100"}),
    _customer("2", "Birch & Sons", CompanyName="Birch & Sons", Taxable=False, SalesTermRef={"value": "2"},
        BillAddr={"Id": "3", "Line1": "22 Mill Lane", "City": "Tucson", "CountrySubDivisionCode": "AZ",
            "PostalCode": "85700"}),
    _customer("3", "O'Dell's Nursery", Taxable=True),
    _customer("4", "Closed Shop (deleted)", Active=False),
    _customer("5", "Warehouse", ParentRef={"value": "1"}, Job=True, BillWithParent=True,
        Level=1, FullyQualifiedName="Acme Gardens:Warehouse"),
    ("Vendor", {"Id": "30", "DisplayName": "Birch Supply", "CompanyName": "Birch Supply"}),
    ("Vendor", {"Id": "31", "DisplayName": "Harbour Tools", "CompanyName": "Harbour Tools"}),
    ("Employee", {"Id": "54", "DisplayName": "Robin Sample", "GivenName": "Robin", "FamilyName": "Sample"}),
)  # fmt: skip

_AMERICAN_TAX: tuple[Entry, ...] = (
    _rate("3", "California", "8"),
    _rate("1", "Arizona State", "7.1"),
    _rate("2", "Tucson City", "2"),
    _code("2", "California", "3"),
    _code("3", "Tucson", "1", "2"),
)
_BRITISH_TAX: tuple[Entry, ...] = (
    _rate("10", "20.0% VAT", "20"),
    _rate("11", "5.0% VAT", "5"),
    _rate("12", "0.0% VAT", "0"),
    _code("2", "20.0% S", "10"),
    _code("3", "5.0% R", "11"),
    _code("4", "0.0% Z", "12"),
    _code("5", "Exempt", "12"),
    _code("6", "No VAT", taxable=False),
)
_CANADIAN_TAX: tuple[Entry, ...] = (
    _rate("10", "GST", "5"),
    _rate("11", "QST", "9.975"),
    _rate("12", "HST ON", "13"),
    _rate("13", "Exempt", "0"),
    _code("2", "HST ON", "12"),
    _code("3", "GST/QST QC", "10", "11"),
    _code("4", "GST", "10"),
    _code("5", "Exempt", "13"),
)
_AUSTRALIAN_TAX: tuple[Entry, ...] = (
    _rate("10", "GST", "10"),
    _rate("11", "GST free", "0"),
    _code("2", "GST", "10"),
    _code("3", "GST free", "11"),
)

# By country; what is not in it is taxed as Britain is.
TAXES: Mapping[str, tuple[Entry, ...]] = {
    "US": _AMERICAN_TAX,
    "GB": _BRITISH_TAX,
    "CA": _CANADIAN_TAX,
    "AU": _AUSTRALIAN_TAX,
}
REGIONS = {"CA": "2", "AZ": "3"}
CURRENCY_OF = {"US": "USD", "GB": "GBP", "CA": "CAD", "AU": "AUD"}


def taxes(country: str) -> tuple[Entry, ...]:
    """The tax rates and codes of a company there."""
    return TAXES.get(country, _BRITISH_TAX)
