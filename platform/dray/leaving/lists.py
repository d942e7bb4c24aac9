"""What an export holds: every table of the company as JSON lines, and what people open most as CSV.

Reading is by id, a few thousand rows at a time, in transactions that only read. What is left out is named with its
reason; a table that is in neither place fails a test.
"""

from __future__ import annotations

import csv
import datetime as dt
import enum
import io
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Table, and_, func, select
from sqlalchemy.orm import aliased

from dray.billing.models import Customer, Invoice, InvoiceLine, Posting, Receipt
from dray.billing.states import PostingState
from dray.connections.models import Connection, Link
from dray.spreadsheets import harmless
from dray_sdk import Money
from dray_tenants.database import Base
from dray_tenants.models import Membership, User
from dray_tenants.scope import Scoped
from dray_tenants.statements import TENANT_OWNED

PIECE: Final = 2_000
FIRST: Final = "invoices"
"""The list that is written first."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "secrets": "sealed secrets, which leave the vault for nobody",
    "oauth_grants": "logins to your books, which end when you leave",
    "sync_batches": "bytes on their way to your books, sealed, dropped once they are settled",
    "transcripts": "technical records of calls, without what is secret; dropped after 30 days",
    "observed_calls": "what was seen while a connection was set up; dropped after some days",
    "twin_entries": "a copy of the lists of your books; the books have them",
    "twin_lists": "how far that copy was read",
    "invoice_words": "the search index of the invoices",
    "state_counts": "counts of the invoices",
    "tallies": "counts for the charts",
    "idempotency_keys": "keys by which a repeated request is known, for a day",
    "api_budgets": "counts of requests, for a minute",
    "import_pieces": "files that you sent; dropped after 30 days",
    "import_rows": "rows of files that you sent; dropped after 30 days",
    "exports": "this export",
    "export_parts": "this export",
}
"""Table → why no export holds it."""

_UNSAID: Final = frozenset({"tenant_id", "ticket_hash", "fence"})
"""Columns that say nothing outside of this database."""

_BYTES: Final[Mapping[tuple[str, str], Callable[[bytes], Any]]] = {
    ("postings", "document"): lambda stored: json.loads(zlib.decompress(stored)),
    ("month_reports", "listing"): lambda stored: zlib.decompress(stored).decode(),
}
"""How bytes are written; all others as hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list: the text of a file, the id of the last row, how many rows; none when the list is over."""

    text: str
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class List:
    """One list of an export. `read(session, after)` gives the rows whose id is greater; `count` how many there are."""

    name: str
    form: str
    read: Callable[[Scoped, int], Page]
    count: Callable[[Scoped], int]

    def file(self, part: int) -> str:
        """What its file of this number is called."""
        return f"{self.name}-{part:05}.{self.form}"


def lists() -> Sequence[List]:
    """All of them, in the order in which they are written."""
    return (
        List(FIRST, "csv", _invoices, _count_of(Invoice)),
        List("customers", "csv", _customers, _count_of(Customer)),
        List("names-in-the-books", "csv", _names, _count_of(Link)),
        List("people", "csv", _people, lambda session: len(_members(session, 0))),
        *(_of_table(table) for table in tables()),
    )


def tables() -> Sequence[Table]:
    """The company's tables that an export holds."""
    every = Base.metadata.sorted_tables
    return [table for table in every if table.info.get(TENANT_OWNED) and table.name not in LEFT_OUT]


def _of_table(table: Table) -> List:
    columns = [column for column in table.columns if column.name not in _UNSAID]
    option = {"unscoped_sql": "an export names its company in the statement"}

    def read(session: Scoped, after: int) -> Page:
        mine = and_(table.c.tenant_id == session.require_tenant(), table.c.id > after)
        statement = select(*columns).where(mine).order_by(table.c.id).limit(PIECE)
        rows = session.execute(statement, execution_options=option).mappings().all()
        lines = [
            json.dumps({name: _plain(table.name, name, value) for name, value in row.items()}, ensure_ascii=False)
            for row in rows
        ]
        return Page("".join(f"{line}\n" for line in lines), rows[-1]["id"] if rows else after, len(rows))

    def count(session: Scoped) -> int:
        statement = select(func.count()).select_from(table).where(table.c.tenant_id == session.require_tenant())
        return int(session.scalar(statement, execution_options=option) or 0)

    return List(f"data/{table.name}", "jsonl", read, count)


def _plain(table: str, column: str, value: Any) -> Any:
    match value:
        case bytes():
            return _BYTES.get((table, column), bytes.hex)(value)
        case dt.datetime() | dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case enum.Enum():
            return value.value
    return value


def _count_of(mapped: Any) -> Callable[[Scoped], int]:
    return lambda session: int(session.scalar(select(func.count()).select_from(mapped)) or 0)


_INVOICE: Final = (
    "id", "number", "state", "not_sent", "customer_id", "customer_name", "date", "due_date", "currency", "po_number",
    "terms", "memo", "tax", "total", "kind", "item", "description", "quantity", "unit_price", "amount", "taxable",
    "class", "service_date", "connection", "books_id", "books_number", "books_total", "accepted_at",
)  # fmt: skip


def _invoices(session: Scoped, after: int) -> Page:
    """One row for each line, as an import takes them, with what the books call the invoice."""
    posted = and_(
        Posting.tenant_id == Invoice.tenant_id,
        Posting.invoice_id == Invoice.id,
        Posting.state == PostingState.POSTED.value,
    )
    statement = (
        select(Invoice, Customer.public_id, Customer.name, Connection.name, Receipt)
        .join(Customer, and_(Customer.tenant_id == Invoice.tenant_id, Customer.id == Invoice.customer_id))
        .outerjoin(Connection, and_(Connection.tenant_id == Invoice.tenant_id, Connection.id == Invoice.connection_id))
        .outerjoin(Posting, posted)
        .outerjoin(Receipt, and_(Receipt.tenant_id == Posting.tenant_id, Receipt.posting_id == Posting.id))
        .where(Invoice.id > after, Invoice.deleted_at.is_(None))
        .order_by(Invoice.id)
        .limit(PIECE)
    )
    found = session.execute(statement).all()
    if not found:
        return Page("", after, 0)
    of = (InvoiceLine.invoice_id > after, InvoiceLine.invoice_id <= found[-1][0].id)
    lines: dict[int, list[InvoiceLine]] = {}
    for line in session.scalars(select(InvoiceLine).where(*of).order_by(InvoiceLine.invoice_id, InvoiceLine.position)):
        lines.setdefault(line.invoice_id, []).append(line)
    rows = [
        [*_head(*row[:3]), *_line(line, row[0].currency), *_there(row[3], row[4], row[0].currency)]
        for row in found
        for line in lines.get(row[0].id, [None])
    ]
    return Page(_csv(_INVOICE, rows), found[-1][0].id, len(found))


def _head(invoice: Invoice, customer_id: str, customer: str) -> list[Any]:
    money = invoice.currency
    return [
        invoice.public_id, invoice.number, invoice.state, invoice.not_sent, customer_id, customer, invoice.date,
        invoice.due_date, money, invoice.po_number, invoice.terms, invoice.memo, _money(invoice.tax_minor, money),
        _money(invoice.total_minor, money),
    ]  # fmt: skip


def _line(line: InvoiceLine | None, currency: str) -> list[Any]:
    if line is None:
        return [None] * 9
    return [
        line.kind, line.item, line.description, line.quantity, line.unit_price, _money(line.amount_minor, currency),
        line.taxable, line.accounting_class, line.service_date,
    ]  # fmt: skip


def _there(connection: str | None, receipt: Receipt | None, currency: str) -> list[Any]:
    if receipt is None:
        return [connection, None, None, None, None]
    return [connection, receipt.books_id, receipt.number, _money(receipt.total_minor, currency), receipt.accepted_at]


def _customers(session: Scoped, after: int) -> Page:
    parent = aliased(Customer)
    statement = (
        select(Customer, parent.public_id)
        .outerjoin(parent, and_(parent.tenant_id == Customer.tenant_id, parent.id == Customer.parent_id))
        .where(Customer.id > after)
        .order_by(Customer.id)
        .limit(PIECE)
    )
    found = session.execute(statement).all()
    parts = ("line1", "line2", "line3", "line4", "line5", "city", "region", "postal_code", "country")
    rows = [
        [
            row.public_id,
            row.external_id,
            above,
            row.name,
            row.company_name,
            row.email,
            row.phone,
            *((row.billing_address or {}).get(part) for part in parts),
        ]
        for row, above in found
    ]
    headings = (
        "id",
        "external_id",
        "parent_id",
        "name",
        "company_name",
        "email",
        "phone",
        *(f"bill_{p}" for p in parts),
    )
    return Page(_csv(headings, rows), found[-1][0].id if found else after, len(found))


def _names(session: Scoped, after: int) -> Page:
    """What the books call our customers, items and the rest, with their ids there."""
    statement = (
        select(Link.id, Connection.name, Link.kind, Link.key, Link.name, Link.state, Link.books_id, Link.books_name)
        .join(Connection, and_(Connection.tenant_id == Link.tenant_id, Connection.id == Link.connection_id))
        .where(Link.id > after)
        .order_by(Link.id)
        .limit(PIECE)
    )
    found = session.execute(statement).all()
    headings = ("connection", "kind", "id", "name", "state", "books_id", "books_name")
    return Page(_csv(headings, [row[1:] for row in found]), found[-1][0] if found else after, len(found))


def _people(session: Scoped, after: int) -> Page:
    found = _members(session, after)
    rows = [row[1:] for row in found]
    return Page(_csv(("email", "name", "role", "since"), rows), found[-1][0] if found else after, len(found))


def _members(session: Scoped, after: int) -> Sequence[Any]:
    statement = (
        select(Membership.id, User.email, User.name, Membership.role, Membership.created_at)
        .join(User, User.id == Membership.user_id)
        .where(Membership.tenant_id == session.require_tenant(), Membership.id > after)
        .order_by(Membership.id)
        .limit(PIECE)
    )
    return session.execute(statement).all()


def _csv(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    """A cell that a spreadsheet takes for a text and not for a formula; a figure stays a figure."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return harmless(value)
    return str(_plain("", "", value))


def _money(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Decimal(str(Money(minor, currency)))
