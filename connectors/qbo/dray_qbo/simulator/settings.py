"""How a pretend company is set up: what its owner chose, and dials for what is not known of the real one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dray_qbo.simulator.checking import Record

CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
    "AUD": "Australian Dollar",
}


@dataclass(slots=True)
class Settings:
    """Choices of a company. The last group are dials for behaviour that Intuit has not documented."""

    name: str = "Larkspur Test Company"
    country: str = "US"
    zone: str = "America/Los_Angeles"
    user: str = "Robin Sample"
    subscription_ended: bool = False
    """Writes answer 6190: the trial or subscription is over."""
    book_close_date: str = ""
    """Transactions on or before this day answer 6210."""

    home_currency: str = "USD"
    multi_currency: bool = False
    exchange_rates: dict[str, str] = field(default_factory=dict)

    using_sales_tax: bool = True
    automated_tax: bool | None = True
    """True: automated sales tax; False: it waits to be set up; None: an older company without it, or not US."""
    tax_by_region: dict[str, str] = field(default_factory=dict)
    """Automated tax: CountrySubDivisionCode → Id of the TaxCode; a region that is not in it pays none."""
    default_tax_code: str = "2"

    custom_txn_numbers: bool = False
    warn_duplicate_numbers: bool = True
    class_per_txn: bool = False
    class_per_line: bool = True
    track_departments: bool = False
    allow_discount: bool = True
    allow_deposit: bool = False
    allow_shipping: bool = False
    payments_enabled: bool = False
    default_terms: str = ""
    """Id of the Term of an invoice whose customer has none; blank: due in 30 days, as the sandbox does it."""
    custom_fields: list[str] = field(default_factory=list)

    sent_number_kept: bool = False
    """Whether a DocNumber that is sent survives while custom numbers are off."""
    tax_override: bool = True
    """Whether TxnTaxDetail.TotalTax replaces what automated tax computes."""
    features_refused: bool = False
    """Whether a class, department or deposit is refused (5030) while its preference is off; else it is dropped."""
    inactive_code: int = 2500
    """What a reference to something inactive answers: 2500 or 610."""
    requestid_hours: int = 24
    """How long an answer is remembered under its requestid."""
    requestid_keeps_faults: bool = True
    """Whether a call that was refused is refused again under the same requestid, whatever its body says."""
    requestid_other_body: str = "replay"
    """The same requestid with another body: "replay" the first answer, or "refuse" with 600."""
    cdc_days: int = 30
    """How far back change data reaches; 0 is without end."""

    @property
    def american(self) -> bool:
        """Whether US sales tax applies: lines say TAX or NON."""
        return self.country == "US"

    def currency(self, code: str) -> Record:
        """A CurrencyRef."""
        return {"value": code, "name": CURRENCIES.get(code, code)}


def company_info(settings: Settings, realm_id: str, created: str) -> Record:
    """The entity CompanyInfo."""
    address = {"Id": "1", "Line1": "12 Harbour Row", "City": "Bayview", "CountrySubDivisionCode": "CA"}
    status = "TRIAL_OPT_OUT" if settings.subscription_ended else "PAID"
    return {
        "CompanyName": settings.name,
        "LegalName": settings.name,
        "CompanyAddr": {**address, "PostalCode": "94100", "Country": settings.country},
        "CustomerCommunicationAddr": {**address, "PostalCode": "94100"},
        "LegalAddr": {**address, "PostalCode": "94100"},
        "PrimaryPhone": {},
        "CompanyStartDate": created[:10],
        "FiscalYearStartMonth": "January",
        "Country": settings.country,
        "Email": {"Address": "books@larkspur.example"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Landscaping"},
            {"Name": "SubscriptionStatus", "Value": status},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "CompanyType", "Value": "Corporation"},
            {"Name": "RealmId", "Value": realm_id},
        ],
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "4",
        "MetaData": {"CreateTime": created, "LastUpdatedTime": created},
    }


def preferences(settings: Settings, created: str) -> Record:
    """The entity Preferences."""
    tax: Record = {"UsingSalesTax": settings.using_sales_tax}
    if settings.american and settings.automated_tax is not None:
        tax["PartnerTaxEnabled"] = settings.automated_tax
    if settings.using_sales_tax:
        tax["TaxGroupCodeRef"] = {"value": settings.default_tax_code}
    accounting: Record = {
        "UseAccountNumbers": False,
        "TrackDepartments": settings.track_departments,
        "ClassTrackingPerTxn": settings.class_per_txn,
        "ClassTrackingPerTxnLine": settings.class_per_line,
        "FirstMonthOfFiscalYear": "January",
        "TaxYearMonth": "January",
        "TaxForm": "6",
        "CustomerTerminology": "Customers",
    }
    if settings.book_close_date:
        accounting["BookCloseDate"] = settings.book_close_date
    return {
        "AccountingInfoPrefs": accounting,
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": False,
        },
        "SalesFormsPrefs": _sales_forms(settings),
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True},
        "TimeTrackingPrefs": {"UseServices": True, "BillCustomers": True, "WorkWeekStartDate": "Monday"},
        "TaxPrefs": tax,
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": settings.multi_currency,
            "HomeCurrency": {"value": settings.home_currency},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": _other(settings)},
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "4",
        "MetaData": {"CreateTime": created, "LastUpdatedTime": created},
    }


def _sales_forms(settings: Settings) -> Record:
    forms: Record = {
        "CustomTxnNumbers": settings.custom_txn_numbers,
        "AllowDeposit": settings.allow_deposit,
        "AllowDiscount": settings.allow_discount,
        "AllowEstimates": True,
        "AllowShipping": settings.allow_shipping,
        "AllowServiceDate": True,
        "ETransactionEnabledStatus": "Enabled" if settings.payments_enabled else "NotApplicable",
        "ETransactionAttachPDF": False,
        "ETransactionPaymentEnabled": settings.payments_enabled,
        "IPNSupportEnabled": False,
        "EmailCopyToCompany": False,
        "UsingPriceLevels": False,
        "UsingProgressInvoicing": False,
        "AutoApplyCredit": False,
    }
    if settings.default_terms:
        forms["DefaultTerms"] = {"value": settings.default_terms}
    if settings.custom_fields:
        used: list[dict[str, Any]] = [
            {"Name": f"SalesFormsPrefs.UseSalesCustom{at}", "Type": "BooleanType", "BooleanValue": True}
            for at, _ in enumerate(settings.custom_fields, 1)
        ]
        named: list[dict[str, Any]] = [
            {"Name": f"SalesFormsPrefs.SalesCustomName{at}", "Type": "StringType", "StringValue": name}
            for at, name in enumerate(settings.custom_fields, 1)
        ]
        forms["CustomField"] = [{"CustomField": used}, {"CustomField": named}]
    return forms


def _other(settings: Settings) -> list[dict[str, str]]:
    said = {
        "SalesFormsPrefs.DefaultCustomerMessage": "Thank you for your business.",
        "SalesFormsPrefs.DefaultItem": "1",
        "DTXCopyMemo": "false",
        "UncategorizedAssetAccountId": "32",
        "VendorAndPurchasesPrefs.UseCustomTxnNumbers": "false",
        "WarnDuplicateCheckNumber": "true",
        "WarnDuplicateInvoiceNumber": str(settings.warn_duplicate_numbers).lower(),
    }
    return [{"Name": name, "Value": value} for name, value in said.items()]
