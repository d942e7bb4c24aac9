"""The file of what was paid in billing: for whoever receives these payments in the books."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flask import Response, request
from sqlalchemy import func, select

from dray.billing.models import Customer, Invoice
from dray.billing.receipt_models import BookState, Receipt
from dray.extensions import dray
from dray.spreadsheets import harmless
from dray.web.access import database, needs
from dray.web.invoices import listing
from dray.web.invoices.filters import Filter
from dray_sdk import Money
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped

HEADINGS = (
    "number", "customer", "date", "currency", "total", "paid_in_billing", "paid_on", "method", "reference", "state",
    "number_in_books", "open_in_books",
)  # fmt: skip


@needs(Right.VIEW)
def download() -> Response:
    """One row for each payment of the invoices that the filter matches, the newest invoice first. Figures of the books
    are those that were last read back; empty before."""
    wanted = replace(Filter.read(request.args), prepaid=True)
    answer = Response(_file(list(_rows(database(), wanted))), content_type="text/csv; charset=utf-8")
    day = f"{dray().clock():%Y-%m-%d}"
    answer.headers["Content-Disposition"] = f'attachment; filename="paid-in-billing-{day}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _rows(session: Scoped, wanted: Filter) -> Iterator[Sequence[str]]:
    """The cells of each payment, of at most `AT_MOST` invoices."""
    found = session.execute(
        select(
            Invoice.number, Customer.name, Invoice.date, Invoice.currency, Invoice.total_minor, Invoice.payments,
            Invoice.state, Receipt.number, func.coalesce(BookState.balance_minor, Receipt.balance_minor),
        )
        .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
        .outerjoin(Receipt, (Receipt.tenant_id == Invoice.tenant_id) & (Receipt.invoice_id == Invoice.id))
        .outerjoin(BookState, (BookState.tenant_id == Invoice.tenant_id) & (BookState.invoice_id == Invoice.id))
        .where(*listing.conditions(session, wanted))
        .order_by(Invoice.date.desc(), Invoice.id.desc())
        .limit(listing.AT_MOST)
    )  # fmt: skip
    for number, customer, date, currency, minor, payments, state, there, left in found:
        for payment in payments or ():
            yield (
                number, customer, date.isoformat(), currency, str(Money(minor, currency)), payment.get("amount") or "",
                payment.get("date") or "", payment.get("method") or "", payment.get("reference") or "", state,
                there or "", "" if left is None else str(Money(left, currency)),
            )  # fmt: skip


def _file(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()
