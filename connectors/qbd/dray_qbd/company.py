"""What the open company file says about itself, read from host, company and preferences. Pure.

The Web Connector hands this over with the first sendRequestXML of a session (QBWC Programmer's Guide, sendRequestXML);
the same three queries answer `Identify`. Tax numbers, addresses and everything else that nobody here needs stay behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from dray_qbd.qbxml import facts, reader
from dray_sdk import Books, RemoteProtocolError

TOO_OLD = (
    "QuickBooks 2014 or newer is needed: this QuickBooks does not know qbXML 13.0. "
    "Install a newer QuickBooks on this computer and run the update again."
)
_NOT_SAID = "QuickBooks Company"
_COUNTRIES = {"UK": "GB", "OZ": "AU"}
_CURRENCY_OF = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD"}
# QuickBooks names a currency, it does not give the ISO code. The names are those of its built-in currency list.
_CURRENCIES = {
    "us dollar": "USD", "canadian dollar": "CAD", "british pound": "GBP", "british pound sterling": "GBP",
    "euro": "EUR", "australian dollar": "AUD", "new zealand dollar": "NZD", "mexican peso": "MXN",
    "japanese yen": "JPY", "swiss franc": "CHF", "swedish krona": "SEK", "norwegian krone": "NOK",
    "danish krone": "DKK", "chinese yuan renminbi": "CNY", "hong kong dollar": "HKD", "singapore dollar": "SGD",
    "indian rupee": "INR", "south african rand": "ZAR", "brazilian real": "BRL", "israeli shekel": "ILS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """The books, the computer that holds the Web Connector's lock on them, and whether they know qbXML 13.0."""

    books: Books
    machine: str | None
    new_enough: bool


def read_company(body: bytes, place: str | None = None) -> Company:
    """Read the three answers. RemoteProtocolError where they do not name a company.

    `Books.id` is the stamped FileID in lower case without braces. Preferences that are known: sales_tax,
    class_tracking, multicurrency, account_numbers, accounts_required, automatic_login (each "on" or "off"),
    taxable_code, nontaxable_code, tax_item (names; with `_id` behind them their ListIDs), file_mode, owner_id,
    accountant_copy, dividing_date. The first three are always there.
    """
    return company_of((answer.element for answer in reader.read(body).answers), place)


def company_of(answers: Iterable[etree._Element], place: str | None = None) -> Company:
    """The company from its …QueryRs elements."""
    found = {str(ret.tag): ret for answer in answers for ret in answer.iterchildren(etree.Element)}
    company = found.get("CompanyRet")
    if company is None:
        raise RemoteProtocolError("the answer does not say which company file is open")
    host = found.get("HostRet", company)
    preferences = found.get("PreferencesRet")
    versions = [version.text or "" for version in host.iterfind("SupportedQBXMLVersion")]
    country = reader.text(host, "Country")
    country = _COUNTRIES.get(country, country) if country else None
    stamps = _stamps(company)
    books = Books(
        name=reader.text(company, "CompanyName") or reader.text(company, "LegalCompanyName") or _NOT_SAID,
        id=reader.guid(stamps.get("FileID", ("", ""))[1]),
        place=place or None,
        edition=reader.text(host, "ProductName"),
        country=country,
        protocol=max(versions, key=_number, default=None),
        currency=_home_currency(preferences, country),
        closing_date=None if preferences is None else reader.date(preferences, "AccountingPreferences/ClosingDate"),
        sample=reader.flag(company, "IsSampleCompany") is True,
        preferences=MappingProxyType(_preferences(preferences, host, company, stamps)),
    )
    return Company(books, _machine(stamps), facts.VERSION in versions or not versions)


def _stamps(company: etree._Element) -> dict[str, tuple[str, str]]:
    """FileID and AppLock as the Web Connector wrote them: name → (owner, value)."""
    return {
        ret.findtext("DataExtName") or "": (ret.findtext("OwnerID") or "", ret.findtext("DataExtValue") or "")
        for ret in company.iterfind("DataExtRet")
    }


def _machine(stamps: Mapping[str, tuple[str, str]]) -> str | None:
    """The computer's name out of LOCKED:<name>:<ticks>."""
    lock = stamps.get("AppLock", ("", ""))[1]
    if not lock.startswith("LOCKED:"):
        return None
    return lock.removeprefix("LOCKED:").rpartition(":")[0] or None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _home_currency(preferences: etree._Element | None, country: str | None) -> str | None:
    if preferences is not None:
        name = reader.text(preferences, "MultiCurrencyPreferences/HomeCurrencyRef/FullName")
        if name:
            return currency_code(name)
    return _CURRENCY_OF.get(country or "")


def currency_code(name: str) -> str | None:
    """The ISO code of a currency that QuickBooks names, or None for one that nobody here knows."""
    return _CURRENCIES.get(name.casefold())


# preference → path of a yes or no in PreferencesRet
_SWITCHES = {
    "class_tracking": "AccountingPreferences/IsUsingClassTracking",
    "multicurrency": "MultiCurrencyPreferences/IsMultiCurrencyOn",
    "account_numbers": "AccountingPreferences/IsUsingAccountNumbers",
    "accounts_required": "AccountingPreferences/IsRequiringAccounts",
    "automatic_login": "CurrentAppAccessRights/IsAutomaticLoginAllowed",
}
_ALWAYS = ("class_tracking", "multicurrency")
_TAX_DEFAULTS = {
    "taxable_code": "DefaultTaxableSalesTaxCodeRef",
    "nontaxable_code": "DefaultNonTaxableSalesTaxCodeRef",
    "tax_item": "DefaultItemSalesTaxRef",
}


def _preferences(
    preferences: etree._Element | None,
    host: etree._Element,
    company: etree._Element,
    stamps: Mapping[str, tuple[str, str]],
) -> dict[str, str]:
    found: dict[str, str] = {}
    if preferences is not None:
        for name, path in _SWITCHES.items():
            on = reader.flag(preferences, path)
            if on is not None or name in _ALWAYS:
                found[name] = "on" if on else "off"
        # the group is there only while sales tax is on (qbXML Onscreen Reference, PreferencesRet)
        tax = preferences.find("SalesTaxPreferences")
        found["sales_tax"] = "off" if tax is None else "on"
        if tax is not None:
            for name, path in _TAX_DEFAULTS.items():
                found[name] = reader.text(tax, f"{path}/FullName") or ""
                found[f"{name}_id"] = reader.text(tax, f"{path}/ListID") or ""
    found["file_mode"] = reader.text(host, "QBFileMode") or ""
    found["owner_id"] = reader.guid(stamps.get("FileID", ("", ""))[0]) or ""
    if reader.flag(company, "AccountantCopy/AccountantCopyExists"):
        found["accountant_copy"] = "on"
        found["dividing_date"] = reader.text(company, "AccountantCopy/DividingDate") or ""
    return {name: value for name, value in found.items() if value}
