"""When a connection next has work: one column, so that a poll costs one read.

Something queued, something in doubt, a first contact and a person's "check now" are due at once. A connection with
`due_at` NULL has nothing to do, and its callers hear so.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import case, or_, select, update

from dray.connections.models import ConnectionStatus
from dray_tenants.scope import Scoped


def mark_due(session: Scoped, connection_id: int, at: dt.datetime) -> None:
    """Work is due at `at`, or already earlier; in the caller's transaction, so that both land together."""
    due = ConnectionStatus.due_at
    session.execute(
        update(ConnectionStatus)
        .where(ConnectionStatus.connection_id == connection_id)
        .values(due_at=case((or_(due.is_(None), due > at), at), else_=due))
    )


def take_turn(session: Scoped, connection_id: int) -> None:
    """Until this transaction ends nobody else works on the connection: no exchange, no Send, no removal.

    Whoever changes what may leave takes this first, before any other row, so that two of them wait and never deadlock.
    """
    row = select(ConnectionStatus.id).where(ConnectionStatus.connection_id == connection_id)
    session.execute(row.with_for_update()).all()


def postpone(session: Scoped, connection_id: int, *, since: dt.datetime, until: dt.datetime) -> None:
    """What was due by `since` is due at `until`; work that came up after `since` stays due."""
    session.execute(
        update(ConnectionStatus)
        .where(ConnectionStatus.connection_id == connection_id, ConnectionStatus.due_at <= since)
        .values(due_at=until)
    )


def set_next_due(session: Scoped, connection_id: int, at: dt.datetime | None) -> None:
    """Replace the time, after an exchange has seen everything that waits. None: nothing does."""
    session.execute(update(ConnectionStatus).where(ConnectionStatus.connection_id == connection_id).values(due_at=at))
