"""From rows to the JSON of answers. Several invoices cost as many queries as one."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from dray.billing.bulk import pieces
from dray.billing.models import Customer, Invoice, InvoiceLine, Receipt
from dray.billing.person_edits import as_problems
from dray.billing.states import EDITABLE, InvoiceState
from dray.connections.models import Connection
from dray_sdk import Money
from dray_tenants.scope import Scoped

_PARENT: Final = aliased(Customer)
_INVOICES: Final = (
    select(Invoice, Customer, _PARENT.name, Connection.public_id)
    .join(Customer, Customer.id == Invoice.customer_id)
    .outerjoin(_PARENT, _PARENT.id == Customer.parent_id)
    .outerjoin(Connection, Connection.id == Invoice.connection_id)
)
_TEXTS: Final = ("po_number", "terms", "rep", "department", "message", "memo", "tax_code", "service_location")


def invoices(session: Scoped, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Internal id → the invoice's JSON, for those that exist."""
    found: dict[int, dict[str, Any]] = {}
    for some in pieces(ids):
        lines = _lines(session, some)
        receipts = {row.invoice_id: row for row in session.scalars(select(Receipt).where(Receipt.invoice_id.in_(some)))}
        for row in session.execute(_INVOICES.where(Invoice.id.in_(some))):
            key = row[0].id
            found[key] = _invoice(row, lines.get(key, ()), receipts.get(key))
    return found


def customers(session: Scoped, rows: Sequence[Customer]) -> list[dict[str, Any]]:
    """The JSON of customers, in their order."""
    above = {row.parent_id for row in rows if row.parent_id is not None}
    names: dict[int, str] = {}
    for some in pieces(sorted(above)):
        names.update(session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(some))).all())
    return [
        {
            "id": row.public_id,
            "version": row.version,
            "external_id": row.external_id,
            "name": row.name,
            "parent": names.get(row.parent_id or 0),
            "company_name": row.company_name,
            "email": row.email,
            "phone": row.phone,
            "billing_address": row.billing_address,
            "shipping_address": row.shipping_address,
            "created_at": moment(row.created_at),
            "updated_at": moment(row.updated_at),
        }
        for row in rows
    ]


def moment(at: dt.datetime) -> str:
    """A time in UTC, as RFC 3339 says it."""
    return at.isoformat().replace("+00:00", "Z")


def _lines(session: Scoped, ids: Sequence[int]) -> Mapping[int, Sequence[InvoiceLine]]:
    lines: defaultdict[int, list[InvoiceLine]] = defaultdict(list)
    for line in session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id.in_(ids))
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    ):
        lines[line.invoice_id].append(line)
    return lines


def _invoice(row: Row[*tuple[Any, ...]], lines: Sequence[InvoiceLine], receipt: Receipt | None) -> dict[str, Any]:
    invoice, customer, parent, connection = row
    currency = invoice.currency
    return {
        "id": invoice.public_id,
        "version": invoice.version,
        "external_id": invoice.external_id,
        "number": invoice.number,
        "state": invoice.state,
        "not_sent": None if invoice.not_sent is None else {"reason": invoice.not_sent},
        "customer": {
            "id": customer.public_id,
            "external_id": customer.external_id,
            "name": customer.name,
            "parent": parent,
            "email": invoice.email,
            "phone": invoice.phone,
            "billing_address": invoice.bill_to,
        },
        **{name: getattr(invoice, name) for name in _TEXTS},
        "class": invoice.accounting_class,
        "shipping_address": invoice.ship_to,
        "date": invoice.date.isoformat(),
        "due_date": _day(invoice.due_date),
        "ship_date": _day(invoice.ship_date),
        "currency": currency,
        "custom": invoice.custom or {},
        "lines": [_line(line, currency) for line in lines],
        "payments": invoice.payments or [],
        "subtotal": _money(invoice.subtotal_minor, currency),
        "tax": _money(invoice.tax_minor, currency),
        "total": _money(invoice.total_minor, currency),
        "connection": connection,
        "locked": InvoiceState(invoice.state) not in EDITABLE,
        "books": None if receipt is None else _books(receipt, currency),
        "problems": [*(invoice.problems or ()), *as_problems(invoice.person_edits)],
        "created_at": moment(invoice.created_at),
        "updated_at": moment(invoice.updated_at),
    }


def _line(line: InvoiceLine, currency: str) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "item": line.item,
        "description": line.description,
        "quantity": decimal(line.quantity),
        "unit_price": decimal(line.unit_price),
        "amount": _money(line.amount_minor, currency),
        "percent": decimal(line.percent),
        "taxable": line.taxable,
        "class": line.accounting_class,
        "service_date": _day(line.service_date),
        "custom": line.custom or {},
    }


def _books(receipt: Receipt, currency: str) -> dict[str, Any]:
    return {
        "id": receipt.books_id,
        "number": receipt.number,
        "total": _money(receipt.total_minor, currency),
        "tax": _money(receipt.tax_minor, currency),
        "balance": _money(receipt.balance_minor, currency),
        "accepted_at": moment(receipt.accepted_at),
    }


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else str(Money(minor, currency))


def decimal(value: Decimal | None) -> str | None:
    """As text, without the zeros that a column of five places adds: 2.50000 is 2.5."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
