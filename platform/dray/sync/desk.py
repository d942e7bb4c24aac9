"""The desk at which calls from outside are answered: who may open an exchange, and which exchange a ticket names.

A poll that finds nothing due costs one read and one small write, and waits for nobody who writes; an exchange exists
only when there is work. Nothing here raises for what a caller sent: an unknown ticket is an exchange that is over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Integer, Row, Table, bindparam, func, or_, select, update
from sqlalchemy.exc import OperationalError

from dray.clock import Clock
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.connections.opening import ended
from dray.guests import Watch
from dray.sync import unknown_codes
from dray.sync.batches import Recent, Seal, Shelf
from dray.sync.conversation import OVER, Conversation
from dray.sync.late_polls import LatePolls
from dray.sync.models import Exchange
from dray.sync.recorder import Recorder
from dray_sdk import Books, Connector, Denied, Explains, Go, NoWork, Request, Response, Stop, Ticket
from dray_tenants.database import Engines, UtcDateTime, is_busy, new_public_id
from dray_tenants.scope import ScopedSession, directory

LONGEST_PROGRAM = 40
MOST_PROGRAMS = 10_000

CLOSED_AGAIN = 3600
"""Seconds after which a caller may ask again whose way in is closed."""

Passwords = Callable[[str, Sequence[dict[str, str]]], int | None]
"""(password, stored hashes) → the position of the hash that it matches, or None."""


_Known = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Counter:
    """What all desks of one connector share.

    `engines` are for what may be forgotten in a power cut: that somebody called and there was nothing to do. Everything
    that is handed out or accepted goes through `sessions`, which sync every commit to the disk.
    """

    connector: Connector
    sessions: Callable[[], ScopedSession]
    engines: Engines
    seal_for: Callable[[ScopedSession, int], Seal]
    passwords: Passwords
    clock: Clock
    randomness: Callable[[int], bytes]
    help_at: str = ""
    watch: Watch | None = None
    recorder: Recorder | None = None
    recent: Recent = field(default_factory=Recent)
    late: LatePolls = field(default_factory=LatePolls)
    programs: dict[str, str] = field(default_factory=dict)
    """What callers said that they are, by way in, until they open: in memory, so that a poll costs no more for it."""


@dataclass(frozen=True, slots=True)
class PlatformDesk:
    """The desk for one install, named by the last part of the address that was called. See `dray_sdk.Desk`."""

    counter: Counter
    install: str
    _found: list[tuple[int, int, str, str]] = field(default_factory=list)

    def called_by(self, program: str) -> None:
        """Remember it until the caller opens. A stranger who makes addresses up fills no memory with it."""
        programs, said = self.counter.programs, " ".join(program.replace("\0", "").split())[:LONGEST_PROGRAM]
        if len(programs) >= MOST_PROGRAMS:
            programs.clear()
        if said:
            programs[self.install] = said

    def open(self, user: str, password: str) -> Ticket | NoWork | Denied:
        """Check the caller; a Ticket only when something is due."""
        at = self.counter.clock()
        try:
            with directory(self.counter.engines.hurried) as notes:
                found = self._answer(notes, user, password, at)
        except OperationalError as refused:
            if not is_busy(refused):
                raise
            if self._comes_in_vain(user, password, at):
                return NoWork()
            with directory(self.counter.engines.notes) as notes:
                found = self._answer(notes, user, password, at)
        if not isinstance(found, Row):
            return found
        with self.counter.sessions() as session:
            session.execute(_BUSY, {"of": found.connection_id, "at": at})
            ticket = self._open_exchange(session, found.tenant_id, found.connection_id, at)
            session.commit()
        return Ticket(ticket)

    def _answer(self, notes: SqlConnection, user: str, password: str, at: dt.datetime) -> _Known | NoWork | Denied:
        """What the caller hears; the caller's row where something is due."""
        known = notes.execute(_WHO, {"install": self.install}).one_or_none()
        if known is None or known.user_name != user:
            return Denied()
        position = self.counter.passwords(password, known.passwords)
        if position is None:
            notes.execute(_DENIED, {"of": known.connection_id, "at": at})
            return Denied()
        program = self.counter.programs.pop(self.install, None)
        if program is not None and program != known.program:
            notes.execute(_INSTALL.where(_installs.public_id == self.install).values(program=program))
        if known.retired_at is not None:
            return NoWork(CLOSED_AGAIN, closed_sentence(known.retired_for, known.retired_at))
        if known.first_called_at is None:
            notes.execute(_INSTALL.where(_installs.public_id == self.install).values(first_called_at=at))
        if known.replaces_id is not None:
            self._retire_others(notes, known.connection_id, at)
        if position == 0 and len(known.passwords) > 1:
            self._end_older_passwords(notes, known.passwords)
        if known.due_at is not None and known.due_at <= at:
            return known
        for note in self.counter.late.take():
            notes.execute(_LATE, note)
        notes.execute(_IDLE, {"of": known.connection_id, "at": at})
        return NoWork()

    def _comes_in_vain(self, user: str, password: str, at: dt.datetime) -> bool:
        """Whether this is a poll with nothing due and nothing to change: it is counted with a later one, because
        somebody else is writing, and a Web Connector does not wait to hear that there is nothing."""
        with directory(self.counter.engines.read) as reading:
            known = reading.execute(_WHO, {"install": self.install}).one_or_none()
        if known is None or known.user_name != user or known.retired_at is not None or known.replaces_id is not None:
            return False
        if len(known.passwords) != 1 or self.counter.passwords(password, known.passwords) is None:
            return False
        if known.due_at is not None and known.due_at <= at:
            return False
        self.counter.late.keep(known.connection_id, known.idle_since or at, at)
        return True

    def _open_exchange(self, session: ScopedSession, tenant_id: int, connection_id: int, at: dt.datetime) -> str:
        ticket = self.counter.randomness(32).hex()
        with session.tenant(tenant_id):
            session.add(
                Exchange(
                    public_id=new_public_id("exc", self.counter.randomness),
                    connection_id=connection_id,
                    ticket_hash=_hashed(ticket),
                    opened_at=at,
                    seen_at=at,
                )
            )
            session.flush()
        return ticket

    def _end_older_passwords(self, notes: SqlConnection, passwords: Sequence[dict[str, str]]) -> None:
        """The newest password has arrived there: the one before it ends now."""
        before = notes.scalar(select(_installs.ended_passwords).where(_installs.public_id == self.install))
        values = {"passwords": list(passwords[:1]), "ended_passwords": ended(before, passwords[1:])}
        notes.execute(_INSTALL.where(_installs.public_id == self.install).values(values))

    def _retire_others(self, notes: SqlConnection, connection_id: int, at: dt.datetime) -> None:
        """The new way in is used: the ones before it end now."""
        others = _INSTALL.where(
            _installs.connection_id == connection_id,
            _installs.public_id != self.install,
            _installs.retired_at.is_(None),
        )
        notes.execute(others.values(retired_at=at, retired_for="replaced"))
        notes.execute(_INSTALL.where(_installs.public_id == self.install).values(replaces_id=None))

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Go | Stop:
        """Which books are open, and on which computer."""
        with self._conversation(ticket) as conversation:
            if conversation is None:
                return Stop(OVER)
            sentence = conversation.introduce(books, machine)
        self._note_machine(machine)
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
                else f"{connector.title} could not be reached ({code}). The next run tries again."
            )
            unknown_codes.note(conversation.session, connector, [(code, text)], at)
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
            if conversation is None:
                return self._closed or OVER
            words, help_at = conversation.last_words(), self.counter.help_at
            return f"{words} Help: {help_at}" if conversation.exchange.stopped and help_at else words

    def close(self, ticket: str) -> str:
        """The session is over; a short line for the status column."""
        with self._conversation(ticket) as conversation:
            if conversation is None:
                return self._closed or "OK"
            said = conversation.last_words()
            conversation.close()
            return conversation.exchange.stopped or f"OK - {said}"

    @contextmanager
    def _conversation(self, ticket: str) -> Iterator[Conversation | None]:
        with self.counter.sessions() as session:
            who = self._who(session)
            if who is None:
                yield None
                return
            tenant_id, connection_id, _closed, _machine = who
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
                shelf = Shelf(self.counter.seal_for(session, tenant_id), self.counter.randomness, self.counter.recent)
                counter = self.counter
                yield Conversation(
                    session,
                    exchange,
                    connection,
                    counter.connector,
                    shelf,
                    counter.clock,
                    counter.watch,
                    counter.recorder,
                )

    def _note_machine(self, machine: str | None) -> None:
        """Keep from which computer this way in is used, where that is another one than before."""
        if machine and self._found and self._found[0][3] != machine:
            with directory(self.counter.engines.notes) as notes:
                notes.execute(_INSTALL.where(_installs.public_id == self.install).values(machine=machine[:200]))

    def _who(self, session: ScopedSession) -> tuple[int, int, str, str] | None:
        """Tenant, connection, what a caller hears whose way in was closed, and which computer used it last."""
        if not self._found:
            columns = (
                Install.tenant_id, Install.connection_id, Install.retired_for, Install.retired_at, Install.machine,
            )  # fmt: skip
            row = session.execute(select(*columns).where(Install.public_id == self.install)).one_or_none()
            if row is None:
                return None
            closed = closed_sentence(row.retired_for, row.retired_at) if row.retired_at else ""
            self._found.append((row.tenant_id, row.connection_id, closed, row.machine or ""))
        return self._found[0]

    @property
    def _closed(self) -> str:
        return self._found[0][2] if self._found else ""


_QUIET = {"synchronize_session": False}

# The statements of the busiest call of all: built once, and of bare tables, which costs half of what classes cost.
_installs = Install.__table__.c
_status = ConnectionStatus.__table__.c
_WHO = (
    select(
        _installs.tenant_id,
        _installs.connection_id,
        _installs.user_name,
        _installs.passwords,
        _installs.retired_at,
        _installs.retired_for,
        _installs.replaces_id,
        _installs.program,
        _installs.first_called_at,
        _status.due_at,
        _status.idle_since,
    )
    .join_from(Install.__table__, ConnectionStatus.__table__, _status.connection_id == _installs.connection_id)
    .where(_installs.public_id == bindparam("install"))
)
_INSTALL = update(cast(Table, Install.__table__))
_STATUS = update(cast(Table, ConnectionStatus.__table__)).where(_status.connection_id == bindparam("of"))
_AT = bindparam("at", type_=UtcDateTime)
_DENIED = _STATUS.values(denied_at=_AT, denials=_status.denials + 1)
_IDLE = _STATUS.values(
    last_contact_at=_AT, idle_since=func.coalesce(_status.idle_since, _AT), idle_polls=_status.idle_polls + 1
)
_BUSY = _STATUS.values(last_contact_at=_AT, idle_since=None, idle_polls=0)
# A poll that came when somebody else wrote. What happened since stands; a call after it ended its streak.
_LATE = _STATUS.where(or_(_status.last_contact_at.is_(None), _status.last_contact_at <= _AT)).values(
    last_contact_at=_AT,
    idle_since=func.coalesce(_status.idle_since, bindparam("since", type_=UtcDateTime)),
    idle_polls=_status.idle_polls + bindparam("polls", type_=Integer),
)


def closed_sentence(retired_for: str | None, at: dt.datetime) -> str:
    """What the caller of a way in hears that is no more."""
    day = f"{at.day} {at:%B %Y}"
    if retired_for == "replaced":
        return f"This set-up was replaced by a newer one on {day}."
    if retired_for == "left":
        return f"Your company left on {day}. Take this row out of the Web Connector."
    return f"This connection was closed on {day}."


def _hashed(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
