"""Which posted invoices are looked up again, and when: a window that rolls over what the books took lately.

Reading back never delays posting: it comes last in an exchange, one request of it, and it makes a connection due at
most once an hour.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select

from dray.billing.bulk import pieces
from dray.billing.models import Invoice
from dray.billing.posting_models import Posting
from dray.billing.receipt_models import Receipt
from dray.connections.models import Connection
from dray.sync import pulling
from dray.twin import misplaced
from dray_sdk import Connector, Kind, Money
from dray_tenants.scope import Scoped

WINDOW: Final = dt.timedelta(days=35)
"""Invoices that the books took within this time are looked up again: most changes and payments fall into it."""

FRESH_FOR: Final = dt.timedelta(hours=24)
"""What was read within this time is not read again."""

FOLLOWED_FOR: Final = dt.timedelta(hours=26)
"""So long after the books last told what changed nothing is read one by one: a day, and the time to ask again."""

PACE: Final = dt.timedelta(minutes=60)
"""While more waits to be read, a connection is due so long after the last exchange."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One invoice that the books took: its receipt, its id there, and what they said it comes to."""

    receipt_id: int
    books_id: str
    total: Money | None


def oldest(session: Scoped, connection: Connection, *, limit: int, at: dt.datetime) -> list[Posted]:
    """Up to `limit` invoices of the window that were not read for longest."""
    statement = _columns().where(*_window(connection, at), *_not_followed(connection, at))
    statement = statement.where(Receipt.read_at <= at - FRESH_FOR)
    return _posted(session, statement.order_by(Receipt.read_at, Receipt.id).limit(limit))


def standing_wrong(session: Scoped, connection: Connection, *, limit: int, at: dt.datetime) -> list[Posted]:
    """Up to `limit` invoices that wait to be moved there, however old, and were not read for longest."""
    statement = _columns().where(
        *_in_these_books(connection),
        Receipt.invoice_id.in_(misplaced.waiting(connection.id)),
        Receipt.read_at <= at - FRESH_FOR,
    )
    return _posted(session, statement.order_by(Receipt.read_at, Receipt.id).limit(limit))


def told_of(session: Scoped, connection: Connection, *, limit: int) -> list[Posted]:
    """Up to `limit` invoices of which the books said that they were changed there, the oldest news first."""
    statement = _columns().where(*_told(connection)).order_by(Receipt.wanted_at, Receipt.id).limit(limit)
    return _posted(session, statement)


def those_of(session: Scoped, connection: Connection, books_ids: Collection[str]) -> list[int]:
    """The receipts of the invoices that the books know by these ids and took from here."""
    found: list[int] = []
    for some in pieces(list(books_ids)):
        statement = _columns().where(*_in_these_books(connection), Receipt.books_id.in_(some))
        found += [one.receipt_id for one in _posted(session, statement)]
    return found


def vanished(session: Scoped, connection: Connection) -> list[Posted]:
    """Those of which it is asked where they are."""
    receipts: Sequence[int] = (connection.question or {}).get("vanished", ())
    return _posted(session, _columns().where(Receipt.id.in_(receipts)).order_by(Receipt.id))


def may_ask(connector: Connector) -> bool:
    """Whether the books find an invoice by the id that they gave it; a person who imports files, for one, does not."""
    return "books_id" in connector.capabilities.finds.get(Kind.INVOICE, ())


def next_at(session: Scoped, connection: Connection, connector: Connector, at: dt.datetime) -> dt.datetime | None:
    """When something is to be read again, invoices or lists; None when there is nothing of either."""
    invoices = _invoices_at(session, connection, at) if may_ask(connector) else None
    moments = (invoices, pulling.next_at(session, connection, at))
    return min((moment for moment in moments if moment is not None), default=None)


def _invoices_at(session: Scoped, connection: Connection, at: dt.datetime) -> dt.datetime | None:
    longest_ago = session.scalar(
        select(func.min(Receipt.read_at))
        .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
        .where(*_window(connection, at), *_not_followed(connection, at))
    )
    if longest_ago is not None:
        return max(at + PACE, longest_ago + FRESH_FOR)
    if connection.changes_asked_at is None or not _are_followed(connection, at):
        return None
    some = select(Receipt.id).join(
        Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id)
    )
    if session.scalar(some.where(*_window(connection, at)).limit(1)) is None:
        return None
    return max(at + PACE, connection.changes_asked_at + FRESH_FOR)


def _are_followed(connection: Connection, at: dt.datetime) -> bool:
    """Whether the books told lately what changed."""
    return connection.followed_until is not None and connection.followed_until > at - FOLLOWED_FOR


def _not_followed(connection: Connection, at: dt.datetime) -> tuple[Any, ...]:
    """Of invoices that were read since changes are followed without a gap, the books say when they change."""
    if connection.followed_from is None or not _are_followed(connection, at):
        return ()
    return (Receipt.read_at < connection.followed_from,)


def _columns() -> Select[int, str, int | None, str]:
    return (
        select(Receipt.id, Receipt.books_id, Receipt.total_minor, Invoice.currency)
        .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
        .join(Invoice, (Invoice.tenant_id == Receipt.tenant_id) & (Invoice.id == Receipt.invoice_id))
    )


def _window(connection: Connection, at: dt.datetime) -> tuple[Any, ...]:
    return *_in_these_books(connection), Receipt.accepted_at >= at - WINDOW


def _told(connection: Connection) -> tuple[Any, ...]:
    return *_in_these_books(connection), Receipt.wanted_at.is_not(None)


def _in_these_books(connection: Connection) -> tuple[Any, ...]:
    """Of the books that are bound now: what other books took before is not looked for in these."""
    mine = Posting.connection_id == connection.id
    return (mine,) if connection.bound_at is None else (mine, Receipt.accepted_at >= connection.bound_at)


def _posted(session: Scoped, statement: Select[int, str, int | None, str]) -> list[Posted]:
    return [
        Posted(key, books_id, None if minor is None else Money(minor, currency))
        for key, books_id, minor, currency in session.execute(statement)
    ]
