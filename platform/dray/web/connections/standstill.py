"""What keeps a connection from sending, and what would have to be said to go on. Writes nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from dray.billing.models import Invoice
from dray.billing.posting_models import Posting
from dray.billing.receipt_models import Receipt
from dray.billing.states import PostingState
from dray.connections import questions
from dray.connections.binding import Verdict, bound_books, seen_books
from dray.connections.models import Connection, ConnectionStatus
from dray.registry import Registry
from dray.sync import permission
from dray.web import held
from dray.web.held import Held
from dray.web.words import INVOICE_LOOKS, Look
from dray_sdk import Books
from dray_tenants.scope import Scoped

SHOWN: Final = 12
"""How many invoices are named; the rest is counted."""

_LEFT: Final = (PostingState.SENDING.value, PostingState.IN_DOUBT.value)


@dataclass(frozen=True, slots=True)
class Named:
    """An invoice as a list of a few names it. `look` is None where its state says nothing here."""

    public_id: str
    number: str
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class OtherFile:
    """Other books than the connection's own were open. `mark` stands for what the page shows: whoever confirms sends
    it back, so that a file that was opened meanwhile is not taken in its place."""

    books: Books
    ours: Books | None
    verdict: str
    mark: str

    @property
    def confirmable(self) -> bool:
        """Whether a person may say that these are the right ones."""
        return self.verdict != Verdict.BOUND_ELSEWHERE and not (self.books.sample and self.ours is not None)


@dataclass(frozen=True, slots=True)
class OlderCopy:
    """Much of what was sent is not in the open file. `mark` as in OtherFile."""

    looked_at: int
    vanished: int
    some: Sequence[Named]
    mark: str


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why a connection sends nothing, as far as a person can do something about it; and what waits for it.
    `restored_until`: the database was put back from a backup at `restored_at`, and until then nothing is handed out."""

    paused: bool
    paused_for: str
    other_file: OtherFile | None
    older_copy: OlderCopy | None
    brake: Held | None
    waiting: int
    restored_at: dt.datetime | None = None
    restored_until: dt.datetime | None = None


def read(
    session: Scoped, registry: Registry, connection: Connection, status: ConnectionStatus | None, now: dt.datetime
) -> Standstill:
    """What is known of the connection of the tenant in scope."""
    version, connector = held.version_of(registry, connection), registry.get(connection.connector)
    restored_at = connection.restored_at
    until = permission.landed_at(restored_at, connector) if restored_at is not None and connector is not None else None
    return Standstill(
        paused=connection.state == "paused",
        paused_for=connection.paused_for or "",
        other_file=other_file(connection, status),
        older_copy=_older_copy(session, connection),
        brake=held.on_connection(session, connection, version),
        waiting=waiting(session, connection),
        restored_at=restored_at,
        restored_until=until if until is not None and now < until else None,
    )


def other_file(connection: Connection, status: ConnectionStatus | None) -> OtherFile | None:
    """The other books that were open when the connection last stopped."""
    seen = seen_books(connection)
    if seen is None:
        return None
    code = str((status.trouble or {}).get("code", "")) if status is not None else ""
    return OtherFile(seen, bound_books(connection), code, _mark(connection.seen_books))


def mark_of_question(connection: Connection) -> str:
    """Stands for what the open question asks; empty when nothing is asked."""
    asked = questions.asked(connection)
    # Asked again with the same outcome it is the same question, though at another time.
    return "" if asked is None else _mark(sorted(asked["vanished"]))


def waiting(session: Scoped, connection: Connection) -> int:
    """How many invoices are Pending sync for it."""
    statement = select(func.count()).select_from(Posting)
    return session.scalars(
        statement.where(Posting.connection_id == connection.id, Posting.state == PostingState.QUEUED.value)
    ).one()


def on_their_way(session: Scoped, connection: Connection) -> tuple[int, Sequence[Named]]:
    """How many invoices have left without an answer, and the oldest of them."""
    theirs = (Posting.connection_id == connection.id, Posting.state.in_(_LEFT))
    count = session.scalars(select(func.count()).select_from(Posting).where(*theirs)).one()
    rows = session.execute(
        select(Invoice.public_id, Invoice.number, Invoice.state)
        .join(Posting, (Posting.tenant_id == Invoice.tenant_id) & (Posting.invoice_id == Invoice.id))
        .where(*theirs)
        .order_by(Posting.id)
        .limit(SHOWN)
    )
    return count, [Named(public_id, number, INVOICE_LOOKS[state]) for public_id, number, state in rows]


def _older_copy(session: Scoped, connection: Connection) -> OlderCopy | None:
    asked = questions.asked(connection)
    if asked is None:
        return None
    vanished = asked["vanished"]
    rows = session.execute(
        select(Invoice.public_id, Invoice.number)
        .join(Receipt, (Receipt.tenant_id == Invoice.tenant_id) & (Receipt.invoice_id == Invoice.id))
        .where(Receipt.id.in_(vanished[:SHOWN]))
        .order_by(Invoice.number)
    )
    some = [Named(public_id, number) for public_id, number in rows]
    return OlderCopy(int(asked["looked_at"]), len(vanished), some, mark_of_question(connection))


def _mark(seen: Any) -> str:
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:24]
