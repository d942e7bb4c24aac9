"""The one question that stops a connection: is this an older copy of the company file?

When a large part of the invoices that the books took is no longer there, a backup of the company file was put back, or
somebody opened another copy. Hundreds of differences would hide that, and posting on would put new invoices into a file
that is perhaps thrown away tomorrow. So posting stands still and an administrator is asked once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, update

from dray.billing import differences
from dray.billing.differences import Difference, Seen
from dray.billing.models import Receipt
from dray.connections import due, links
from dray.connections.binding import bound_books, named
from dray.connections.models import Connection, ConnectionStatus
from dray_tenants import audit
from dray_tenants.scope import Scoped

LEAST_LOOKED_AT: Final = 5
VANISHED_PART: Final = 0.2
OLDER_COPY: Final = "older_copy"


class NothingAsked(Exception):
    """There is no question to answer (any more); the message is a sentence for people."""


def is_flood(looked_at: int, vanished: int) -> bool:
    """Whether so much has vanished that it is a question about the company file and not about invoices."""
    return looked_at >= LEAST_LOOKED_AT and vanished > looked_at * VANISHED_PART


def ask(session: Scoped, connection: Connection, looked_at: int, vanished: Sequence[int], *, at: dt.datetime) -> str:
    """Put the question; `vanished` are receipts. Gives its sentence. In the caller's transaction."""
    books = bound_books(connection)
    where = named(books) if books else "the books"
    sentence = (
        f"Nothing was sent: {len(vanished)} of {looked_at} invoices that were sent earlier are no longer in {where}. "
        "It looks like an older copy of the company file. Open the current one and run again, or let an administrator "
        "say in Dray that this is the right one."
    )
    connection.question = {
        "kind": OLDER_COPY,
        "looked_at": looked_at,
        "vanished": list(vanished),
        "sentence": sentence,
        "at": at.isoformat(),
    }
    trouble = {"code": OLDER_COPY, "text": "", "sentence": sentence, "at": at.isoformat()}
    _trouble(session, connection, trouble)
    return sentence


def withdraw(session: Scoped, connection: Connection) -> None:
    """The invoices are there again: nothing is asked any more."""
    connection.question = None
    _trouble(session, connection, None)


def asked(connection: Connection) -> Mapping[str, Any] | None:
    """The open question: {"kind", "looked_at", "vanished" (receipts), "sentence", "at"}; None where there is none."""
    return connection.question


def confirm_older_copy(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> int:
    """An administrator (right `bind_books`) says that the open file is the right one. In the caller's transaction.

    What has vanished is recorded as such, invoice by invoice; nothing is posted again. Gives how many. Posting goes on.
    Raises NothingAsked.
    """
    due.take_turn(session, connection.id)
    session.refresh(connection)
    question = connection.question
    if question is None:
        raise NothingAsked(f"Nothing is asked about {connection.name}. It sends as usual.")
    receipts = session.execute(
        select(Receipt.id, Receipt.invoice_id, Receipt.books_id).where(Receipt.id.in_(question["vanished"]))
    ).all()
    gone = [Seen(invoice_id, Difference.GONE, books_id) for _, invoice_id, books_id in receipts]
    differences.record(session, connection.id, connection.name, gone, at=at, actor=actor)
    read = update(Receipt).where(Receipt.id.in_([key for key, *_ in receipts])).values(read_at=at)
    session.execute(read, execution_options={"synchronize_session": False})
    withdraw(session, connection)
    links.doubt(session, connection.id)  # what was made there since is gone too: customers, items
    due.mark_due(session, connection.id, at)
    audit.record(
        session,
        actor=actor,
        action="connection.older_copy_confirmed",
        subject=connection.public_id,
        now=at,
        details={"name": connection.name, "vanished": len(gone)},
    )
    session.flush()
    return len(gone)


def _trouble(session: Scoped, connection: Connection, trouble: dict[str, Any] | None) -> None:
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    session.execute(status.values(trouble=trouble), execution_options={"synchronize_session": False})
