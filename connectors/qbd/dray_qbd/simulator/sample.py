"""The invented company that tests and demonstrations start from: (list, its element), parents before children."""

from __future__ import annotations

from typing import Any

_SALES = {"FullName": "Sales"}
_TAX, _NON = {"FullName": "Tax"}, {"FullName": "Non"}


def _account(name: str, kind: str) -> tuple[str, dict[str, Any]]:
    money = {"Balance": "0.00", "TotalBalance": "0.00"}
    return "Account", {"Name": name, "AccountType": kind, **money, "CashFlowClassification": "None"}


def _priced(kind: str, name: str, price: str, code: dict[str, str]) -> tuple[str, dict[str, Any]]:
    sale = {"Desc": name, "Price": price, "AccountRef": dict(_SALES)}
    return kind, {"Name": name, "SalesTaxCodeRef": dict(code), "SalesOrPurchase": sale}


def customer(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """One more customer, who owes nothing yet."""
    money = {"Balance": "0.00", "TotalBalance": "0.00"}
    return "Customer", {"Name": name, **more, **money, "JobStatus": "None"}


def item(name: str) -> tuple[str, dict[str, Any]]:
    """One more service that the company sells, without a price of its own."""
    return _priced("ItemService", name, "0.00", _NON)


def vendor(name: str) -> tuple[str, dict[str, Any]]:
    """One more vendor, whose name no customer can have."""
    return "Vendor", {"Name": name, "CompanyName": name, "Balance": "0.00"}


LISTS: tuple[tuple[str, dict[str, Any]], ...] = (
    _account("Accounts Receivable", "AccountsReceivable"),
    _account("Undeposited Funds", "OtherCurrentAsset"),
    _account("Sales", "Income"),
    _account("Sales Discounts", "Income"),
    _account("Sales Tax Payable", "OtherCurrentLiability"),
    ("Currency", {"Name": "US Dollar", "CurrencyCode": "USD", "IsUserDefinedCurrency": "false", "ExchangeRate": "1"}),
    ("Currency", {"Name": "Euro", "CurrencyCode": "EUR", "IsUserDefinedCurrency": "false", "ExchangeRate": "1.1"}),
    ("SalesTaxCode", {"Name": "Tax", "IsTaxable": "true", "Desc": "Taxable Sales"}),
    ("SalesTaxCode", {"Name": "Non", "IsTaxable": "false", "Desc": "Non-Taxable Sales"}),
    (
        "Vendor",
        {"Name": "State Board of Equalization", "CompanyName": "State Board of Equalization", "Balance": "0.00"},
    ),
    vendor("Birch Supply"),
    ("Employee", {"Name": "Robin Sample", "FirstName": "Robin", "LastName": "Sample"}),
    ("OtherName", {"Name": "Petty Cash Box"}),
    ("SalesRep", {"Initial": "RS", "SalesRepEntityRef": {"FullName": "Robin Sample"}}),
    ("StandardTerms", {"Name": "Net 30", "StdDueDays": "30", "StdDiscountDays": "0", "DiscountPct": "0.00"}),
    ("StandardTerms", {"Name": "Due on receipt", "StdDueDays": "0", "StdDiscountDays": "0", "DiscountPct": "0.00"}),
    ("DateDrivenTerms", {"Name": "Due 15th", "DayOfMonthDue": "15", "DueNextMonthDays": "0"}),
    ("Class", {"Name": "East"}),
    ("Class", {"Name": "West"}),
    ("ShipMethod", {"Name": "UPS"}),
    ("CustomerMsg", {"Name": "Thank you for your business."}),
    ("PaymentMethod", {"Name": "Check", "PaymentMethodType": "Check"}),
    ("Template", {"Name": "Intuit Service Invoice", "TemplateType": "Invoice"}),
    ("Template", {"Name": "Custom Credit Memo", "TemplateType": "CreditMemo"}),
    (
        "ItemSalesTax",
        {
            "Name": "County Tax",
            "ItemDesc": "County sales tax",
            "TaxRate": "7.25",
            "TaxVendorRef": {"FullName": "State Board of Equalization"},
        },
    ),
    (
        "ItemSalesTax",
        {
            "Name": "City Tax",
            "ItemDesc": "City sales tax",
            "TaxRate": "1.5",
            "TaxVendorRef": {"FullName": "State Board of Equalization"},
        },
    ),
    (
        "ItemSalesTaxGroup",
        {
            "Name": "County and City",
            "ItemDesc": "Both",
            "ItemSalesTaxRef": [{"FullName": "County Tax"}, {"FullName": "City Tax"}],
        },
    ),
    _priced("ItemService", "Consulting", "150.00", _NON),
    _priced("ItemService", "Repair", "80.00", _TAX),
    _priced("ItemNonInventory", "Widget", "9.99", _TAX),
    _priced("ItemOtherCharge", "Shipping", "0.00", _NON),
    (
        "ItemDiscount",
        {
            "Name": "Discount",
            "ItemDesc": "Discount",
            "SalesTaxCodeRef": dict(_TAX),
            "DiscountRatePercent": "0.0",
            "AccountRef": {"FullName": "Sales Discounts"},
        },
    ),
    ("ItemSubtotal", {"Name": "Subtotal", "ItemDesc": "Subtotal"}),
    (
        "ItemGroup",
        {
            "Name": "Starter Kit",
            "ItemDesc": "Starter kit",
            "IsPrintItemsInGroup": "true",
            "ItemGroupLine": [
                {"ItemRef": {"FullName": "Widget"}, "Quantity": "2"},
                {"ItemRef": {"FullName": "Consulting"}, "Quantity": "1"},
            ],
        },
    ),
    customer(
        "Acme Corp",
        CompanyName="Acme Corp",
        BillAddress={"Addr1": "Acme Corp", "Addr2": "1 Main St", "City": "Springfield", "State": "IL"},
        Email="ap@acme.example",
        TermsRef={"FullName": "Net 30"},
        SalesTaxCodeRef=dict(_TAX),
        ItemSalesTaxRef={"FullName": "County Tax"},
    ),
    customer("Warehouse", ParentRef={"FullName": "Acme Corp"}),
    customer("Birch & Sons", CompanyName="Birch & Sons", SalesTaxCodeRef=dict(_NON)),
    customer("Closed Account", IsActive="false"),
)
