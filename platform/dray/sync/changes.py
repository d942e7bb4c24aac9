"""What people did in the books to invoices that went there from here: asked for as changes, for invoices and payments.

One question tells of all of them at once (change data capture of QuickBooks Online), so that no posted invoice need be
read again to find that nothing happened to it. What differs from its receipt is marked and then looked up like anything
else that the books told of; a payment marks the invoices that it pays. From `Connection.followed_from` on nothing was
missed until `followed_until`. Where too much changed at once, or too long ago, the books cannot say all of it: then
following begins anew, and invoices from before are read one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, update

from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.receipt_models import Receipt
from dray.connections.models import Connection
from dray.sync import reading
from dray.sync.models import SyncBatch
from dray.sync.steps import Scene, Step
from dray_sdk import Connector, CursorExpired, Entry, Kind, Outcome, Payment, Pull, Pulled
from dray_tenants.scope import Scoped

KINDS: Final = (Kind.INVOICE, Kind.PAYMENT)

SOON: Final = dt.timedelta(minutes=60)
"""So often it is asked in passing; `reading.FRESH_FOR` says when it makes a connection due."""

FIRST: Final = dt.timedelta(days=25)
"""How far back the first question reaches at most: change data capture of QuickBooks Online knows 30 days."""

CLOCKS_APART: Final = dt.timedelta(minutes=10)
"""Changes are asked for again from so long before the last question left: the books' clock may lag behind ours."""


def follows(connector: Connector) -> bool:
    """Whether these books tell what changed of invoices and payments."""
    return set(KINDS) <= connector.capabilities.pulls and reading.may_ask(connector)


def ask(scene: Scene) -> Step | None:
    """The question, once in an hour, or when the books told of a payment; None otherwise."""
    connection = scene.connection
    if not follows(scene.connector) or connection.bound_at is None:
        return None
    asked_at = connection.changes_asked_at
    told = connection.changes_wanted_at
    if asked_at is not None and asked_at > scene.at - SOON and (told is None or told <= asked_at):
        return None
    since = max(connection.followed_until or connection.bound_at, scene.at - FIRST)
    return Step(tuple(Pull(kind, since) for kind in KINDS), tuple({"changes": kind.value} for kind in KINDS))


def take(session: Scoped, connection: Connection, row: SyncBatch, outcomes: Sequence[Outcome]) -> None:
    """What was answered to a batch, where it asked for changes. An answer that is none leaves everything as it was,
    for the next hour."""
    subjects = row.subjects or []
    told = [outcome for subject, outcome in zip(subjects, outcomes, strict=True) if "changes" in subject]
    if not told:
        return
    connection.changes_asked_at = row.sent_at
    if connection.changes_wanted_at is not None and connection.changes_wanted_at <= row.sent_at:
        connection.changes_wanted_at = None
    until = row.sent_at - CLOCKS_APART
    if any(isinstance(outcome, CursorExpired) for outcome in told):
        connection.followed_from = connection.followed_until = until
        return
    pulled = [outcome for outcome in told if isinstance(outcome, Pulled) and outcome.page is None]
    if len(pulled) < len(told):
        return
    _mark(session, connection, pulled, row.sent_at)
    if connection.followed_from is None:
        connection.followed_from = max(one for one in (connection.bound_at, row.sent_at - FIRST) if one is not None)
    connection.followed_until = until


def _mark(session: Scoped, connection: Connection, pulled: Sequence[Pulled], at: dt.datetime) -> None:
    records = [record for page in pulled for record in page.records]
    invoices = {one.books_id: one for one in records if isinstance(one, Entry) and one.kind is Kind.INVOICE}
    named = {invoice for one in records if isinstance(one, Payment) for invoice, _ in one.applied}
    named |= {gone for page in pulled for gone in page.gone}
    receipts = reading.those_of(session, connection, {*invoices, *named})
    columns = (Receipt.id, Receipt.books_id, Receipt.revision, Receipt.number, Receipt.total_minor)
    wanted: list[int] = []
    for some in pieces(receipts):
        rows = session.execute(select(*columns, Receipt.balance_minor).where(Receipt.id.in_(some))).all()
        wanted += [one.id for one in rows if one.books_id in named or _differs(one, invoices[one.books_id])]
    for some in pieces(wanted):
        marked = update(Receipt).where(Receipt.id.in_(some)).values(wanted_at=at - dt.timedelta(microseconds=1))
        session.execute(marked, execution_options=NO_SYNC)


def _differs(receipt: Any, entry: Entry) -> bool:
    """Our own posting is the latest change of most invoices."""
    ours = (receipt.revision, receipt.number, receipt.total_minor, receipt.balance_minor)
    theirs = (entry.revision, entry.number, *(money.minor if money else None for money in (entry.total, entry.balance)))
    return ours != theirs
