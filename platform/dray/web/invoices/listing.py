"""The invoices page's own reading: one page of rows by keyset, and what a filter matches. Writes nothing."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select, tuple_

from dray.billing import finding
from dray.billing.models import Customer, Invoice
from dray.billing.posting_models import Posting
from dray.billing.receipt_models import Receipt
from dray.billing.send import Judge
from dray.billing.settings import settings_of
from dray.billing.states import InvoiceState
from dray.connections.models import Connection
from dray.web.invoices.filters import Filter
from dray.web.invoices.preflight import problems_now, without_a_carrier
from dray.web.words import SENDABLE
from dray_sdk.money import Money, places
from dray_tenants.scope import Scoped

PAGE: Final = 25
AT_MOST: Final = 10_000
"""How many invoices one press sends or takes back; a filter that matches more is worked off in several presses."""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One invoice in the list."""

    key: int
    public_id: str
    version: int
    number: str
    customer: str
    place: str
    date: dt.date
    total: Money
    state: str
    problems: Sequence[Mapping[str, Any]]
    not_sent: str = ""
    handed_out_at: dt.datetime | None = None
    not_before: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    books_number: str = ""
    warning: str = ""
    target: int | None = None
    """The key of the connection that it was sent to."""

    @property
    def seen_as(self) -> str:
        """The state that the page shows, which is "not_sent" for a marked invoice whatever else it is."""
        return "not_sent" if self.not_sent else self.state

    @property
    def may(self) -> str:
        """What the bulk bar can do with it: "send", "unpend" or nothing."""
        if self.not_sent:
            return ""
        if self.state in SENDABLE:
            return "send"
        return "unpend" if self.state == InvoiceState.PENDING_SYNC else ""

    @property
    def pick(self) -> str:
        """What its tick box sends: the id and the version that was looked at."""
        return f"{self.public_id}.{self.version}"

    @property
    def places(self) -> int:
        """Decimal places of its currency."""
        return places(self.total.currency)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, newest first. `newer` and `older` are the cursors of the neighbouring pages."""

    rows: Sequence[ListedRow]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class Matching:
    """What a filter matches: how many in all, how many of them can be sent or taken back, and the sums by currency."""

    invoices: int
    sendable: int
    pending: int
    sums: Sequence[Money]


def page(
    session: Scoped,
    wanted: Filter,
    *,
    judge: Judge,
    now: dt.datetime,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """The page that follows the invoice `after`, or comes before the invoice `before`; the first one otherwise.

    A cursor that names no invoice of this tenant gives the first page. Drafts carry the problems that `judge` finds.
    """
    here = _position(session, after or before)
    back = here is not None and bool(before) and not after
    place = tuple_(Invoice.date, Invoice.id)
    statement = _ROWS.where(*conditions(session, wanted))
    if here is not None:
        statement = statement.where(place > tuple_(*here) if back else place < tuple_(*here))
    order = (Invoice.date, Invoice.id) if back else (Invoice.date.desc(), Invoice.id.desc())
    found = list(session.execute(statement.order_by(*order).limit(size + 1)))
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    rows = _with_problems(session, _with_story(session, _named(session, found), now), judge)
    if not rows:
        return Page((), None, None)
    return Page(
        rows,
        newer=rows[0].public_id if (more if back else here is not None) else None,
        older=rows[-1].public_id if (back or more) else None,
    )


def matching(session: Scoped, wanted: Filter) -> Matching:
    """What the filter matches, counted over all of it: for "select all that match", when it is asked for."""
    kinds = (Invoice.state, Invoice.not_sent.is_not(None), Invoice.currency)
    counted = select(*kinds, func.count(), func.sum(Invoice.total_minor))
    statement = counted.where(*conditions(session, wanted)).group_by(*kinds)
    invoices = sendable = pending = 0
    sums: dict[str, int] = {}
    for state, not_sent, currency, number, minor in session.execute(statement):
        invoices += number
        sums[currency] = sums.get(currency, 0) + int(minor)
        if not not_sent:
            sendable += number if state in SENDABLE else 0
            pending += number if state == InvoiceState.PENDING_SYNC else 0
    return Matching(invoices, sendable, pending, [Money(minor, currency) for currency, minor in sorted(sums.items())])


def matching_ids(session: Scoped, wanted: Filter, states: Iterable[str]) -> dict[str, int]:
    """Public id → version of what the filter matches in these states, newest first, `AT_MOST` of them."""
    statement = (
        select(Invoice.public_id, Invoice.version)
        .where(*conditions(session, wanted), Invoice.state.in_(sorted(states)), Invoice.not_sent.is_(None))
        .order_by(Invoice.date.desc(), Invoice.id.desc())
        .limit(AT_MOST)
    )
    return dict(session.execute(statement).all())


_ROWS: Final = select(
    Invoice.id,
    Invoice.public_id,
    Invoice.version,
    Invoice.number,
    Invoice.customer_id,
    Invoice.service_location,
    Invoice.ship_to,
    Invoice.date,
    Invoice.total_minor,
    Invoice.currency,
    Invoice.state,
    Invoice.problems,
    Invoice.not_sent,
)
"""Without the customers: joined to them, SQLite may begin with the customers and sort everything."""


def conditions(session: Scoped, wanted: Filter) -> list[ColumnElement[bool]]:
    """What a filter asks of an invoice."""
    conditions: list[ColumnElement[bool]] = [Invoice.deleted_at.is_(None)]
    if wanted.state == "not_sent":
        conditions.append(Invoice.not_sent.is_not(None))
    elif wanted.state:
        conditions += [Invoice.state == wanted.state, Invoice.not_sent.is_(None)]
    if wanted.first:
        conditions.append(Invoice.date >= wanted.first)
    if wanted.last:
        conditions.append(Invoice.date <= wanted.last)
    if wanted.search:
        conditions.append(finding.search(session, wanted.search).condition)
    if wanted.prepaid:
        conditions.append(Invoice.payments.is_not(None))
    # Numbers and not subqueries, so that the indexes on them and the date give the order.
    if wanted.customer:
        customer = session.scalar(select(Customer.id).where(Customer.public_id == wanted.customer))
        conditions.append(Invoice.customer_id == (customer or 0))
    if wanted.connection:
        connection = session.scalar(select(Connection.id).where(Connection.public_id == wanted.connection))
        conditions.append(Invoice.connection_id == (connection or 0))
    if wanted.least is not None or wanted.most is not None:
        conditions += _totals(session, wanted)
    return conditions


def _totals(session: Scoped, wanted: Filter) -> list[ColumnElement[bool]]:
    """The bounds of the total, in the tenant's currency."""
    shift = places(settings_of(session).currency)
    bounds: list[ColumnElement[bool]] = []
    if wanted.least is not None:
        bounds.append(Invoice.total_minor >= math.ceil(wanted.least.scaleb(shift)))
    if wanted.most is not None:
        bounds.append(Invoice.total_minor <= math.floor(wanted.most.scaleb(shift)))
    return bounds


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the page of filters offers and says: the connections, and the name of the customer that is chosen."""

    connections: Sequence[tuple[str, str]]
    customer: str


def narrowing(session: Scoped, wanted: Filter) -> Narrowing:
    """What can be narrowed to, and what it is narrowed to, in words."""
    connections = session.execute(select(Connection.public_id, Connection.name).order_by(Connection.id).limit(50))
    name = ""
    if wanted.customer:
        name = session.scalar(select(Customer.name).where(Customer.public_id == wanted.customer)) or "nobody here"
    return Narrowing([(public_id, called) for public_id, called in connections], name)


def is_bounded(session: Scoped, wanted: Filter) -> bool:
    """Whether the search has more matches than are looked at."""
    return bool(wanted.search) and finding.search(session, wanted.search).bounded


def _position(session: Scoped, public_id: str) -> tuple[dt.date, int] | None:
    if not public_id:
        return None
    row = session.execute(select(Invoice.date, Invoice.id).where(Invoice.public_id == public_id)).one_or_none()
    return None if row is None else (row.date, row.id)


def _named(session: Scoped, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ListedRow]:
    wanted = {row.customer_id for row in rows}
    names = dict(session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(wanted))).all())
    return [
        ListedRow(
            key=row.id,
            public_id=row.public_id,
            version=row.version,
            number=row.number,
            customer=names[row.customer_id],
            place=row.service_location or (row.ship_to or {}).get("line1") or "",
            date=row.date,
            total=Money(row.total_minor, row.currency),
            state=row.state,
            problems=row.problems or (),
            not_sent=row.not_sent or "",
        )
        for row in rows
    ]


def _with_problems(session: Scoped, rows: Sequence[ListedRow], judge: Judge) -> Sequence[ListedRow]:
    """Drafts with what stands in their way now. What the books refused keeps the books' own reason."""
    drafts = [row.key for row in rows if row.state == InvoiceState.DRAFT and not row.not_sent]
    found = problems_now(session, drafts, judge) if drafts else {}
    return [replace(row, problems=found[row.key]) if row.key in found else row for row in rows]


def _with_story(session: Scoped, rows: Sequence[ListedRow], now: dt.datetime) -> Sequence[ListedRow]:
    """The rows with what their latest posting and its receipt say: one query for all of them."""
    ids = [row.key for row in rows if row.state not in SENDABLE]
    if not ids:
        return rows
    statement = (
        select(
            Posting.id,
            Posting.invoice_id,
            Posting.connection_id,
            Posting.handed_out_at,
            Posting.not_before,
            Receipt.accepted_at,
            Receipt.number,
            Receipt.warning,
        )
        .outerjoin(Receipt, Receipt.posting_id == Posting.id)
        .where(Posting.invoice_id.in_(ids))
    )
    # Sorted here: asked for in this order, SQLite reads every posting of the tenant instead of those of 25 invoices.
    rows_by_age = sorted(session.execute(statement), key=lambda row: row.id)
    latest = {row.invoice_id: row for row in rows_by_age}
    over = without_a_carrier(session, now) if any(row.state == InvoiceState.SENDING for row in rows) else frozenset()
    return [_told(row, latest[row.key], over) if row.key in latest else row for row in rows]


def _told(row: ListedRow, story: Row[*tuple[Any, ...]], over: frozenset[int]) -> ListedRow:
    unanswered = row.state == InvoiceState.SENDING and story.connection_id in over
    return replace(
        row,
        state=InvoiceState.CHECKING.value if unanswered else row.state,
        handed_out_at=story.handed_out_at,
        not_before=story.not_before,
        accepted_at=story.accepted_at,
        books_number=story.number or "",
        warning=story.warning or "",
        target=story.connection_id,
    )
