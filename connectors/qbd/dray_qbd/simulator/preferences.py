"""What a company file and its QuickBooks are set to, and how Host, Company and Preferences queries show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Invented personal data. It reaches the server in the first sendRequestXML of every session, exactly as a real EIN
# would; a test that greps logs, transcripts and pages for these proves that they are dropped.
CANARY_EIN = "98-7654321"
CANARY_SSN = "987-65-4329"
CANARY_STREET = "1 Canary Lane"

VERSIONS = (
    *("1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", "5.0", "6.0", "7.0", "8.0", "9.0"),
    *("10.0", "11.0", "12.0", "13.0", "14.0", "15.0", "16.0", "17.0"),
)


@dataclass(slots=True)
class Settings:
    """The dials of a company file and of the QuickBooks that opens it.

    `closing_date` is YYYY-MM-DD or None. `path` is the file's full Windows path. `max_version` is the newest qbXML that
    this QuickBooks reads.
    """

    path: str = r"C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\Larkspur.qbw"
    product: str = "QuickBooks Enterprise Solutions 2024"
    product_version: str = "34.0"
    country: str = "US"
    max_version: str = "16.0"
    file_mode: str = "SingleUser"
    is_sample: bool = False
    automatic_login: bool = False
    sales_tax: bool = True
    class_tracking: bool = True
    account_numbers: bool = False
    multicurrency: bool = False
    price_levels: bool = True
    closing_date: str | None = None
    ein: str = CANARY_EIN
    ssn: str = CANARY_SSN
    street: str = CANARY_STREET

    @property
    def versions(self) -> Sequence[str]:
        """The qbXML versions that this QuickBooks reads, oldest first."""
        return VERSIONS[: VERSIONS.index(self.max_version) + 1]


def host(settings: Settings) -> dict[str, Any]:
    """HostRet."""
    major, minor = settings.product_version.split(".")
    return {
        "ProductName": settings.product,
        "MajorVersion": major,
        "MinorVersion": minor,
        "Country": settings.country,
        "SupportedQBXMLVersion": list(settings.versions),
        "IsAutomaticLogin": _flag(settings.automatic_login),
        "QBFileMode": settings.file_mode,
    }


def company(name: str, settings: Settings, stamps: list[dict[str, Any]]) -> dict[str, Any]:
    """CompanyRet, with the personal data that a real one has. `stamps` are the custom fields to show."""
    address = {"Addr1": settings.street, "City": "Springfield", "State": "IL", "PostalCode": "62701", "Country": "US"}
    return {
        "IsSampleCompany": _flag(settings.is_sample),
        "CompanyName": name,
        "LegalCompanyName": name,
        "Address": address,
        "AddressBlock": {"Addr1": settings.street, "Addr2": "Springfield, IL 62701"},
        "LegalAddress": address,
        "Phone": "555-0100",
        "Email": "books@example.com",
        "FirstMonthFiscalYear": "January",
        "FirstMonthIncomeTaxYear": "January",
        "CompanyType": "ProfessionalServices",
        "EIN": settings.ein,
        "SSN": settings.ssn,
        "TaxForm": "Form1120",
        "AccountantCopy": {"AccountantCopyExists": "false"},
        "DataExtRet": stamps,
    }


def preferences(settings: Settings, references: dict[str, str]) -> dict[str, Any]:
    """PreferencesRet. `references` are the ListIDs of what it refers to, by element name."""
    shown: dict[str, Any] = {
        "AccountingPreferences": {
            "IsUsingAccountNumbers": _flag(settings.account_numbers),
            "IsRequiringAccounts": "true",
            "IsUsingClassTracking": _flag(settings.class_tracking),
            "IsUsingAuditTrail": "true",
            "IsAssigningJournalEntryNumbers": "true",
        },
        "FinanceChargePreferences": {
            "AnnualInterestRate": "0.00",
            "MinFinanceCharge": "0.00",
            "GracePeriod": "0",
            "IsAssessingForOverdueCharges": "false",
            "CalculateChargesFrom": "DueDate",
            "IsMarkedToBePrinted": "false",
        },
        "JobsAndEstimatesPreferences": {
            "IsUsingEstimates": "true",
            "IsUsingProgressInvoicing": "false",
            "IsPrintingItemsWithZeroAmounts": "false",
        },
        "MultiCurrencyPreferences": {"IsMultiCurrencyOn": _flag(settings.multicurrency)},
        "MultiLocationInventoryPreferences": {
            "IsMultiLocationInventoryAvailable": "false",
            "IsMultiLocationInventoryEnabled": "false",
        },
        "PurchasesAndVendorsPreferences": {
            "IsUsingInventory": "false",
            "DaysBillsAreDue": "10",
            "IsAutomaticallyUsingDiscounts": "false",
        },
        "ReportsPreferences": {"AgingReportBasis": "AgeFromDueDate", "SummaryReportBasis": "Accrual"},
        "SalesAndCustomersPreferences": {
            "IsTrackingReimbursedExpensesAsIncome": "false",
            "IsAutoApplyingPayments": "true",
            "PriceLevels": {"IsUsingPriceLevels": _flag(settings.price_levels), "IsRoundingSalesPriceUp": "true"},
        },
        "TimeTrackingPreferences": {"FirstDayOfWeek": "Monday"},
        "CurrentAppAccessRights": {
            "IsAutomaticLoginAllowed": _flag(settings.automatic_login),
            "IsPersonalDataAccessAllowed": "false",
        },
    }
    if settings.closing_date:
        shown["AccountingPreferences"]["ClosingDate"] = settings.closing_date
    if settings.multicurrency and "HomeCurrencyRef" in references:
        shown["MultiCurrencyPreferences"]["HomeCurrencyRef"] = {"ListID": references["HomeCurrencyRef"]}
    if settings.sales_tax:
        shown["SalesTaxPreferences"] = {
            "PaySalesTax": "Monthly",
            **{name: {"ListID": references[name]} for name in TAX_REFERENCES if name in references},
        }
    return shown


TAX_REFERENCES = ("DefaultItemSalesTaxRef", "DefaultTaxableSalesTaxCodeRef", "DefaultNonTaxableSalesTaxCodeRef")


def _flag(value: bool) -> str:
    return "true" if value else "false"
