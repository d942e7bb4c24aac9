"""Where in our record the fault lies that QuickBooks Online describes by a code or by its own name of a field."""

from __future__ import annotations

from collections.abc import Mapping

_HEADER = {
    "DocNumber": "number", "TxnDate": "date", "DueDate": "due_date", "ShipDate": "ship_date", "CustomerRef": "customer",
    "BillEmail": "email", "BillEmail.Address": "email", "BillAddr": "bill_to", "ShipAddr": "ship_to",
    "SalesTermRef": "terms", "ClassRef": "accounting_class", "DepartmentRef": "department", "CustomerMemo": "message",
    "CustomerMemo.value": "message", "PrivateNote": "memo", "CurrencyRef": "currency", "TxnTaxDetail": "tax_code",
    "Line": "lines", "Line.Amount": "lines", "Line.Description": "lines", "Line.ClassRef": "lines",
    "Line.SalesItemLineDetail.ItemRef": "lines", "Line.SalesItemLineDetail.TaxCodeRef": "lines",
    "CustomField": "custom",
}  # fmt: skip
INVOICE: Mapping[str, str | None] = {
    **_HEADER,
    "6140": "number", "6200": "date", "6210": "date", "6250": "customer", "2210": "email", "2220": "currency",
    "6070": "lines", "6100": "lines", "2250": "lines", "6440": "lines",
}  # fmt: skip
"""Code, or Intuit's name → a path into an invoice. QuickBooks Online does not say which line it means."""

CUSTOMER: Mapping[str, str | None] = {
    "DisplayName": "name", "CompanyName": "company_name", "PrimaryEmailAddr": "email",
    "PrimaryEmailAddr.Address": "email", "PrimaryPhone": "phone", "BillAddr": "billing_address",
    "ShipAddr": "shipping_address", "ParentRef": "parent", "CurrencyRef": "currency",
    "6240": "name", "6080": "name", "6180": "parent", "700": "parent", "2210": "email",
}  # fmt: skip
"""Code, or Intuit's name → a path into a customer."""
