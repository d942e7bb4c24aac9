"""Are these the right books? Decided at the start of every exchange, before anything is handed out.

First contact binds a connection to what is open there: by the lasting id when the books carry one, otherwise by name
and place with a warning. Later, only a change of the id or of the name stops posting; a moved file does not. Books
that another connection of ours is bound to, and sample companies, stop it too, until a person confirms.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select, update

from dray.connections.models import Connection, ConnectionStatus
from dray_sdk import Books, canonical
from dray_tenants.scope import Scoped


class Verdict(StrEnum):
    """What the guard found."""

    BOUND = "bound"
    BOUND_NOW = "bound_now"
    OTHER_BOOKS = "other_books"
    SAMPLE = "sample"
    BOUND_ELSEWHERE = "bound_elsewhere"


@dataclass(frozen=True, slots=True)
class Binding:
    """The verdict, and for whoever sits there the sentence that says what to do (empty when all is well)."""

    verdict: Verdict
    sentence: str = ""

    @property
    def stops(self) -> bool:
        """Whether nothing may be handed out."""
        return bool(self.sentence)


def check(session: Scoped, connection: Connection, books: Books, *, at: dt.datetime) -> Binding:
    """Compare what is open with what the connection is bound to; bind it when this is its first contact."""
    bound = bound_books(connection)
    if bound is None:
        return _bind_first(session, connection, books, at)
    if _same(bound, books):
        connection.books = canonical.dump(replace(books, place=books.place or bound.place))
        connection.books_id = books.id or connection.books_id
        return Binding(Verdict.BOUND)
    return Binding(
        Verdict.OTHER_BOOKS,
        f"Nothing was sent: {_named(books)} is open, but this connection belongs to {_named(bound)}. "
        f"Open {_named(bound)} and run again.",
    )


def bound_books(connection: Connection) -> Books | None:
    """The books that the connection is bound to, as they last described themselves."""
    return None if connection.books is None else canonical.load(Books, connection.books)


def _bind_first(session: Scoped, connection: Connection, books: Books, at: dt.datetime) -> Binding:
    if books.sample and connection.confirmed_at is None:
        return Binding(
            Verdict.SAMPLE,
            f"Nothing was sent: {_named(books)} is a sample company. Open your own company file and run again.",
        )
    if books.id and _bound_elsewhere(session, connection, books.id):
        return Binding(
            Verdict.BOUND_ELSEWHERE,
            f"Nothing was sent: {_named(books)} already belongs to another connection. "
            "Open the company file that belongs here, or ask your support to move the connection.",
        )
    connection.books = canonical.dump(books)
    connection.books_id = books.id
    connection.bound_at = at
    connection.bound_by = "first contact"
    if connection.state == "setting_up":
        connection.state = "active"
    session.execute(
        update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id).values(books_id=books.id)
    )
    return Binding(Verdict.BOUND_NOW)


def _bound_elsewhere(session: Scoped, connection: Connection, books_id: str) -> bool:
    """Asked of the directory, because the other connection may be another tenant's, of whom nothing is said."""
    statement = select(ConnectionStatus.id).where(
        ConnectionStatus.connector == connection.connector,
        ConnectionStatus.books_id == books_id,
        ConnectionStatus.connection_id != connection.id,
    )
    return session.scalar(statement.limit(1)) is not None


def _same(bound: Books, books: Books) -> bool:
    """An id that differs, or vanished, or a name that differs, is a change; a place that differs is a move."""
    if bound.id and bound.id != books.id:
        return False
    return bound.name.casefold() == books.name.casefold()


def _named(books: Books) -> str:
    return f"{books.name} ({books.place})" if books.place else books.name
