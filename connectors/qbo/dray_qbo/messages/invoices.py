"""Invoices: adding one, voiding one, and what is read of one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from dray_qbo.company import american, custom_fields, po_field
from dray_qbo.messages.addresses import physical
from dray_qbo.messages.fields import INVOICE
from dray_qbo.messages.lines import line_contents
from dray_qbo.messages.message import Answered, Message, by_id, held
from dray_qbo.messages.written import written
from dray_qbo.v3.reader import Record, date, moment, money, text
from dray_qbo.v3.writer import Content
from dray_sdk import (
    Books,
    Create,
    Delivery,
    Entry,
    InDoubt,
    Invoice,
    Kind,
    LocalProtocolError,
    Outcome,
    Posted,
    Reference,
    Void,
)


def invoice_content(invoice: Invoice, books: Books) -> dict[str, object]:
    """What an invoice says, for a company whose preferences are known.

    E-mailing and printing are always said: what is absent is left to the company's habit. No tax is sent, only
    what it is worked out from. Nothing of ours stands in any field.
    """
    several = books.preferences.get("multicurrency") == "on"
    return {
        "CustomerRef": by_id(invoice.customer),
        "DocNumber": held(invoice.number),
        "TxnDate": invoice.date.isoformat(),
        "DueDate": invoice.due_date.isoformat() if invoice.due_date else None,
        "ShipDate": invoice.ship_date.isoformat() if invoice.ship_date else None,
        "CurrencyRef": {"value": invoice.currency} if several else None,
        "SalesTermRef": by_id(invoice.terms),
        "ClassRef": _class(invoice, books),
        "DepartmentRef": by_id(invoice.department),
        "BillEmail": {"Address": held(invoice.email)} if invoice.email else None,
        "BillAddr": physical(invoice.bill_to),
        "ShipAddr": physical(invoice.ship_to, invoice.service_location),
        "CustomField": _custom(invoice, books),
        "Line": line_contents(invoice, books),
        "GlobalTaxCalculation": _calculation(books),
        "TxnTaxDetail": _tax(invoice, books),
        "CustomerMemo": {"value": held(invoice.message)} if invoice.message else None,
        "PrivateNote": held(invoice.memo),
        "EmailStatus": "NeedToSend" if invoice.delivery is Delivery.EMAILED else "NotSet",
        "PrintStatus": "NeedToPrint" if invoice.delivery is Delivery.PRINTED else "NotSet",
    }


def _class(invoice: Invoice, books: Books) -> Content | None:
    return None if books.preferences.get("class_tracking") == "line" else by_id(invoice.accounting_class)


def _custom(invoice: Invoice, books: Books) -> list[Content] | None:
    """The order number, and what else of ours has a field of its name there. What has none stays here: the judge says
    so before anything leaves."""
    fields = custom_fields(books)
    values = {fields[name.strip().casefold()]: value for name, value in invoice.custom.items() if carried(name, fields)}
    order = po_field(books)
    if invoice.po_number and order:
        values[order] = invoice.po_number
    return [
        {"DefinitionId": definition, "Type": "StringType", "StringValue": held(value)}
        for definition, value in sorted(values.items())
        if value
    ] or None


def carried(name: str, fields: Mapping[str, str]) -> bool:
    """Whether the company's sales forms have a custom field of that name."""
    return name.strip().casefold() in fields


def _calculation(books: Books) -> str | None:
    """Our amounts are without tax. A US company does not know the question."""
    if american(books):
        return None
    return "NotApplicable" if books.preferences.get("sales_tax") == "off" else "TaxExcluded"


def _tax(invoice: Invoice, books: Books) -> Content | None:
    """The sales tax of a US company that does not have it automated; automated sales tax works by the addresses."""
    off = books.preferences.get("sales_tax") == "off" or books.preferences.get("automated_tax") == "on"
    if invoice.tax_code is None or off or not american(books):
        return None
    return {"TxnTaxCodeRef": by_id(invoice.tax_code)}


def _write_create(operation: Create, bid: str, books: Books) -> Mapping[str, Content]:
    return {bid: {"operation": "create", "Invoice": invoice_content(cast(Invoice, operation.record), books)}}


def _read_create(operation: Create, answers: tuple[Answered, ...]) -> Outcome:
    invoice = cast(Invoice, operation.record)

    def posted(record: Record) -> Outcome:
        customer, day = text(record, "CustomerRef/value"), date(record, "TxnDate")
        # not the number: a company that numbers by itself gives its own
        if customer not in (None, invoice.customer.books_id) or day not in (None, invoice.date):
            return InDoubt(text=f"QuickBooks Online answered about another invoice: {text(record, 'DocNumber')}")
        return _posted(record, invoice.currency)

    return written(answers, "Invoice", posted, INVOICE)


def _write_void(operation: Void, bid: str, _books: Books) -> Mapping[str, Content]:
    if operation.kind is not Kind.INVOICE or operation.revision is None:
        raise LocalProtocolError("an invoice is voided by its id and the revision that was read")
    content = {"Id": operation.books_id, "SyncToken": operation.revision}
    return {bid: {"operation": "void", "Invoice": content}}


def _read_void(operation: Void, answers: tuple[Answered, ...]) -> Outcome:
    def posted(record: Record) -> Outcome:
        total = record.get("TotalAmt")
        if record["Id"] != operation.books_id or isinstance(total, bool) or total != 0:
            return InDoubt(text="QuickBooks Online gave the invoice back and did not void it")
        return _posted(record, "USD")

    return written(answers, "Invoice", posted, INVOICE)


def _posted(record: Record, currency: str) -> Posted:
    currency = text(record, "CurrencyRef/value") or currency
    return Posted(
        record["Id"],
        number=text(record, "DocNumber"),
        total=money(record, "TotalAmt", currency),
        tax=money(record, "TxnTaxDetail/TotalTax", currency),
        balance=money(record, "Balance", currency),
        revision=text(record, "SyncToken"),
    )


def transaction_entry(kind: Kind, record: Record, currency: str = "USD") -> Entry | None:
    """An invoice or a credit as read. `currency` holds where the books name none."""
    books_id = text(record, "Id")
    if books_id is None:
        return None
    currency = text(record, "CurrencyRef/value") or currency
    total = money(record, "TotalAmt", currency)
    voided = total is not None and not total.minor and (text(record, "PrivateNote") or "").startswith("Voided")
    customer = text(record, "CustomerRef/value")
    return Entry(
        kind,
        books_id,
        number=text(record, "DocNumber"),
        date=date(record, "TxnDate"),
        customer=Reference(Kind.CUSTOMER, text(record, "CustomerRef/name") or "", books_id=customer)
        if customer
        else None,
        total=total,
        tax=money(record, "TxnTaxDetail/TotalTax", currency),
        balance=money(record, "Balance", currency),
        revision=text(record, "SyncToken"),
        changed=moment(text(record, "MetaData/LastUpdatedTime")),
        details=MappingProxyType({"voided": "yes"} if voided else {}),
    )


CREATE = Message(_write_create, _read_create)
VOID = Message(_write_void, _read_void)
