"""Which company this is: what CompanyInfo and Preferences say of it. Addresses, tax numbers and everything else that
nobody here needs stay behind."""

from __future__ import annotations

import re
from types import MappingProxyType

from dray_qbo.v3.reader import Record, date, flag, part, parts, text
from dray_sdk import Books

MINOR_VERSION = "75"
"""The version of the interface that is spoken. Since August 2025 QuickBooks Online speaks no older one."""

# in three letters since autumn 2025, where it is not the company's own
_COUNTRIES = {"USA": "US", "CAN": "CA", "GBR": "GB", "UK": "GB", "AUS": "AU", "IND": "IN", "FRA": "FR", "NZL": "NZ"}
_CURRENCY_OF = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "IN": "INR", "FR": "EUR", "NZ": "NZD"}
_CUSTOM_FIELD = re.compile(r"SalesFormsPrefs\.(Use|)SalesCustom(?:Name|)([1-9])", re.ASCII)

# preference → path of a yes or no in Preferences
_SWITCHES = {
    "sales_tax": "TaxPrefs/UsingSalesTax",
    "multicurrency": "CurrencyPrefs/MultiCurrencyEnabled",
    "departments": "AccountingInfoPrefs/TrackDepartments",
    "discounts": "SalesFormsPrefs/AllowDiscount",
    "custom_numbers": "SalesFormsPrefs/CustomTxnNumbers",
}


def books_of(company: Record, preferences: Record, realm: str) -> Books | None:
    """The books, None where they do not even say their name. `realm` is the company that was asked.

    Preferences that are known: sales_tax, multicurrency, departments, discounts, custom_numbers, automated_tax (each
    "on" or "off", left out where the company does not say), class_tracking ("off", "invoice", "line" or "both"),
    custom_field_1 to _3 (their labels, where they are in use), subscription.
    """
    name = text(company, "CompanyName") or text(company, "LegalName")
    if name is None:
        return None
    country = text(company, "Country")
    country = _COUNTRIES.get(country, country) if country else None
    named = {text(pair, "Name"): text(pair, "Value") for pair in parts(company, "NameValue")}
    return Books(
        name=name,
        id=realm,
        edition=named.get("OfferingSku"),
        country=country,
        protocol=MINOR_VERSION,
        currency=text(preferences, "CurrencyPrefs/HomeCurrency/value") or _CURRENCY_OF.get(country or ""),
        closing_date=date(preferences, "AccountingInfoPrefs/BookCloseDate"),
        preferences=MappingProxyType({**_preferences(preferences), **_subscription(named.get("SubscriptionStatus"))}),
    )


def american(books: Books) -> bool:
    """Whether US sales tax applies; so it is assumed where the country is not known."""
    return books.country in (None, "US")


def custom_fields(books: Books) -> dict[str, str]:
    """The custom fields of the company's sales forms: label without regard to case → DefinitionId."""
    return {
        label.strip().casefold(): name.removeprefix("custom_field_")
        for name, label in books.preferences.items()
        if name.startswith("custom_field_")
    }


_PO_LABELS = frozenset({"ponumber", "po", "pono", "purchaseorder", "purchaseordernumber", "customerpo", "custpo"})


def po_field(books: Books) -> str | None:
    """The DefinitionId of the custom field that holds the customer's order number: an invoice of QuickBooks Online has
    no other place for it."""
    for label, definition in custom_fields(books).items():
        if "".join(char for char in label if char.isalnum()) in _PO_LABELS:
            return definition
    return None


def _subscription(status: str | None) -> dict[str, str]:
    return {"subscription": status.lower()} if status else {}


def _preferences(preferences: Record) -> dict[str, str]:
    found = {
        name: "on" if on else "off" for name, path in _SWITCHES.items() if (on := flag(preferences, path)) is not None
    }
    if preferences:
        # the member is there only in companies with automated sales tax, and says whether it was set up
        found["automated_tax"] = "on" if "PartnerTaxEnabled" in part(preferences, "TaxPrefs") else "off"
    tracking = _class_tracking(preferences)
    return {**found, **({"class_tracking": tracking} if tracking else {}), **_custom_fields(preferences)}


def _class_tracking(preferences: Record) -> str | None:
    by_invoice = flag(preferences, "AccountingInfoPrefs/ClassTrackingPerTxn")
    by_line = flag(preferences, "AccountingInfoPrefs/ClassTrackingPerTxnLine")
    if by_invoice is None and by_line is None:
        return None
    return {(True, True): "both", (True, False): "invoice", (False, True): "line"}.get(
        (by_invoice is True, by_line is True), "off"
    )


def _custom_fields(preferences: Record) -> dict[str, str]:
    """Labels of the fields in use. Whether one is, and what it is called, stand in two lists of the same form."""
    labels: dict[str, str] = {}
    unused: set[str] = set()
    for group in parts(part(preferences, "SalesFormsPrefs"), "CustomField"):
        for one in parts(group, "CustomField"):
            named = _CUSTOM_FIELD.fullmatch(text(one, "Name") or "")
            if named is None:
                continue
            label = text(one, "StringValue")
            if named[1] and flag(one, "BooleanValue") is False:
                unused.add(named[2])
            elif not named[1] and label:
                labels[named[2]] = label
    return {f"custom_field_{number}": label for number, label in sorted(labels.items()) if number not in unused}
