"""Every entity and part that the pretend QuickBooks Online knows, and what its table is called in its messages."""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbo.simulator import facts_lists, facts_sales
from dray_qbo.simulator.facts_notation import HEAD, Shape, anything, part, text

COMPANY_INFO: Shape = {
    "CompanyName": text(1024),
    "LegalName": text(1024),
    "CompanyAddr": part("PhysicalAddress"),
    "CustomerCommunicationAddr": part("PhysicalAddress"),
    "LegalAddr": part("PhysicalAddress"),
    "PrimaryPhone": part("TelephoneNumber"),
    "CompanyStartDate": anything(),
    "FiscalYearStartMonth": text(),
    "Country": text(),
    "Email": part("EmailAddress"),
    "WebAddr": part("WebSiteAddress"),
    "SupportedLanguages": text(),
    "NameValue": anything(),
    **HEAD,
}

SHAPES: Mapping[str, Shape] = {
    **facts_lists.PARTS,
    **facts_sales.PARTS,
    "ShipMethodRef": facts_sales.SHIP_METHOD,
    **facts_lists.NAMES,
    **facts_lists.LISTS,
    **facts_sales.SALES,
    "CompanyInfo": COMPANY_INFO,
}

NAME_KINDS = tuple(facts_lists.NAMES)
LIST_KINDS = (*NAME_KINDS, *facts_lists.LISTS)
FORM_KINDS = ("Invoice", "CreditMemo", "SalesReceipt", "Estimate")
TRANSACTION_KINDS = (*FORM_KINDS, "Payment")
KINDS = (*LIST_KINDS, *TRANSACTION_KINDS)

# By the lower-case word of the path and of a query.
BY_WORD: Mapping[str, str] = {kind.lower(): kind for kind in (*KINDS, "CompanyInfo", "Preferences")}

# One sequence of ids for each table: customers, vendors and employees share one, all transactions another.
TABLES: Mapping[str, str] = {
    **dict.fromkeys(NAME_KINDS, "Names"),
    **dict.fromkeys(TRANSACTION_KINDS, "Transactions"),
    "Item": "Items",
    "Account": "Accounts",
    "Term": "Terms",
    "Class": "Klasses",
    "Department": "Depts",
    "TaxCode": "TaxCodes",
    "TaxRate": "TaxRates",
}

VOIDABLE = ("Invoice", "CreditMemo", "SalesReceipt", "Payment")
