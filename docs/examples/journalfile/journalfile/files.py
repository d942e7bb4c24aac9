"""Invoices as the text of one file: a journal in CSV, or IIF. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from dray_sdk import Invoice, Line, LocalProtocolError, Money

RECEIVABLE, SALES, TAX = "Accounts Receivable", "Sales", "Sales Tax Payable"
COLUMNS = ("Journal", "Date", "Account", "Debit", "Credit", "Currency", "Name", "Description")


def csv_of(invoices: Sequence[Invoice]) -> str:
    """A journal. Text lines have neither debit nor credit."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for invoice in invoices:
        rows.writerow(_row(invoice, RECEIVABLE, invoice.total, invoice.memo or ""))
        for account, amount, text in _entries(invoice):
            rows.writerow(_row(invoice, account, amount and -amount, text))
    return out.getvalue()


def iif_of(invoices: Sequence[Invoice]) -> str:
    """Invoices as QuickBooks Desktop imports them: what is sold is negative (Intuit: "IIF Import Kit")."""
    fields = ("TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO")
    lines = [("!TRNS", *fields), ("!SPL", *fields), ("!ENDTRNS",)]
    for invoice in invoices:
        head = ("INVOICE", f"{invoice.date:%m/%d/%Y}")
        who, number = invoice.customer.name, invoice.number
        lines.append(("TRNS", *head, RECEIVABLE, who, str(invoice.total), number, invoice.memo or ""))
        for account, amount, text in _entries(invoice):
            lines.append(("SPL", *head, account, who, str(-amount if amount else 0), number, text))
        lines.append(("ENDTRNS",))
    return "".join("\t".join(line) + "\r\n" for line in lines)


FORMATS: Mapping[str, tuple[Callable[[Sequence[Invoice]], str], str]] = MappingProxyType(
    {"csv": (csv_of, "utf-8"), "iif": (iif_of, "cp1252")}
)
"""Format → what writes it, and the encoding of the file."""


def _entries(invoice: Invoice) -> Iterator[tuple[str, Money | None, str]]:
    """The other side of an invoice: account, amount, text."""
    for line in invoice.lines:
        yield _account(line), _amount(line), line.description or ""
    if invoice.tax is not None and invoice.tax.minor:
        yield TAX, invoice.tax, "Sales tax"


def _account(line: Line) -> str:
    return line.item.name if line.item else SALES


def _amount(line: Line) -> Money | None:
    if line.percent is not None and line.amount is None:
        raise LocalProtocolError("a file computes no discount in percent")
    return None if line.kind in ("text", "subtotal") else line.amount


def _row(invoice: Invoice, account: str, amount: Money | None, text: str) -> tuple[str, ...]:
    debit = str(amount) if amount is not None and amount.minor >= 0 else ""
    credit = str(-amount) if amount is not None and amount.minor < 0 else ""
    when, who = invoice.date.isoformat(), invoice.customer.name
    return (invoice.number, when, account, debit, credit, invoice.currency, who, text)
