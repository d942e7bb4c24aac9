"""Removing a connection: what waits goes back to Draft, what was accepted stays, and nothing that may have arrived is
lost sight of.

Refused while an invoice is on its way or in doubt. An operator may force it: then nobody can ask those books any more,
and each such invoice is marked as unproved. Send takes none of them to other books until an administrator says so.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update

from dray.billing import postings
from dray.billing.models import BillingSettings, Posting
from dray.billing.postings import Change
from dray.billing.problems import refusal
from dray.billing.states import Move, PostingState
from dray.connections import due
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.connections.oauth import leaving
from dray_sdk import Fix
from dray_tenants import audit
from dray_tenants.scope import Scoped

PIECE: Final = 500
"""How many queued invoices one transaction makes drafts again."""

_QUIET: Final = {"synchronize_session": False}
_ON_THEIR_WAY: Final = (PostingState.SENDING.value, PostingState.IN_DOUBT.value)


class StillOnTheirWay(Exception):
    """Invoices have left and their answers are not known. `count` says how many; the message is a sentence."""

    def __init__(self, name: str, count: int) -> None:
        self.count = count
        invoices = "1 invoice is" if count == 1 else f"{count} invoices are"
        super().__init__(
            f"{invoices} on the way to {name}, and it is not known yet what became of them. Run the update there once "
            "more, then remove the connection."
        )


class UnfitDefault(Exception):
    """The connection that should become the default cannot; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What the removal came to: invoices that are drafts again, those left unproved, and the new default connection's
    public id."""

    drafts: int
    unproved: int
    default: str | None


def remove_connection(
    session: Scoped,
    connection: Connection,
    *,
    at: dt.datetime,
    actor: str,
    force: bool = False,
    default: Connection | None = None,
) -> Removed:
    """Remove the connection (right `remove_connection`). Commits: call it with no other work open in the session.

    The first transaction decides all: nothing more can be sent or handed out after it. Then what waits is made Draft,
    in pieces; when that is interrupted, the same call, or the background, goes on. `default` becomes the tenant's
    default connection where this was it; without one, the only other connection does, or none. Raises StillOnTheirWay
    (never with `force`) and UnfitDefault, with nothing changed.
    """
    try:
        unproved = _close(session, connection, at, actor, force, default)
    except (StillOnTheirWay, UnfitDefault):
        session.rollback()
        raise
    session.commit()
    drafts = 0
    while count := give_back(session, connection, at=at, actor=actor):
        drafts += count
        session.commit()
    settings = select(BillingSettings.default_connection_id).scalar_subquery()
    chosen = session.scalar(select(Connection.public_id).where(Connection.id == settings))
    return Removed(drafts, unproved, chosen)


def give_back(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> int:
    """Make up to `PIECE` queued invoices of a removed connection drafts again, in the caller's transaction."""
    waiting = select(Posting.id).where(
        Posting.connection_id == connection.id, Posting.state == PostingState.QUEUED.value
    )
    ids = session.scalars(waiting.order_by(Posting.id).limit(PIECE)).all()
    told = {"connection_name": name_before(connection)}
    moved = postings.move(session, Move.CONNECTION_REMOVED, [Change(each, told) for each in ids], at=at, actor=actor)
    return len(moved)


def _close(
    session: Scoped, connection: Connection, at: dt.datetime, actor: str, force: bool, default: Connection | None
) -> int:
    due.take_turn(session, connection.id)
    session.refresh(connection)
    if connection.state == "removed":
        return 0
    leaving = session.scalars(
        select(Posting.id).where(Posting.connection_id == connection.id, Posting.state.in_(_ON_THEIR_WAY))
    ).all()
    if leaving and not force:
        raise StillOnTheirWay(connection.name, len(leaving))
    _leave_unproved(session, connection, list(leaving), at, actor)
    _hand_over_default(session, connection, default)
    name = connection.name
    connection.state = "removed"
    connection.name = _free_name(session, connection, at)
    connection.question = connection.seen_books = None
    _end_ways_in(session, connection, at)
    audit.record(
        session,
        actor=actor,
        action="connection.removed",
        subject=connection.public_id,
        now=at,
        details={"name": name, "unproved": len(leaving), "forced": force},
    )
    session.flush()
    return len(leaving)


def _leave_unproved(session: Scoped, connection: Connection, ids: list[int], at: dt.datetime, actor: str) -> None:
    problem = refusal(
        "unproved",
        f"{connection.name} was removed before it had answered. Look into those books: if they have this invoice, mark "
        "it as not to be sent here; if not, an administrator may send it elsewhere.",
        None,
        Fix("send_elsewhere", "It is not there: send it elsewhere"),
    )
    told = {"connection_name": connection.name}
    changes = [Change(each, told, problem=problem) for each in ids]
    postings.move(session, Move.LEFT_UNPROVED, changes, at=at, actor=actor)


def _end_ways_in(session: Scoped, connection: Connection, at: dt.datetime) -> None:
    """Fence off whoever is in the middle of an exchange, free the books for another connection, close the door."""
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    ended = {"lease": ConnectionStatus.lease + 1, "lease_until": at, "due_at": None, "books_id": None, "trouble": None}
    session.execute(status.values(ended), execution_options=_QUIET)
    doors = update(Install).where(
        Install.tenant_id == session.require_tenant(),
        Install.connection_id == connection.id,
        Install.retired_at.is_(None),
    )
    session.execute(doors.values(retired_at=at, retired_for="removed"), execution_options=_QUIET)
    leaving.let_go(session, connection.id, at=at)


def _hand_over_default(session: Scoped, connection: Connection, default: Connection | None) -> None:
    settings = session.scalar(select(BillingSettings))
    if default is not None and (default.id == connection.id or default.state == "removed"):
        raise UnfitDefault(f"{default.name} cannot become the default connection. Choose another one.")
    if settings is None or settings.default_connection_id != connection.id:
        return
    others = session.scalars(
        select(Connection.id).where(Connection.id != connection.id, Connection.state != "removed").limit(2)
    ).all()
    only = others[0] if len(others) == 1 else None
    settings.default_connection_id = default.id if default is not None else only


_REMOVED: Final = " (removed "


def _free_name(session: Scoped, connection: Connection, at: dt.datetime) -> str:
    """The name is free for the connection that comes in its place."""
    name = f"{connection.name}{_REMOVED}{at.date()})"
    taken = session.scalar(select(func.count()).select_from(Connection).where(Connection.name == name))
    return f"{name[:-1]}, {connection.public_id[-6:]})" if taken else name


def name_before(connection: Connection) -> str:
    """What people called the connection, also after its removal gave its name free."""
    return connection.name.rpartition(_REMOVED)[0] or connection.name
