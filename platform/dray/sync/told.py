"""What books say of their own accord: a hint where to look, noted at once and worked off by the next turn.

Nothing of what they say is believed. A posted invoice that they name is looked up again, a list is read again, and
what differs is found by that. So the same news twice, late or in any order costs a question at most, and lost news are
found by what is looked up and read again anyway.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update

from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.models import Receipt
from dray.connections import due
from dray.connections.models import Connection, ConnectionStatus
from dray.sync import changes as following
from dray.sync import reading
from dray.twin import reading as lists
from dray_sdk import Change, Connector, Happening, Kind, SendsWebhooks
from dray_tenants.database import Engines
from dray_tenants.scope import Scoped, ScopedSession

__all__ = ["GATHERED", "Noted", "next_at", "note"]

GATHERED: Final = dt.timedelta(minutes=1)
"""So long news are gathered: a person who works in the books causes many, and what is read there is metered."""

_OURS_OR_NOTHING: Final = frozenset({Happening.CREATED, Happening.EMAILED})
"""What befalls an invoice that was posted from here because it was, or without changing it."""


@dataclass(frozen=True, slots=True)
class Noted:
    """How many changes were of books that are connected here, and how many of others."""

    connected: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one connection has to look up: receipts, kinds of lists, and which invoices were paid."""

    receipts: Sequence[int]
    kinds: frozenset[Kind]
    payments: bool = False

    def __bool__(self) -> bool:
        return bool(self.receipts or self.kinds or self.payments)


def note(engines: Engines, connector: Connector, changes: Sequence[Change], at: dt.datetime) -> Noted:
    """Mark what these changes name as to be looked up, in a small transaction for each connection that holds such
    books; those that concern nothing that was copied or posted from here write nothing."""
    by_books: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_books[change.books].append(change)
    connected: set[str] = set()
    for tenant_id, connection_id, books_id in _holders(engines, connector.name, list(by_books)):
        connected.add(books_id)
        with ScopedSession(engines, read_only=True) as session, session.tenant(tenant_id):
            wanted = _wanted(session, connector, connection_id, by_books[books_id])
        if wanted:
            with ScopedSession(engines, notes=True) as session, session.tenant(tenant_id):
                _mark(session, connection_id, wanted, at)
                session.commit()
    count = sum(len(by_books[books_id]) for books_id in connected)
    return Noted(count, len(changes) - count)


def next_at(session: Scoped, connection: Connection, connector: Connector, at: dt.datetime) -> dt.datetime | None:
    """When what the books told of is to be looked up: news that came while an exchange was under way."""
    if not isinstance(connector, SendsWebhooks):
        return None
    invoices = reading.may_ask(connector) and reading.told_of(session, connection, limit=1)
    payments = connection.changes_wanted_at is not None
    waits = invoices or payments or lists.asked_for(session, connection.id, connector.capabilities.pulls)
    return at + GATHERED if waits else None


def _holders(engines: Engines, connector: str, books: Sequence[str]) -> list[tuple[int, int, str]]:
    """(tenant, connection, books) of every connection to these books."""
    status = ConnectionStatus
    found: list[tuple[int, int, str]] = []
    with ScopedSession(engines, read_only=True) as session:
        for some in pieces(books):
            statement = select(status.tenant_id, status.connection_id, status.books_id)
            rows = session.execute(statement.where(status.connector == connector, status.books_id.in_(some)))
            found += [(tenant_id, connection_id, books_id or "") for tenant_id, connection_id, books_id in rows]
    return found


def _wanted(session: Scoped, connector: Connector, connection_id: int, changes: Sequence[Change]) -> _Wanted:
    connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    invoices: set[str] = set()
    if reading.may_ask(connector):
        invoices = {
            change.books_id
            for change in changes
            if change.kind is Kind.INVOICE and change.happening not in _OURS_OR_NOTHING
        }
    changed = {change.kind for change in changes} & connector.capabilities.pulls
    copied = changed and lists.lists_of(session, connection_id).keys()
    payments = following.follows(connector) and any(change.kind is Kind.PAYMENT for change in changes)
    return _Wanted(reading.those_of(session, connection, invoices), frozenset(changed & set(copied)), payments)


def _mark(session: Scoped, connection_id: int, wanted: _Wanted, at: dt.datetime) -> None:
    # before any other row, as every turn does: two of them wait and never deadlock
    due.take_turn(session, connection_id)
    for some in pieces(wanted.receipts):
        marked = update(Receipt).where(Receipt.id.in_(some)).values(wanted_at=at)
        session.execute(marked, execution_options=NO_SYNC)
    if wanted.payments:
        asked = update(Connection).where(Connection.id == connection_id).values(changes_wanted_at=at)
        session.execute(asked, execution_options=NO_SYNC)
    if wanted.kinds:
        lists.ask_again(session, connection_id, at, wanted.kinds)
    due.mark_due(session, connection_id, at + GATHERED)
