"""Carrying an exchange ourselves, with books that we call: the same conversation as with those that call us.

A turn is a bounded piece of work for one connection: it ends after so many requests or so many seconds, whatever still
waits, and the connection is due again at once, behind the others. Nothing is held while the books think: no
transaction, no lock. A process that dies in a turn leaves what it carried in doubt, and after a while another one goes
on; of two that want the same connection at once, one has the lease.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from dray.clock import Clock
from dray.connections import due
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth.ending import LOGIN_ENDED, LOGIN_UNREACHABLE
from dray.connections.oauth.tokens import LoginEnded, LoginUnreachable
from dray.guests import Watch
from dray.sync.batches import Recent, Seal, Shelf
from dray.sync.conversation import CARRIES_MUCH, Conversation
from dray.sync.limiter import Limiter, Slot
from dray.sync.models import Exchange
from dray.sync.recorder import Recorder
from dray_sdk import Answer, Connector, Failure, NoAnswer, Request, Response
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped, ScopedSession

__all__ = ["Dialler", "Ended", "Line", "Turned", "is_due"]

MOST_REQUESTS: Final = 120
LONGEST: Final = dt.timedelta(seconds=30)
"""What one turn may take while others wait for theirs."""

SHORT_WAIT: Final = dt.timedelta(seconds=2)
"""So long a turn waits for leave to send; for longer it is given up and taken again later. What carries much is waited
for from so long before its time: by then everything is asked that must be known first."""

UNREACHED_FOR: Final = dt.timedelta(minutes=1)
SHUT_OUT_FOR: Final = dt.timedelta(minutes=10)
"""After a stop that a person has to end. Whoever ends it makes the connection due."""

SILENT: Final = dt.timedelta(seconds=150)
"""A carrier that has said nothing for so long is over: longer than any answer is waited for."""

Login = Callable[[int, int, str | None], str]
"""(tenant, connection, the token that the books just refused) → a token. Raises LoginEnded, LoginUnreachable."""

Carry = Callable[[Request, str, str, float], Response]
"""(request, address, token, seconds) → what became of it; see `transport.send`."""


class Ended(StrEnum):
    """Why a turn ended."""

    NOTHING_DUE = "nothing_due"
    BUSY = "busy"
    DONE = "done"
    ITS_SHARE = "its_share"
    WAITS = "waits"
    STOPPED = "stopped"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Turned:
    """What a turn came to: why it ended, and how many requests left."""

    ended: Ended
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """How the books of one connector are reached."""

    connector: Connector
    address: str
    watch: Watch | None = None
    recorder: Recorder | None = None


@dataclass(slots=True)
class _Call:
    """One turn under way."""

    line: Line
    tenant_id: int
    connection_id: int
    books_id: str
    token: str = field(repr=False)
    conversation: Conversation
    requests: int = 0
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Dialler:
    """Takes turns. `reads` gives sessions that only read; `pause` waits so many seconds."""

    lines: Mapping[str, Line]
    sessions: Callable[[], ScopedSession]
    reads: Callable[[], ScopedSession]
    seal_for: Callable[[ScopedSession, int], Seal]
    login: Login
    carry: Carry
    limiter: Limiter
    clock: Clock
    randomness: Callable[[int], bytes]
    pause: Callable[[float], object]
    recent: Recent = field(default_factory=Recent)

    def turn(self, tenant_id: int, connection_id: int, stop: Callable[[], bool] = lambda: False) -> Turned:
        """One turn for a connection, if it is due and nobody else has it. It ends early, in good order, once `stop`
        says so."""
        at = self.clock()
        found = self._find(tenant_id, connection_id, at)
        if found is None:
            return Turned(Ended.NOTHING_DUE)
        line, books_id = found
        held = self.limiter.held_until(line.connector.name, books_id, at=at)
        if held is not None:
            self._postpone(tenant_id, connection_id, at, held)
            return Turned(Ended.WAITS)
        try:
            token = self.login(tenant_id, connection_id, None)
        except LoginEnded as over:
            self._postpone(tenant_id, connection_id, at, at + SHUT_OUT_FOR, LOGIN_ENDED, str(over))
            return Turned(Ended.STOPPED)
        except LoginUnreachable as trouble:
            self._postpone(tenant_id, connection_id, at, at + UNREACHED_FOR, LOGIN_UNREACHABLE, str(trouble))
            return Turned(Ended.UNREACHED)
        with ExitStack() as stack:
            session = stack.enter_context(self.sessions())
            stack.enter_context(session.tenant(tenant_id))
            conversation = self._open(session, tenant_id, connection_id, line)
            if conversation is None:
                return Turned(Ended.BUSY)
            call = _Call(line, tenant_id, connection_id, books_id, token, conversation)
            ended, again_at = self._carry_on(call, stop)
            return Turned(self._hang_up(call, ended, again_at), call.requests)

    def _find(self, tenant_id: int, connection_id: int, at: dt.datetime) -> tuple[Line, str] | None:
        """How to reach it and which books it is for, where it is due and free."""
        with self.reads() as session, session.tenant(tenant_id):
            row = session.execute(
                select(Connection.connector, Connection.books_id)
                .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
                .where(Connection.id == connection_id, Connection.state != "removed", is_due(at))
            ).one_or_none()
        if row is None or row.books_id is None or row.connector not in self.lines:
            return None
        return self.lines[row.connector], row.books_id

    def _open(self, session: ScopedSession, tenant_id: int, connection_id: int, line: Line) -> Conversation | None:
        """An exchange that has the lease; None where somebody else has it."""
        at = self.clock()
        due.take_turn(session, connection_id)
        connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
        exchange = Exchange(
            public_id=new_public_id("exc", self.randomness), connection_id=connection_id, opened_at=at, seen_at=at
        )
        session.add(exchange)
        session.flush()
        shelf = Shelf(self.seal_for(session, tenant_id), self.randomness, self.recent)
        conversation = Conversation(
            session, exchange, connection, line.connector, shelf, self.clock, line.watch, line.recorder
        )
        # A carrier's name is never used again: what an earlier one carried is over when its time is over, and not
        # because the same process calls again.
        return conversation if conversation.begin(f"worker {exchange.public_id}") else None

    def _carry_on(self, call: _Call, stop: Callable[[], bool]) -> tuple[Ended, dt.datetime | None]:
        """Request after request; why it ended, and when to go on."""
        until = self.clock() + LONGEST
        while call.requests < MOST_REQUESTS and self.clock() < until and not stop():
            leave = self._wait_for_leave(call, SHORT_WAIT)
            if isinstance(leave, dt.datetime):
                return Ended.WAITS, leave
            call.slot = leave
            request = call.conversation.next_request(bulk=leave.bulk_at is None)
            call.conversation.session.rollback()  # nothing is held while the books think
            if request is None:
                self.limiter.done(leave, left=False)
                return Ended.DONE, None
            if request is CARRIES_MUCH and leave.bulk_at is not None:
                self.limiter.done(leave, left=False)
                if leave.bulk_at > self.clock() + SHORT_WAIT:
                    return Ended.WAITS, leave.bulk_at - SHORT_WAIT
                self._sleep_until(leave.bulk_at)
                continue
            call.requests += 1
            response = self._ask(call, request)
            self.limiter.done(call.slot, bulk=request.bulk)
            percent = call.conversation.receive(response)
            if call.conversation.told_to_wait:
                again_at = self.clock() + dt.timedelta(seconds=call.conversation.told_to_wait)
                self.limiter.hold(call.slot, until=again_at)
                return Ended.WAITS, again_at
            if percent == 100:
                return Ended.DONE, None
            if percent < 0:
                unreached = isinstance(response, Failure)
                return Ended.STOPPED, self.clock() + (UNREACHED_FOR if unreached else SHUT_OUT_FOR)
        return Ended.ITS_SHARE, None

    def _ask(self, call: _Call, request: Request) -> Response:
        """Send it. What is refused for the token's sake goes once more with a new one: the identical bytes, which the
        books recognise by the batch's key if they did a part of it before."""
        timeout = call.line.connector.timing.answer_within
        answer = self.carry(request, call.line.address, call.token, timeout)
        if not isinstance(answer, Answer) or answer.status != 401:
            return answer
        try:
            token = self.login(call.tenant_id, call.connection_id, call.token)
        except LoginEnded:
            return answer
        except LoginUnreachable as trouble:
            return Failure(NoAnswer.UNANSWERED.value, str(trouble))
        if call.slot is not None:
            self.limiter.done(call.slot, bulk=request.bulk)
        leave = self._wait_for_leave(call, dt.timedelta(seconds=timeout), bulk=request.bulk)
        if isinstance(leave, dt.datetime) or not call.conversation.leaves_again():
            return Failure(NoAnswer.UNANSWERED.value, "The books asked for a new login and were not asked again.")
        call.slot, call.token = leave, token
        return self.carry(request, call.line.address, token, timeout)

    def _wait_for_leave(self, call: _Call, patience: dt.timedelta, *, bulk: bool = False) -> Slot | dt.datetime:
        """Leave to send one request, one that carries much if it must be, within a little patience; else when to ask
        for it again."""
        until = self.clock() + patience
        while True:
            leave = self.limiter.take(call.line.connector, call.books_id, at=self.clock())
            if isinstance(leave, Slot):
                if not bulk or leave.bulk_at is None:
                    return leave
                self.limiter.done(leave, left=False)
                leave = leave.bulk_at
            if leave > until:
                return leave
            self._sleep_until(leave)

    def _sleep_until(self, moment: dt.datetime) -> None:
        self.pause(max(0.01, (moment - self.clock()).total_seconds()))

    def _hang_up(self, call: _Call, ended: Ended, again_at: dt.datetime | None) -> Ended:
        """Close the exchange, and show what stopped it."""
        conversation = call.conversation
        stopped = conversation.exchange.stopped
        if stopped and ended is Ended.DONE:
            ended, again_at = Ended.STOPPED, self.clock() + SHUT_OUT_FOR
        conversation.close(not_before=again_at)
        if stopped:
            _show(conversation.session, call.connection_id, "stopped", stopped, self.clock())
            conversation.session.commit()
        return ended

    def _postpone(
        self,
        tenant_id: int,
        connection_id: int,
        at: dt.datetime,
        until: dt.datetime,
        code: str = "",
        sentence: str = "",
    ) -> None:
        """Not now. What made it due since then stays."""
        with self.sessions() as session, session.tenant(tenant_id):
            due.postpone(session, connection_id, since=at, until=until)
            if sentence:
                _show(session, connection_id, code, sentence, at)
            session.commit()


def is_due(at: dt.datetime) -> ColumnElement[bool]:
    """Whether a connection has work and nobody carries it."""
    status = ConnectionStatus
    free = or_(status.lease_until.is_(None), status.lease_until <= at, status.holder_seen_at <= at - SILENT)
    return and_(status.due_at <= at, free)


def _show(session: Scoped, connection_id: int, code: str, sentence: str, at: dt.datetime) -> None:
    """What stops the connection, where people look; what says more already stays. The next good answer removes it."""
    status = session.scalars(select(ConnectionStatus).where(ConnectionStatus.connection_id == connection_id)).one()
    if status.trouble is None:
        status.trouble = {"code": code, "text": "", "sentence": sentence, "at": at.isoformat()}
