"""Invoices that stand under the wrong entry of the books because a link was wrong: a list that ticks itself off.

Nothing that was posted is ever changed from here. Whoever keeps the books moves each invoice there, or voids or deletes
it; when it is looked up again, the books show that, and its line is ticked. What the books do not show (which item a
line has) a person ticks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import Select, exists, func, insert, or_, select, update

from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.models import Customer, Invoice, InvoiceLine, Item
from dray.billing.names import folded
from dray.billing.posting_models import Posting
from dray.billing.receipt_models import Receipt
from dray.billing.states import PostingState
from dray.connections import due
from dray.connections.links import Key
from dray.connections.models import Connection
from dray.twin.models import Misplaced
from dray_sdk import Absent, Entry, Found, Kind, Outcome
from dray_tenants.scope import Scoped


class Done(StrEnum):
    """How one was put right: another customer has it there, it is voided, it is deleted, or a person says so."""

    MOVED = "moved"
    VOIDED = "voided"
    DELETED = "deleted"
    BY_HAND = "by_hand"


LOOKED_AT: Final = 5_000
"""How many of the newest receipts are looked through for what was posted under an item, term, class or the like, of
which no index tells. Customers are found whole."""

SHOWN: Final = 200

_HEADER: Final[Mapping[Kind, Any]] = {
    Kind.TERMS: Invoice.terms,
    Kind.CLASS: Invoice.accounting_class,
    Kind.DEPARTMENT: Invoice.department,
    Kind.REP: Invoice.rep,
    Kind.TAX_CODE: Invoice.tax_code,
}
_LINE: Final[Mapping[Kind, Any]] = {Kind.ITEM: InvoiceLine.item, Kind.CLASS: InvoiceLine.accounting_class}


@dataclass(frozen=True, slots=True)
class Left:
    """What a person changed: the key and what it was linked to until then."""

    connection: Connection
    key: Key
    name: str
    books_id: str
    books_name: str


def note(session: Scoped, left: Left, at: dt.datetime) -> int:
    """Write down what these books took under the link that a person has just changed; how many are new. In the caller's
    transaction. A line that was ticked when the same thing stood wrong before is open again."""
    found = _posted_under(session, left)
    if not found:
        return 0
    where = {"connection_id": left.connection.id, "kind": left.key.kind.value, "key": left.key.value}
    known = {
        key
        for some in pieces(found)
        for key in session.scalars(
            select(Misplaced.invoice_id).where(*_of(left.connection.id, left.key), Misplaced.invoice_id.in_(some))
        )
    }
    now = {"books_id": left.books_id, "books_name": left.books_name, "noted_at": at}
    for some in pieces(sorted(known)):
        again = update(Misplaced).where(*_of(left.connection.id, left.key), Misplaced.invoice_id.in_(some))
        values = again.values(done=None, done_at=None, done_by=None, **now)
        session.execute(values, execution_options=NO_SYNC)
    fresh = [{**where, **now, "invoice_id": key} for key in found if key not in known]
    if fresh:
        session.execute(insert(Misplaced), fresh)
    return len(fresh)


def settle(session: Scoped, connection_id: int, seen: Mapping[int, Outcome], at: dt.datetime) -> int:
    """Tick what the books show to be put right: invoice id → what they answered. How many were ticked."""
    ticked = 0
    for some in pieces(list(seen)):
        rows = session.execute(
            select(Misplaced.id, Misplaced.invoice_id, Misplaced.kind, Misplaced.books_id).where(
                Misplaced.connection_id == connection_id, Misplaced.invoice_id.in_(some), Misplaced.done.is_(None)
            )
        ).all()
        for key, invoice_id, kind, books_id in rows:
            done = shown(Kind(kind), books_id, seen[invoice_id])
            if done is not None:
                values = update(Misplaced).where(Misplaced.id == key).values(done=done.value, done_at=at)
                session.execute(values, execution_options=NO_SYNC)
                ticked += 1
    return ticked


def shown(kind: Kind, books_id: str, outcome: Outcome) -> Done | None:
    """What an answer about one invoice shows; None while it stands where it stood. Pure."""
    match outcome:
        case Absent():
            return Done.DELETED
        case Found((Entry() as entry,)):
            if entry.total is not None and not entry.total.minor:
                return Done.VOIDED
            there = entry.customer.books_id if entry.customer is not None else None
            if kind is Kind.CUSTOMER and there not in (None, books_id):
                return Done.MOVED
            return None
        case _:
            return None


def tick(session: Scoped, line: int, connection_id: int, *, at: dt.datetime, actor: str) -> bool:
    """A person says that it is put right (`line` is the row's id). False where it was ticked already, or is no more."""
    values = (
        update(Misplaced)
        .where(Misplaced.id == line, Misplaced.connection_id == connection_id, Misplaced.done.is_(None))
        .values(done=Done.BY_HAND.value, done_at=at, done_by=actor)
    )
    return bool(cast(Any, session.execute(values, execution_options=NO_SYNC)).rowcount)


def look_again(session: Scoped, connection_id: int, at: dt.datetime) -> int:
    """Have the next exchange look up every invoice that still waits; how many."""
    ids = session.scalars(waiting(connection_id).distinct()).all()
    for some in pieces(ids):
        asked = update(Receipt).where(Receipt.invoice_id.in_(some)).values(wanted_at=at)
        session.execute(asked, execution_options=NO_SYNC)
    due.mark_due(session, connection_id, at)
    return len(ids)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, with the invoice that it is about."""

    id: int
    public_id: str
    number: str
    customer: str
    kind: Kind
    ours: str
    books_name: str
    done: Done | None
    done_at: dt.datetime | None
    done_by: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The lines to show, what waits first, and how many wait and are done in all."""

    lines: Sequence[Line]
    waiting: int
    done: int


def listed(session: Scoped, connection_id: int, key: Key | None = None) -> Listed:
    """The connection's list, or the part of it that is about one of ours."""
    mine = _of(connection_id, key) if key is not None else (Misplaced.connection_id == connection_id,)
    counted: dict[bool, int] = dict(
        session.execute(
            select(Misplaced.done.is_not(None), func.count()).where(*mine).group_by(Misplaced.done.is_not(None))
        ).all()
    )
    rows = session.execute(
        select(Misplaced, Invoice.public_id, Invoice.number, Customer.name)
        .join(Invoice, (Invoice.tenant_id == Misplaced.tenant_id) & (Invoice.id == Misplaced.invoice_id))
        .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
        .where(*mine)
        .order_by(Misplaced.done.is_not(None), Misplaced.id.desc())
        .limit(SHOWN)
    )
    lines = [
        Line(
            row.id,
            public_id,
            number,
            customer,
            Kind(row.kind),
            customer if row.kind == Kind.CUSTOMER.value else row.key,
            row.books_name,
            Done(row.done) if row.done else None,
            row.done_at,
            row.done_by or "",
        )
        for row, public_id, number, customer in rows
    ]
    return Listed(lines, counted.get(False, 0), counted.get(True, 0))


def waiting(connection_id: int) -> Select[int]:
    """The invoices that wait in this connection's list."""
    return select(Misplaced.invoice_id).where(Misplaced.connection_id == connection_id, Misplaced.done.is_(None))


def _of(connection_id: int, key: Key) -> tuple[Any, ...]:
    return Misplaced.connection_id == connection_id, Misplaced.kind == key.kind.value, Misplaced.key == key.value


def _posted_under(session: Scoped, left: Left) -> list[int]:
    """Invoices that these books took and that name the thing, the newest first."""
    posted = (
        select(Receipt.id, Receipt.invoice_id)
        .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
        .where(Posting.connection_id == left.connection.id, Posting.state == PostingState.POSTED.value)
    )
    if left.connection.bound_at is not None:
        posted = posted.where(Receipt.accepted_at >= left.connection.bound_at)
    if left.key.kind is Kind.CUSTOMER:
        ours = select(Customer.id).where(Customer.public_id == left.key.value).scalar_subquery()
        theirs = posted.join(
            Invoice, (Invoice.tenant_id == Receipt.tenant_id) & (Invoice.id == Receipt.invoice_id)
        ).where(Invoice.customer_id == ours)
        return [invoice_id for _, invoice_id in session.execute(theirs.order_by(Receipt.id.desc()))]
    newest = session.execute(posted.order_by(Receipt.accepted_at.desc(), Receipt.id.desc()).limit(LOOKED_AT)).all()
    found: list[int] = []
    spellings = _spellings(session, left)
    for some in pieces([invoice_id for _, invoice_id in newest]):
        found += session.scalars(select(Invoice.id).where(Invoice.id.in_(some), or_(*_names(left.key.kind, spellings))))
    return found


def _spellings(session: Scoped, left: Left) -> set[str]:
    """How documents may have spelled it. Its key is a folded name, or, of an item that billing knows, our id."""
    item = session.scalar(select(Item.name).where(Item.public_id == left.key.value))
    return {left.name, left.key.value, *([item, folded(item)] if item else [])}


def _names(kind: Kind, spellings: set[str]) -> list[Any]:
    wanted = {each.casefold() for each in spellings}
    conditions: list[Any] = []
    if kind in _HEADER:
        conditions.append(func.lower(_HEADER[kind]).in_(wanted))
    if kind in _LINE:
        conditions.append(
            exists().where(
                InvoiceLine.tenant_id == Invoice.tenant_id,
                InvoiceLine.invoice_id == Invoice.id,
                func.lower(_LINE[kind]).in_(wanted),
            )
        )
    return conditions
