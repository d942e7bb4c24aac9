"""Who may carry on with a connection: a lease that grows by one at every take-over and fences off who held it before.

There is no lock to release after a crash: the lease of a dead holder is simply overtaken. Every transaction of an
exchange starts with `keep`, which does nothing, and says so, when the exchange no longer holds the lease.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import CursorResult, select, update

from dray.connections import due
from dray.connections.models import ConnectionStatus
from dray.sync.models import Exchange
from dray_tenants.scope import Scoped

HOLDS_FOR = dt.timedelta(minutes=30)
"""A holder that is silent for so long is over: a large query may keep QuickBooks busy for many minutes."""

SPEAKING = dt.timedelta(minutes=2)
"""While the holder spoke within this time, another computer does not take over from it."""


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Another computer is in the middle of an exchange."""

    machine: str


def take_over(session: Scoped, exchange: Exchange, machine: str | None, *, at: dt.datetime) -> HeldBy | None:
    """Give the exchange the lease, unless another computer holds it and is still speaking.

    The same computer, or one that does not say who it is, takes over at once: its earlier session is over by that.
    """
    status = session.scalars(
        select(ConnectionStatus).where(ConnectionStatus.connection_id == exchange.connection_id).with_for_update()
    ).one()
    if _other_is_speaking(status, machine, at):
        return HeldBy(status.holder or "another computer")
    status.lease += 1
    status.lease_until = at + HOLDS_FOR
    status.holder = machine
    status.holder_seen_at = at
    exchange.fence = status.lease
    exchange.machine = machine
    exchange.seen_at = at
    session.flush()
    return None


def keep(session: Scoped, exchange: Exchange, *, at: dt.datetime) -> bool:
    """Extend the lease in this transaction. False when it is no longer this exchange's: then nothing may be written."""
    if exchange.fence is None or exchange.closed_at is not None:
        return False
    result = session.execute(
        update(ConnectionStatus)
        .where(ConnectionStatus.connection_id == exchange.connection_id, ConnectionStatus.lease == exchange.fence)
        .values(lease_until=at + HOLDS_FOR, holder_seen_at=at, last_contact_at=at)
        .execution_options(synchronize_session=False)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def wait_for_turn(session: Scoped, connection_id: int) -> None:
    """Until this transaction ends no other one works on the connection, whether or not it holds the lease."""
    due.take_turn(session, connection_id)


def release(session: Scoped, exchange: Exchange, *, at: dt.datetime) -> None:
    """The exchange is over; whoever comes next need not wait."""
    session.execute(
        update(ConnectionStatus)
        .where(ConnectionStatus.connection_id == exchange.connection_id, ConnectionStatus.lease == exchange.fence)
        .values(lease_until=at)
        .execution_options(synchronize_session=False)
    )


def _other_is_speaking(status: ConnectionStatus, machine: str | None, at: dt.datetime) -> bool:
    if not machine or not status.holder or status.holder == machine:
        return False
    if status.lease_until is None or status.lease_until <= at:
        return False
    return status.holder_seen_at is not None and status.holder_seen_at > at - SPEAKING
