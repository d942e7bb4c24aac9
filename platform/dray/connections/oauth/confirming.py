"""A company that was read becomes a connection, or the new login of the connection that it belongs to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from sqlalchemy import select, update

from dray.connections import binding, due, opening
from dray.connections.binding import bound_books
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth import ending, leaving, taking
from dray.connections.oauth.models import Grant, GrantState
from dray_sdk import Books, Connector, canonical
from dray_tenants import audit
from dray_tenants.scope import Scoped

__all__ = ["OtherCompany", "books_of", "confirm", "connect_again", "decline", "pending"]


class OtherCompany(Exception):
    """The company is not the one that the connection belongs to; the message is a sentence for people."""


def pending(session: Scoped, public_id: str, actor: str, *, at: dt.datetime, lock: bool = False) -> Grant | None:
    """The consent that this person may confirm now; None for anybody else's, and for one that is over or whose company
    belongs to a connection already."""
    statement = select(Grant).where(Grant.public_id == public_id, Grant.state == GrantState.PENDING)
    grant = session.scalar(statement.with_for_update() if lock else statement)
    if grant is None or grant.initiator != actor or grant.books is None or grant.connection_id is not None:
        return None
    return grant if grant.ends_at is not None and grant.ends_at > at else None


def books_of(grant: Grant) -> Books:
    """The company that was read with it."""
    return canonical.load(Books, grant.books)


def confirm(
    session: Scoped,
    grant: Grant,
    connector: Connector,
    name: str,
    *,
    at: dt.datetime,
    actor: str,
    randomness: Callable[[int], bytes],
) -> Connection:
    """Make the connection (right `bind_books`). In the caller's transaction, which holds the grant's row locked.

    ValueError or NameTaken for the name, BooksTaken where another live connection has the company; nothing is changed
    then that a rollback does not take back, and the consent can still be confirmed.
    """
    books = books_of(grant)
    if binding.is_for_tests(session) and not books.sample:
        raise ValueError(binding.refusal_of_real_books(books))
    connection = opening.open_connection(session, connector, name, at=at, actor=actor, randomness=randomness)
    _take(session, connection, books)
    _bind(session, connection, books, at, actor)
    _log_in(session, grant, connection)
    _note(session, "connection.signed_in", connection, books, at, actor)
    return connection


def decline(session: Scoped, grant: Grant, *, at: dt.datetime) -> None:
    """The person who looked at it does not want it. In the caller's transaction; `revoking` tells the other side."""
    leaving.abandon(session, grant, at=at)


def connect_again(session: Scoped, grant: Grant, books: Books, *, at: dt.datetime, actor: str) -> None:
    """The new tokens take the place of the connection's old ones. In the caller's transaction.

    Raises OtherCompany, also for a connection that was removed meanwhile, and BooksTaken.
    """
    due.take_turn(session, grant.connection_id or 0)
    connection = session.scalars(select(Connection).where(Connection.id == grant.connection_id)).one()
    session.refresh(grant, with_for_update=True)
    if connection.state == "removed":
        raise OtherCompany(f"{connection.name} was removed meanwhile. Make a new connection instead.")
    if connection.books_id != books.id:
        before = bound_books(connection)
        raise OtherCompany(
            f"You chose {books.name} there, but {connection.name} belongs to "
            f"{before.name if before else 'another company'}. Nothing was changed. Choose Reconnect again, and then "
            "that company."
        )
    _replace(session, connection, at)
    if not taking.holds(session, connection.id):
        _take(session, connection, books)
    _log_in(session, grant, connection)
    status = session.scalars(select(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)).one()
    over = (status.trouble or {}).get("code") in (ending.LOGIN_ENDED, ending.LOGIN_UNREACHABLE, leaving.DISCONNECTED)
    values = {"due_at": at, "books_id": books.id, "trouble": None if over else status.trouble}
    _set_status(session, connection, values)
    _note(session, "connection.signed_in_again", connection, books, at, actor)


def _replace(session: Scoped, connection: Connection, at: dt.datetime) -> None:
    """The login before is only forgotten: to revoke it would end the new one, which is of the same company."""
    before = session.scalar(
        select(Grant)
        .where(Grant.connection_id == connection.id, Grant.state.in_((GrantState.LIVE, GrantState.ENDED)))
        .with_for_update()
    )
    if before is not None:
        before.state = GrantState.ENDED
        leaving.abandon(session, before, at=at)


def _take(session: Scoped, connection: Connection, books: Books) -> None:
    if books.id is not None:
        taking.take(session, connection, books.id, books.name)


def _bind(session: Scoped, connection: Connection, books: Books, at: dt.datetime, actor: str) -> None:
    connection.books = canonical.dump(books)
    connection.books_id = books.id
    connection.bound_at = connection.confirmed_at = at
    connection.bound_by = actor
    connection.state = "active"
    _set_status(session, connection, {"books_id": books.id, "due_at": at, "last_contact_at": at})


def _set_status(session: Scoped, connection: Connection, values: Mapping[str, object]) -> None:
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    session.execute(status.values(**values), execution_options={"synchronize_session": False})


def _log_in(session: Scoped, grant: Grant, connection: Connection) -> None:
    grant.state, grant.ends_at, grant.connection_id = GrantState.LIVE, None, connection.id
    session.flush()


def _note(session: Scoped, action: str, connection: Connection, books: Books, at: dt.datetime, actor: str) -> None:
    details = {"name": connection.name, "company": books.name, "books_id": books.id or ""}
    audit.record(session, actor=actor, action=action, subject=connection.public_id, now=at, details=details)
    session.flush()
