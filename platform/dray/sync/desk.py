"""The desk at which calls from outside are answered: who may open an exchange, and which exchange a ticket names.

A poll that finds nothing due costs one read and one small write; an exchange exists only when there is work. Nothing
here raises for what a caller sent: an unknown ticket is an exchange that is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select, update

from dray.clock import Clock
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.sync.batches import Seal, Shelf
from dray.sync.conversation import OVER, Conversation
from dray.sync.models import Exchange
from dray_sdk import Books, Connector, Denied, Explains, Go, NoWork, Request, Response, Stop, Ticket
from dray_tenants.database import new_public_id
from dray_tenants.scope import ScopedSession

Passwords = Callable[[str, Sequence[dict[str, str]]], int | None]
"""(password, stored hashes) → the position of the hash that it matches, or None."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What all desks of one connector share."""

    connector: Connector
    sessions: Callable[[], ScopedSession]
    seal_for: Callable[[ScopedSession, int], Seal]
    passwords: Passwords
    clock: Clock
    randomness: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class PlatformDesk:
    """The desk for one install, named by the last part of the address that was called. See `dray_sdk.Desk`."""

    counter: Counter
    install: str
    _found: list[tuple[int, int]] = field(default_factory=list)

    def open(self, user: str, password: str) -> Ticket | NoWork | Denied:
        """Check the caller; a Ticket only when something is due."""
        at = self.counter.clock()
        with self.counter.sessions() as session:
            known = session.execute(_WHO.where(Install.public_id == self.install)).one_or_none()
            if known is None or known.user_name != user or known.retired_at is not None:
                return Denied()
            position = self.counter.passwords(password, known.passwords)
            contact = update(ConnectionStatus).where(ConnectionStatus.connection_id == known.connection_id)
            if position is None:
                session.execute(
                    contact.values(denied_at=at, denials=ConnectionStatus.denials + 1), execution_options=_QUIET
                )
                session.commit()
                return Denied()
            if position == 0 and len(known.passwords) > 1:
                # The newer password has arrived there: the older one ends now.
                newest = update(Install).where(Install.public_id == self.install).values(passwords=known.passwords[:1])
                session.execute(newest, execution_options=_QUIET)
            if known.due_at is None or known.due_at > at:
                since = known.idle_since or at
                values = {"last_contact_at": at, "idle_since": since, "idle_polls": ConnectionStatus.idle_polls + 1}
                session.execute(contact.values(values), execution_options=_QUIET)
                session.commit()
                return NoWork()
            values = {"last_contact_at": at, "idle_since": None, "idle_polls": 0}
            session.execute(contact.values(values), execution_options=_QUIET)
            ticket = self.counter.randomness(32).hex()
            with session.tenant(known.tenant_id):
                session.add(
                    Exchange(
                        public_id=new_public_id("exc", self.counter.randomness),
                        connection_id=known.connection_id,
                        ticket_hash=_hashed(ticket),
                        opened_at=at,
                        seen_at=at,
                    )
                )
                session.flush()
                session.commit()
            return Ticket(ticket)

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Go | Stop:
        """Which books are open, and on which computer."""
        with self._conversation(ticket) as conversation:
            if conversation is None:
                return Stop(OVER)
            sentence = conversation.introduce(books, machine)
            return Stop(sentence) if sentence else Go()

    def next(self, ticket: str) -> Request | None:
        """The next request; the same bytes again while it has no answer."""
        with self._conversation(ticket) as conversation:
            return None if conversation is None else conversation.next_request()

    def receive(self, ticket: str, response: Response) -> int:
        """Take an answer, also one that comes late."""
        with self._conversation(ticket) as conversation:
            return -1 if conversation is None else conversation.receive(response)

    def trouble(self, ticket: str, code: str, text: str) -> None:
        """The caller could not reach the books: kept for the people who look at the connection."""
        at = self.counter.clock()
        with self._conversation(ticket) as conversation:
            if conversation is None:
                return
            connector = self.counter.connector
            explanation = connector.explain(code, text) if isinstance(connector, Explains) else None
            sentence = (
                f"{explanation.meaning} {explanation.action}"
                if explanation
                else f"QuickBooks could not be reached ({code}). The next run tries again."
            )
            conversation.exchange.stopped = sentence
            trouble = {"code": code, "text": text[:500], "sentence": sentence, "at": at.isoformat()}
            conversation.session.execute(
                update(ConnectionStatus)
                .where(ConnectionStatus.connection_id == conversation.connection.id)
                .values(trouble=trouble),
                execution_options=_QUIET,
            )
            conversation.session.commit()

    def last_words(self, ticket: str) -> str:
        """A sentence for the person at that computer."""
        with self._conversation(ticket) as conversation:
            return OVER if conversation is None else conversation.exchange.stopped or summary(conversation.exchange)

    def close(self, ticket: str) -> str:
        """The session is over; a short line for the status column."""
        with self._conversation(ticket) as conversation:
            if conversation is None:
                return "OK"
            conversation.close()
            return conversation.exchange.stopped or f"OK - {summary(conversation.exchange)}"

    @contextmanager
    def _conversation(self, ticket: str) -> Iterator[Conversation | None]:
        with self.counter.sessions() as session:
            who = self._who(session)
            if who is None:
                yield None
                return
            tenant_id, connection_id = who
            with session.tenant(tenant_id):
                row = session.execute(
                    select(Exchange, Connection)
                    .join(
                        Connection,
                        (Connection.tenant_id == Exchange.tenant_id) & (Connection.id == Exchange.connection_id),
                    )
                    .where(Exchange.ticket_hash == _hashed(ticket), Exchange.connection_id == connection_id)
                ).one_or_none()
                if row is None:
                    yield None
                    return
                exchange, connection = row
                shelf = Shelf(self.counter.seal_for(session, tenant_id), self.counter.randomness)
                yield Conversation(session, exchange, connection, self.counter.connector, shelf, self.counter.clock)

    def _who(self, session: ScopedSession) -> tuple[int, int] | None:
        if not self._found:
            statement = select(Install.tenant_id, Install.connection_id).where(Install.public_id == self.install)
            row = session.execute(statement).one_or_none()
            if row is None:
                return None
            self._found.append((row.tenant_id, row.connection_id))
        return self._found[0]


_QUIET = {"synchronize_session": False}

_WHO = select(
    Install.tenant_id,
    Install.connection_id,
    Install.user_name,
    Install.passwords,
    Install.retired_at,
    ConnectionStatus.due_at,
    ConnectionStatus.idle_since,
).join(ConnectionStatus, ConnectionStatus.connection_id == Install.connection_id)


def summary(exchange: Exchange) -> str:
    """What one exchange did, in a line."""
    sent = f"{exchange.accepted} invoice{'' if exchange.accepted == 1 else 's'} sent"
    if not exchange.refused:
        return sent
    verb = "needs" if exchange.refused == 1 else "need"
    return f"{sent}, {exchange.refused} {verb} attention in Dray"


def _hashed(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
