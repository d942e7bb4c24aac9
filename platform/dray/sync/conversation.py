"""One exchange being carried on: next request, answer, next request, whoever dialled.

Two rules keep every invoice from being lost or doubled. **Hand-out**: what is claimed, the batch and its exact bytes
are committed together, before anything leaves. **Receipt**: the raw answer is committed before anybody reads it;
reading it is a second transaction that can be repeated. Every transaction of an exchange begins by keeping its lease;
one that was overtaken writes nothing more.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.clock import Clock
from dray.connections import due
from dray.connections.models import Connection
from dray.guests import Watch
from dray.sync import (
    batches,
    dialling_doubts,
    handing_out,
    identity,
    leases,
    outbox,
    permission,
    reading,
    receipt,
    told,
    transcripts,
)
from dray.sync.batches import BatchState, Shelf
from dray.sync.models import Exchange, SyncBatch
from dray.sync.permission import SENTENCES, Hold
from dray.sync.recorder import Recorder
from dray.sync.turn import Turn
from dray_sdk import Books, Connector, DialsIn, Purpose, Request, Response
from dray_tenants.scope import Scoped

OVER = "This session is over. Nothing was lost; the next run carries on."

_WITHHELD = Request(Purpose.WRITE, b"")
"""Stands for a request that waits for its answer and may not be handed out again."""

CARRIES_MUCH = Request(Purpose.WRITE, b"", bulk=True)
"""Stands for a request that may not leave yet, since it would be `bulk`: nothing was claimed for it."""


@dataclass(slots=True)
class Conversation:
    """An exchange with its connection, in one session that has the tenant in scope. Methods commit.

    `watch` waits for the connector's own work, where it is somebody else's; `recorder` keeps exchanges as files,
    where an operator wants that. `told_to_wait`: seconds that the last
    answer asked whoever dials to wait, 0 where it did not.
    """

    session: Scoped
    exchange: Exchange
    connection: Connection
    connector: Connector
    shelf: Shelf
    clock: Clock
    watch: Watch | None = None
    recorder: Recorder | None = None
    told_to_wait: int = 0

    def begin(self, carrier: str) -> bool:
        """We dial: take the lease for this carrier before anything is asked. False, and nothing is written, while
        another one carries."""
        turn = self._turn()
        if leases.take_over(self.session, self.exchange, carrier, at=turn.at) is not None:
            self.session.rollback()
            return False
        receipt.read_stored_answers(turn)
        receipt.lose_what_is_open(turn)
        identity.take_over(self.session, self.connection, self.exchange, turn.at)
        self.session.commit()
        return True

    def introduce(self, books: Books, machine: str | None) -> str:
        """The other side says which books it has open, and where. Empty when all is well, else the sentence why not."""
        turn = self._turn()
        if self.exchange.closed_at is not None:
            return OVER
        if self.exchange.fence is None and not self._take_over(turn, machine):
            self.session.commit()
            return self.exchange.stopped or OVER
        if not self._keep(turn):
            self.session.rollback()
            return OVER
        sentence = receipt.accept_books(turn, books)
        self.session.commit()
        return sentence

    def next_request(self, *, bulk: bool = True) -> Request | None:
        """The next request; the identical bytes again while the last one has no answer; None when there is no more.
        CARRIES_MUCH, and nothing is changed, where it would be a `bulk` one and those must wait."""
        turn = self._turn()
        if self.exchange.fence is None and not self._take_over(turn, None):
            self.session.commit()
            return None
        if self.exchange.stopped or not self._keep(turn):
            self.session.rollback()
            return None
        request = self._waiting_for_its_answer()
        if request is _WITHHELD:
            self.session.rollback()
            return None
        if request is None:
            receipt.read_stored_answers(turn)
            request = handing_out.hand_out(turn)
        if request is not None and request.bulk and not bulk:
            self.session.rollback()
            return CARRIES_MUCH
        if request is not None:
            transcripts.write_request(self.session, self.exchange, self.connector.redaction, request, at=turn.at)
            self.exchange.seen_at = turn.at
        self.session.commit()
        return request

    def leaves_again(self) -> bool:
        """The identical bytes are about to leave once more, in the same breath: from now on counts when whoever carries
        them is over. False when this exchange is over, or when they would write and sending was stopped meanwhile."""
        turn = self._turn()
        leases.wait_for_turn(self.session, self.connection.id)
        row = batches.unanswered(self.session, self.exchange) if self._keep(turn) else None
        if row is None or (row.writes and self._hold() is not None):
            self.session.rollback()
            return False
        row.sent_at = turn.at
        self.session.commit()
        return True

    def receive(self, response: Response) -> int:
        """Take an answer; percent done, 100 only when nothing more is to be asked, -1 when the exchange is over.

        An answer that comes late, to a session that was overtaken, is stored and used if its batch is unresolved.
        """
        turn = self._turn()
        self.told_to_wait = 0
        leases.wait_for_turn(self.session, self.connection.id)
        holds = self._keep(turn)
        row = batches.unanswered(self.session, self.exchange) or self._lost_without_answer()
        if row is None:
            self.session.commit()
            return receipt.progress(turn) if holds else -1
        self.shelf.keep_answer(row, response, at=turn.at)
        if row.state == BatchState.SENT.value:
            row.state = BatchState.ANSWERED.value
        transcripts.write_response(self.session, self.exchange, self.connector.redaction, response, at=turn.at)
        self.exchange.seen_at = turn.at
        self.session.commit()

        leases.wait_for_turn(self.session, self.connection.id)
        self.session.refresh(row)
        if row.answer is not None:  # whoever overtook this exchange meanwhile may have read it already
            self.told_to_wait = receipt.interpret(turn, row)
        percent = receipt.progress(turn) if holds and self._keep(turn) else -1
        self.session.commit()
        return percent

    def close(self, *, not_before: dt.datetime | None = None) -> None:
        """The other side hung up, or there is nothing more. What it still carries is in doubt from now on. The
        connection has no work before `not_before`."""
        turn = self._turn()
        if self.exchange.closed_at is not None:
            return
        if self._keep(turn):
            receipt.read_stored_answers(turn)
            receipt.lose_what_is_open(turn)
            next_due = self._next_due(turn.at)
            if next_due is not None and not_before is not None:
                next_due = max(next_due, not_before)
            due.set_next_due(self.session, self.connection.id, next_due)
            leases.release(self.session, self.exchange, at=turn.at)
        self.exchange.closed_at = turn.at
        self.session.commit()

    def last_words(self) -> str:
        """A sentence for the person at that computer: what was done, and why nothing more is."""
        if self.exchange.stopped:
            return self.exchange.stopped
        held = self._hold() if self.exchange.closed_at is None else None
        if held is None:
            return summary(self.exchange)
        if not self.exchange.handed_out:
            return SENTENCES[held]
        return f"{summary(self.exchange)}. {SENTENCES[held]}"

    def _turn(self) -> Turn:
        return Turn(
            self.session,
            self.exchange,
            self.connection,
            self.connector,
            self.shelf,
            self.clock(),
            self.watch,
            self.recorder,
        )

    def _keep(self, turn: Turn) -> bool:
        return leases.keep(self.session, self.exchange, at=turn.at)

    def _take_over(self, turn: Turn, machine: str | None) -> bool:
        held = leases.take_over(self.session, self.exchange, machine, at=turn.at)
        if held is not None:
            self.exchange.stopped = (
                f"Nothing was sent: {held.machine} is sending for this company file right now, and this computer is "
                f"{machine}. Run the update on one computer only."
            )
            return False
        receipt.read_stored_answers(turn)
        receipt.lose_what_is_open(turn)
        return True

    def _waiting_for_its_answer(self) -> Request | None:
        row = batches.unanswered(self.session, self.exchange)
        if row is None:
            return None
        if row.writes and self._hold() is not None:
            # It left before the brake was pulled; it is not handed out once more. What became of it is asked later.
            return _WITHHELD
        return self.shelf.request(row)

    def _hold(self) -> Hold | None:
        return permission.hold(self.session, self.connection, self.connector, self.clock())

    def _lost_without_answer(self) -> SyncBatch | None:
        return self.session.scalar(
            select(SyncBatch)
            .where(
                SyncBatch.exchange_id == self.exchange.id,
                SyncBatch.state == BatchState.LOST.value,
                SyncBatch.answered_at.is_(None),
            )
            .order_by(SyncBatch.id.desc())
            .limit(1)
        )

    def _next_due(self, at: dt.datetime) -> dt.datetime | None:
        """Now while anything may leave or is in doubt; when the books asked to wait, then; when something is to be read
        again, then; otherwise not at all. What waits behind a pause or a brake is due when that ends. Where another
        company file was open, whoever calls next may have the right one: it is looked at again at once."""
        others_open = self.connection.seen_books is not None and isinstance(self.connector, DialsIn)
        if self.connection.bound_at is None or others_open:
            return at
        held = self._hold()
        may_leave = held in (None, Hold.QUESTION, Hold.RESTORED)
        if may_leave and outbox.count_waiting(self.session, self.connection.id, at=at):
            return at
        moments = (
            self._doubt_at(at),
            outbox.earliest(self.session, self.connection.id) if may_leave else None,
            reading.next_at(self.session, self.connection, self.connector, at),
            # nothing is looked up while a question about the whole file is open
            None if held is Hold.QUESTION else told.next_at(self.session, self.connection, self.connector, at),
        )
        return min((moment for moment in moments if moment is not None), default=None)

    def _doubt_at(self, at: dt.datetime) -> dt.datetime | None:
        """When a doubt can be asked about. Books that call us may ask at every call; when we call, we know when."""
        if not self.connector.capabilities.dialled_into:
            return dialling_doubts.next_look(self.session, self.connection, self.connector, at)
        doubt = select(Posting.id).where(
            Posting.connection_id == self.connection.id, Posting.state == PostingState.IN_DOUBT.value
        )
        return at if self.session.scalar(doubt.limit(1)) is not None else None


def summary(exchange: Exchange) -> str:
    """What one exchange did, in a line."""
    sent = f"{exchange.accepted} invoice{'' if exchange.accepted == 1 else 's'} sent"
    if not exchange.refused:
        return sent
    verb = "needs" if exchange.refused == 1 else "need"
    return f"{sent}, {exchange.refused} {verb} attention in Dray"
