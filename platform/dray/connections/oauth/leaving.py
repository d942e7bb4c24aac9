"""A login that nobody wants any more. What is left to do at the other side is noted here and done by `revoking`."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import delete, select, update

from dray.connections import due
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth import taking
from dray.connections.oauth.models import Grant, GrantState
from dray_tenants import audit
from dray_tenants.models import Secret
from dray_tenants.scope import Scoped

__all__ = ["DISCONNECTED", "abandon", "disconnect", "let_go"]

DISCONNECTED: Final = "disconnected"
"""The code of the trouble that a connection shows after somebody disconnected it here."""


def disconnect(session: Scoped, connection: Connection, title: str, *, at: dt.datetime, actor: str) -> int | None:
    """End the connection's login (right `remove_connection`). In the caller's transaction. None where it has none.

    Queue, doubts, receipts and history stay, and reconnecting goes on with all of them. The other side is told after
    this transaction, by `revoking.revoke_now` of what this gives. `title` is what people call the accounting system.
    """
    due.take_turn(session, connection.id)
    session.refresh(connection)
    ended = let_go(session, connection.id, at=at)
    if ended is None:
        return None
    trouble = {
        "code": DISCONNECTED,
        "text": "",
        "sentence": f"{connection.name} was disconnected from {title} here, by {actor}. What waits keeps waiting. "
        "Choose Reconnect to sign in again.",
        "at": at.isoformat(),
    }
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    values = {"trouble": trouble, "books_id": None, "lease": ConnectionStatus.lease + 1, "lease_until": at}
    session.execute(status.values(values), execution_options={"synchronize_session": False})
    audit.record(
        session,
        actor=actor,
        action="connection.disconnected",
        subject=connection.public_id,
        now=at,
        details={"name": connection.name},
    )
    session.flush()
    return ended


def let_go(session: Scoped, connection_id: int, *, at: dt.datetime) -> int | None:
    """The connection of the tenant in scope has no login any more, and its books are free. The consent's internal id;
    None where it had none."""
    taking.give_up(session, connection_id)
    grant = session.scalar(
        select(Grant)
        .where(Grant.connection_id == connection_id, Grant.state.in_((GrantState.LIVE, GrantState.ENDED)))
        .with_for_update()
    )
    if grant is None:
        return None
    abandon(session, grant, at=at)
    return grant.id


def abandon(session: Scoped, grant: Grant, *, at: dt.datetime) -> None:
    """Nobody wants this consent: have it revoked as soon as may be; one that the other side ended is simply over."""
    grant.turn_until = None
    if grant.state in (GrantState.LIVE, GrantState.PENDING):
        grant.state, grant.ends_at = GrantState.TO_REVOKE, at
    else:
        grant.state, grant.ends_at = GrantState.OVER, None
        session.execute(delete(Secret).where(Secret.purpose == grant.purpose))
    session.flush()
