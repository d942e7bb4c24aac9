"""Payments as read: Dray writes none."""

from __future__ import annotations

from collections.abc import Iterator

from dray_qbo.v3.reader import Record, date, money, parts, text
from dray_sdk import Kind, Money, Payment, Reference


def payment(record: Record) -> Payment | None:
    """A payment, None where it lacks its id, day or amount."""
    books_id, day = text(record, "Id"), date(record, "TxnDate")
    currency = text(record, "CurrencyRef/value") or "USD"
    amount = money(record, "TotalAmt", currency)
    if books_id is None or day is None or amount is None:
        return None
    customer = text(record, "CustomerRef/value")
    return Payment(
        books_id,
        day,
        amount,
        customer=Reference(Kind.CUSTOMER, text(record, "CustomerRef/name") or "", books_id=customer)
        if customer
        else None,
        applied=tuple(_applied(record, currency)),
        revision=text(record, "SyncToken"),
    )


def _applied(record: Record, currency: str) -> Iterator[tuple[str, Money]]:
    for line in parts(record, "Line"):
        amount = money(line, "Amount", currency)
        for link in parts(line, "LinkedTxn"):
            invoice = text(link, "TxnId")
            if text(link, "TxnType") == "Invoice" and invoice and amount is not None:
                yield invoice, amount
