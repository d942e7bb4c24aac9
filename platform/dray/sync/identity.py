"""Who the books are, taken over from the exchange before: for books that we call, which answer for themselves alone.

Where we call, the address and the login name the books, so that no other ones can answer; what is asked at the start of
an exchange is only how they are set up. Exchanges follow each other every few seconds while much is posted, and each
such question is one of the few requests that carry much, and two of the reads that are metered. While anything is in
doubt, and after whatever could have changed the books behind the address, it is asked all the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select

from dray.connections.models import Connection, ConnectionStatus
from dray.sync.batches import BatchState
from dray.sync.models import Exchange, SyncBatch
from dray_tenants.scope import Scoped

HOLDS_FOR: Final = dt.timedelta(minutes=10)
"""So long what the books said of themselves is taken for true."""


def take_over(session: Scoped, connection: Connection, exchange: Exchange, at: dt.datetime) -> None:
    """Let the exchange know what the one before it was told, where that still holds."""
    before = session.scalar(
        select(Exchange)
        .where(Exchange.connection_id == connection.id, Exchange.id < exchange.id)
        .order_by(Exchange.id.desc())
        .limit(1)
    )
    if before is None or before.books is None or before.identified_at is None or before.stopped:
        return
    changes = (connection.bound_at, connection.confirmed_at, connection.restored_at, at - HOLDS_FOR)
    if any(change is not None and change > before.identified_at for change in changes):
        return
    if connection.question is not None or _in_trouble(session, connection) or _in_doubt(session, connection):
        return
    exchange.books, exchange.identified_at = before.books, before.identified_at


def _in_trouble(session: Scoped, connection: Connection) -> bool:
    trouble = select(ConnectionStatus.trouble).where(ConnectionStatus.connection_id == connection.id)
    return session.scalar(trouble) is not None


def _in_doubt(session: Scoped, connection: Connection) -> bool:
    lost = select(SyncBatch.id).where(
        SyncBatch.connection_id == connection.id, SyncBatch.state == BatchState.LOST.value
    )
    return session.scalar(lost.limit(1)) is not None
