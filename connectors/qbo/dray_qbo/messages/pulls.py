"""Reading a list or the transactions page by page, and what a page holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from dray_qbo import refusals
from dray_qbo.messages.found import rows
from dray_qbo.messages.invoices import transaction_entry
from dray_qbo.messages.lists import LISTINGS, list_entry
from dray_qbo.messages.message import Answered, Message
from dray_qbo.messages.payments import payment
from dray_qbo.v3 import query
from dray_qbo.v3.reader import Record, moment, text
from dray_qbo.v3.writer import Content
from dray_sdk import Absent, Books, Entry, InDoubt, Kind, LocalProtocolError, Outcome, Payment, Pull, Pulled

ENTITIES: Mapping[Kind, str] = MappingProxyType(
    {
        **{kind: listing.entity for kind, listing in LISTINGS.items()},
        Kind.INVOICE: "Invoice",
        Kind.CREDIT: "CreditMemo",
        Kind.PAYMENT: "Payment",
    }
)
"""What can be read, by kind, and what QuickBooks Online calls it."""


def record_of(kind: Kind, row: Record) -> Entry | Payment | None:
    """A row of that kind, None for one that cannot be read."""
    read: Callable[[Record], Entry | Payment | None]
    if kind in LISTINGS:
        return list_entry(kind, row)
    read = payment if kind is Kind.PAYMENT else lambda found: transaction_entry(kind, found)
    return read(row)


def newest(some: Iterable[Record], otherwise: dt.datetime | None) -> dt.datetime | None:
    """The newest time of a change among the rows; `otherwise` where there is none, or none that is newer."""
    times = [at for row in some if (at := moment(text(row, "MetaData/LastUpdatedTime"))) is not None]
    return max([*times, otherwise] if otherwise else times, default=None)


def _write(operation: Pull, bid: str, _books: Books) -> Mapping[str, Content]:
    """In the order of the ids, which no change disturbs: a page is the position of its first row in it."""
    page = operation.page or "1"
    if not (page.isascii() and page.isdecimal()):
        raise LocalProtocolError(f"{page!r:.40} is not a page that QuickBooks Online gave")
    conditions = [query.EVEN_INACTIVE] if operation.kind in LISTINGS else []
    if operation.watermark is not None:
        since = operation.watermark.astimezone(dt.UTC).isoformat(timespec="seconds")
        conditions.append(f"MetaData.LastUpdatedTime >= {query.quoted(since)}")
    entity = ENTITIES[operation.kind]
    return {bid: {"Query": query.select(entity, *conditions, start=int(page), most=_most(operation))}}


def _most(operation: Pull) -> int:
    return max(1, min(operation.limit, query.MOST_ROWS))


def _read(operation: Pull, answers: tuple[Answered, ...]) -> Outcome:
    (answer,) = answers
    if answer.fault is not None:
        outcome = refusals.of_item(answer.fault, answer.purpose, {})
        return InDoubt(text=refusals.words(answer.fault)) if isinstance(outcome, Absent) else outcome
    found = rows(answer, ENTITIES[operation.kind])
    if found is None:
        return InDoubt(text="QuickBooks Online answered something else than what was asked")
    records = [record_of(operation.kind, row) for row in found]
    if any(one is None for one in records):
        return InDoubt(text="QuickBooks Online gave a record that lacks its id, day or amount")
    start = int(operation.page or "1")
    return Pulled(
        tuple(one for one in records if one is not None),
        page=str(start + len(found)) if len(found) >= _most(operation) else None,
        watermark=newest(found, operation.watermark),
    )


PULL = Message(_write, _read)
