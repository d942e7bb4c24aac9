"""Which connection holds which books: one live connection for each company, over all tenants.

Two connections to the same company would post the same invoices twice, each sure of itself. An operator may allow it
all the same, knowingly, for one company at a time.
"""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from dray.connections.models import Connection
from dray.connections.oauth.models import TakenBooks
from dray_tenants.scope import Scoped

__all__ = ["BooksTaken", "give_up", "holder", "holds", "share", "take"]


class BooksTaken(Exception):
    """Another live connection has these books; the message is a sentence for people, and names no other tenant."""


def take(session: Scoped, connection: Connection, books_id: str, company: str) -> None:
    """From this transaction's commit on the connection of the tenant in scope holds the books. Raises BooksTaken; the
    database decides between two who try at once."""
    row = TakenBooks(
        connector=connection.connector,
        books_id=books_id,
        seat=0,
        tenant_id=session.require_tenant(),
        connection_id=connection.id,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise BooksTaken(_sentence(session, connection.connector, books_id, company)) from None


def give_up(session: Scoped, connection_id: int) -> None:
    """The connection of the tenant in scope holds nothing any more."""
    session.execute(
        delete(TakenBooks).where(
            TakenBooks.tenant_id == session.require_tenant(), TakenBooks.connection_id == connection_id
        )
    )


def holds(session: Scoped, connection_id: int) -> bool:
    """Whether the connection of the tenant in scope holds books."""
    statement = select(TakenBooks.id).where(
        TakenBooks.tenant_id == session.require_tenant(), TakenBooks.connection_id == connection_id
    )
    return session.scalar(statement) is not None


def holder(session: Scoped, connector: str, books_id: str, company: str) -> str:
    """The sentence that says who holds these books; empty where they are free."""
    statement = select(TakenBooks.id).where(
        TakenBooks.connector == connector, TakenBooks.books_id == books_id, TakenBooks.seat == 0
    )
    return _sentence(session, connector, books_id, company) if session.scalar(statement) is not None else ""


def share(session: Scoped, connection: Connection) -> bool:
    """An operator allows one more connection to the books that this one holds. False where it holds none, or where
    that was allowed already."""
    mine = (TakenBooks.tenant_id == session.require_tenant(), TakenBooks.connection_id == connection.id)
    key = session.scalar(select(TakenBooks.id).where(*mine, TakenBooks.seat == 0))
    if key is None:
        return False
    session.execute(update(TakenBooks).where(TakenBooks.id == key).values(seat=key))
    return True


def _sentence(session: Scoped, connector: str, books_id: str, company: str) -> str:
    ours = session.scalar(
        select(Connection.name)
        .join(TakenBooks, (TakenBooks.tenant_id == Connection.tenant_id) & (TakenBooks.connection_id == Connection.id))
        .where(TakenBooks.connector == connector, TakenBooks.books_id == books_id, TakenBooks.seat == 0)
    )
    if ours is not None:
        return (
            f"{company} is connected already, as “{ours}”. Two connections to the same company would post invoices "
            "twice. Use that one, or remove it first."
        )
    return (
        f"{company} is connected to another account already. Two connections to the same company would post invoices "
        "twice. Have it disconnected there first, or ask your support."
    )
