"""Are these the right books? Decided at the start of every exchange, before anything is handed out.

First contact binds a connection to what is open there: by the lasting id when the books carry one, otherwise by name
and place with a warning. Later, only a change of the id or of the name stops posting; a moved file does not. Books
that another connection of ours is bound to, and sample companies, stop it too, until a person confirms. In a test
company it is the other way round: there only sample companies are taken, whoever says what.

What stopped a connection is kept on it, so that its page can show both sides: "same company: moved, renamed, restored,
or a new file for a new year" is one confirmed action that keeps links, receipts and everything that waits.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select, update

from dray.connections import due, links
from dray.connections.models import Connection, ConnectionStatus, Install
from dray_sdk import Books, canonical
from dray_tenants import audit
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

_QUIET = {"synchronize_session": False}


class Verdict(StrEnum):
    """What the guard found."""

    BOUND = "bound"
    BOUND_NOW = "bound_now"
    OTHER_BOOKS = "other_books"
    SAMPLE = "sample"
    BOUND_ELSEWHERE = "bound_elsewhere"
    REAL_BOOKS = "real_books"


@dataclass(frozen=True, slots=True)
class Binding:
    """The verdict, and for whoever sits there the sentence that says what to do (empty when all is well)."""

    verdict: Verdict
    sentence: str = ""

    @property
    def stops(self) -> bool:
        """Whether nothing may be handed out."""
        return bool(self.sentence)


class NotConfirmable(Exception):
    """These books cannot be taken for the connection's; the message is a sentence for people."""


def check(session: Scoped, connection: Connection, books: Books, *, at: dt.datetime) -> Binding:
    """Compare what is open with what the connection is bound to; bind it when this is its first contact."""
    verdict = _check(session, connection, books, at)
    if verdict.stops:
        connection.seen_books = canonical.dump(books)
    elif connection.seen_books is not None:
        connection.seen_books = None
    _show(session, connection, verdict, at)
    return verdict


def is_for_tests(session: Scoped) -> bool:
    """Whether the company in scope is a test company, which holds sample books only."""
    return bool(session.scalar(select(Tenant.test).where(Tenant.id == session.require_tenant())))


def refusal_of_real_books(books: Books) -> str:
    """What a test company's people read when real books are open there."""
    return (
        f"{named(books)} is no sample company, and this is a test company: it holds sample books only. Open a sample "
        "company, or connect your own books from your real company."
    )


def _check(session: Scoped, connection: Connection, books: Books, at: dt.datetime) -> Binding:
    bound = bound_books(connection)
    for_tests = is_for_tests(session)
    if for_tests and not (books.sample or (bound is not None and bound.sample and bound.id == books.id)):
        return Binding(Verdict.REAL_BOOKS, f"Nothing was sent: {refusal_of_real_books(books)}")
    if bound is None:
        return _bind_first(session, connection, books, at, for_tests)
    if _same(bound, books) or _has_our_new_stamp(session, connection, bound, books):
        sample = books.sample or (for_tests and bound.sample)
        connection.books = canonical.dump(replace(books, place=books.place or bound.place, sample=sample))
        if books.id and books.id != connection.books_id:
            _take(session, connection, books.id)
        return Binding(Verdict.BOUND)
    return Binding(
        Verdict.OTHER_BOOKS,
        f"Nothing was sent: {named(books)} is open, but this connection belongs to {named(bound)}. "
        f"Open {named(bound)} and run again.",
    )


def bound_books(connection: Connection) -> Books | None:
    """The books that the connection is bound to, as they last described themselves."""
    return None if connection.books is None else canonical.load(Books, connection.books)


def seen_books(connection: Connection) -> Books | None:
    """The other books that were open when the connection last stopped; None when all is well."""
    return None if connection.seen_books is None else canonical.load(Books, connection.seen_books)


def confirm_books(
    session: Scoped,
    connection: Connection,
    books_seen: Books,
    *,
    at: dt.datetime,
    actor: str,
    for_testing: bool = False,
) -> None:
    """An administrator (right `bind_books`) says that these are the connection's books: the same company, moved,
    renamed, restored, or a new file for a new year. In the caller's transaction.

    `books_seen` is what that person looked at; another set that was opened meanwhile is not taken in its place. What
    waits, what is in doubt and every receipt stay; names are looked up again, because a new file has new ids. A sample
    company is taken only `for_testing`. Raises NotConfirmable.
    """
    due.take_turn(session, connection.id)
    session.refresh(connection)
    if seen_books(connection) != books_seen:
        raise NotConfirmable("Other books have been open since you looked. Look again, then confirm.")
    if not books_seen.sample and is_for_tests(session):
        raise NotConfirmable(refusal_of_real_books(books_seen))
    if books_seen.sample and not for_testing and not is_for_tests(session):
        raise NotConfirmable(
            f"{named(books_seen)} is a sample company. It can be used for testing only, and never for real invoices."
        )
    if books_seen.id and _bound_elsewhere(session, connection, books_seen.id):
        raise NotConfirmable(
            f"{named(books_seen)} belongs to another connection. Remove that one first, or open the file that belongs "
            "here."
        )
    before = bound_books(connection)
    if before is None or before.id != books_seen.id:
        # Another file: what the old one took is not looked for in it.
        connection.bound_at = at
    connection.books = canonical.dump(books_seen)
    connection.seen_books = None
    connection.bound_by = actor
    connection.confirmed_at = at
    connection.to_forget = None
    if connection.state == "setting_up":
        connection.state = "active"
    _take(session, connection, books_seen.id)
    links.doubt(session, connection.id)
    _show(session, connection, Binding(Verdict.BOUND), at)
    due.mark_due(session, connection.id, at)
    audit.record(
        session,
        actor=actor,
        action="connection.books_confirmed",
        subject=connection.public_id,
        now=at,
        details={"before": named(before) if before else "", "after": named(books_seen), "for_testing": for_testing},
    )
    session.flush()


def confirm_first_contact(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> None:
    """Somebody has looked at the books that the first contact bound, and says that they are the right ones. In the
    caller's transaction. Raises NotConfirmable where nothing is bound, or where other books stand before the door: an
    administrator decides about those."""
    due.take_turn(session, connection.id)
    session.refresh(connection)
    bound = bound_books(connection)
    if bound is None:
        raise NotConfirmable("The books have not told yet which company they are. Wait for the first contact.")
    if connection.seen_books is not None:
        raise NotConfirmable("Another company was open since. Open the one that belongs here, and run again.")
    connection.bound_by, connection.confirmed_at = actor, at
    details = {"before": named(bound), "after": named(bound), "for_testing": False}
    audit.record(
        session,
        actor=actor,
        action="connection.books_confirmed",
        subject=connection.public_id,
        now=at,
        details=details,
    )
    session.flush()


def _take(session: Scoped, connection: Connection, books_id: str | None) -> None:
    connection.books_id = books_id
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    session.execute(status.values(books_id=books_id), execution_options=_QUIET)


def _show(session: Scoped, connection: Connection, verdict: Binding, at: dt.datetime) -> None:
    """Put what stops the connection where everybody looks for it; take away what is over, now that books answered."""
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection.id)
    trouble = None
    if verdict.stops:
        trouble = {"code": verdict.verdict.value, "text": "", "sentence": verdict.sentence, "at": at.isoformat()}
    elif connection.question is not None:
        return
    else:
        status = status.where(ConnectionStatus.trouble.is_not(None))
    session.execute(status.values(trouble=trouble), execution_options=_QUIET)


def _bind_first(session: Scoped, connection: Connection, books: Books, at: dt.datetime, for_tests: bool) -> Binding:
    if books.sample and connection.confirmed_at is None and not for_tests:
        return Binding(
            Verdict.SAMPLE,
            f"Nothing was sent: {named(books)} is a sample company. Open your own company file and run again.",
        )
    if books.id and _bound_elsewhere(session, connection, books.id):
        return Binding(
            Verdict.BOUND_ELSEWHERE,
            f"Nothing was sent: {named(books)} already belongs to another connection. "
            "Open the company file that belongs here, or ask your support to move the connection.",
        )
    connection.books = canonical.dump(books)
    connection.bound_at = at
    connection.bound_by = "first contact"
    if connection.state == "setting_up":
        connection.state = "active"
    _take(session, connection, books.id)
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


def _has_our_new_stamp(session: Scoped, connection: Connection, bound: Books, books: Books) -> bool:
    """A new set-up file stamps the company file anew: QuickBooks takes a stamp only once (QBWC1039), so an identity is
    never used again. The same name under an id that we gave out for this very connection is the same company."""
    if not books.id or bound.name.casefold() != books.name.casefold():
        return False
    given = session.scalars(
        select(Install.file_id).where(
            Install.tenant_id == session.require_tenant(), Install.connection_id == connection.id
        )
    )
    return _plain(books.id) in {_plain(file_id) for file_id in given}


def _plain(file_id: str) -> str:
    return file_id.strip("{}").casefold()


def named(books: Books) -> str:
    """The books as a sentence names them."""
    return f"{books.name} ({books.place})" if books.place else books.name
