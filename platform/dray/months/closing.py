"""Closing a month: every invoice in one list, kept as it was, with a seal by which it can be checked later.

The list is read in one transaction, so that its figures are those of one moment. The seal is made with the tenant's own
key over the month and the sha256 of the list: whoever changed a line cannot make a fitting one.
"""

from __future__ import annotations

import base64
import binascii
import csv
import datetime as dt
import hashlib
import io
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, tuple_
from sqlalchemy.orm import undefer

from dray.billing.models import BookState, Customer, Invoice, Posting, Receipt
from dray.billing.states import PostingState
from dray.months.figures import Month, Standing, last_of, reckonings, standing
from dray.months.models import MonthReport
from dray.spreadsheets import harmless
from dray_sdk import Money
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped
from dray_tenants.vault import SealBroken, Vault

PIECE: Final = 1_000
_PURPOSE: Final = "closed month"
SIGNED: Final = "signed"
"""The first cell of the last line of the file."""
HEADINGS: Final = (
    "number", "date", "customer", "currency", "total", "standing", "books_number", "books_id", "books_total",
    "total_in_the_books_now", "accepted_at", "not_sent_because",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """The list of a month, and what it adds up to."""

    month: Month
    text: str

    @property
    def digest(self) -> str:
        """The sha256 of the list."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def draw(session: Scoped, first: dt.date) -> Drawn:
    """Every invoice of the month as it stands now. Best read in a session of its own that only reads."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    sums: dict[tuple[str, Standing], list[int]] = defaultdict(lambda: [0, 0])
    for where, currency, minor, cells in _rows(session, first):
        sums[currency, where][0] += 1
        sums[currency, where][1] += minor
        writer.writerow(cells)
    month = Month(first, reckonings({key: (invoices, minor) for key, (invoices, minor) in sums.items()}))
    return Drawn(month, out.getvalue())


def close(session: Scoped, vault: Vault, drawn: Drawn, *, at: dt.datetime, actor: str) -> MonthReport:
    """Keep the list, sealed, in the caller's transaction; recorded in the audit with its digest."""
    signature = vault.seal(_tenant(session), _PURPOSE, _sealed(drawn.month.first, drawn.digest))
    report = MonthReport(
        public_id=new_public_id("mon"),
        month=drawn.month.first,
        made_at=at,
        made_by=actor,
        invoices=drawn.month.invoices,
        figures=drawn.month.as_json(),
        listing=zlib.compress(drawn.text.encode()),
        digest=drawn.digest,
        signature=base64.urlsafe_b64encode(signature).decode(),
    )
    session.add(report)
    session.flush()
    details = {"month": f"{drawn.month.first:%Y-%m}", "invoices": report.invoices, "sha256": report.digest}
    audit.record(session, actor=actor, action="month.closed", subject=report.public_id, now=at, details=details)
    return report


def file_of(report: MonthReport) -> bytes:
    """The CSV as it is given out: the list, and the seal in a last line of its own."""
    return zlib.decompress(report.listing) + f"{SIGNED},{report.signature}\r\n".encode()


def is_genuine(session: Scoped, vault: Vault, content: bytes) -> MonthReport | None:
    """The report that this file is, unchanged to the last character; None for any other file."""
    body, _, last = content.rstrip(b"\r\n").rpartition(b"\n")
    name, _, signature = last.decode(errors="replace").partition(",")
    if name != SIGNED:
        return None
    digest = hashlib.sha256(body + b"\n").hexdigest()
    report = session.scalar(select(MonthReport).where(MonthReport.signature == signature))
    if report is None or report.digest != digest:
        return None
    return report if _opens(session, vault, report) else None


def _opens(session: Scoped, vault: Vault, report: MonthReport) -> bool:
    try:
        sealed = base64.urlsafe_b64decode(report.signature)
        return vault.open(_tenant(session), _PURPOSE, sealed) == _sealed(report.month, report.digest)
    except (SealBroken, binascii.Error, ValueError):
        return False


def _sealed(first: dt.date, digest: str) -> bytes:
    return f"{first:%Y-%m} {digest}".encode()


def _tenant(session: Scoped) -> Tenant:
    statement = select(Tenant).where(Tenant.id == session.require_tenant()).options(undefer(Tenant.data_key))
    return session.scalars(statement).one()


def _rows(session: Scoped, first: dt.date) -> Iterator[tuple[Standing, str, int, list[str]]]:
    place: tuple[dt.date, int] | None = None
    while True:
        statement = _STATEMENT.where(Invoice.date >= first, Invoice.date <= last_of(first))
        if place is not None:
            statement = statement.where(tuple_(Invoice.date, Invoice.id) > tuple_(*place))
        rows = session.execute(statement.order_by(Invoice.date, Invoice.id).limit(PIECE)).all()
        for row in rows:
            where = standing(row.state, row.not_sent, row.kind)
            yield where, row.currency, row.total_minor, _cells(row, where)
        if len(rows) < PIECE:
            return
        place = (rows[-1].date, rows[-1].id)


_STATEMENT: Final = (
    select(
        Invoice.id,
        Invoice.number,
        Invoice.date,
        Customer.name,
        Invoice.currency,
        Invoice.total_minor,
        Invoice.state,
        Invoice.not_sent,
        BookState.kind,
        BookState.total_minor.label("now_minor"),
        Receipt.number.label("books_number"),
        Receipt.books_id,
        Receipt.total_minor.label("books_minor"),
        Receipt.accepted_at,
    )
    .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
    .outerjoin(
        Posting,
        (Posting.tenant_id == Invoice.tenant_id)
        & (Posting.invoice_id == Invoice.id)
        & (Posting.state == PostingState.POSTED.value),
    )
    .outerjoin(Receipt, (Receipt.tenant_id == Posting.tenant_id) & (Receipt.posting_id == Posting.id))
    .outerjoin(BookState, (BookState.tenant_id == Invoice.tenant_id) & (BookState.invoice_id == Invoice.id))
    .where(Invoice.deleted_at.is_(None))
)


def _cells(row: Any, where: Standing) -> list[str]:
    return [
        harmless(row.number),
        row.date.isoformat(),
        harmless(row.name),
        row.currency,
        str(Money(row.total_minor, row.currency)),
        where.value,
        harmless(row.books_number or ""),
        harmless(row.books_id or ""),
        _money(row.books_minor, row.currency),
        _money(row.now_minor, row.currency),
        row.accepted_at.isoformat() if row.accepted_at else "",
        harmless(row.not_sent or ""),
    ]


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Money(minor, currency))
