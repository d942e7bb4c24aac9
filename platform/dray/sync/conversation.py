"""One exchange being carried on: next request, answer, next request, whoever dialled.

Two rules keep every invoice from being lost or doubled. **Hand-out**: what is claimed, the batch and its exact bytes
are committed together, before anything leaves. **Receipt**: the raw answer is committed before anybody reads it;
reading it is a second transaction that can be repeated. Every transaction of an exchange begins by keeping its lease;
one that was overtaken writes nothing more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from dray.billing import postings, problems
from dray.billing.models import Posting
from dray.billing.postings import Change
from dray.billing.states import Move, PostingState
from dray.clock import Clock
from dray.connections import binding, due, links
from dray.connections.links import LinkState
from dray.connections.models import Connection
from dray.sync import batches, leases, outbox, transcripts
from dray.sync.batches import BatchState, Shelf
from dray.sync.learning import Learner
from dray.sync.models import Exchange, SyncBatch
from dray.sync.planning import Planner, Refuse, Settle, Step
from dray.sync.settlement import Settled, Settler
from dray_sdk import (
    Batch,
    Books,
    Connector,
    Explains,
    Failure,
    Identified,
    LocalProtocolError,
    NotRun,
    Operation,
    Outcome,
    Purpose,
    Request,
    Response,
    canonical,
)
from dray_tenants.scope import Scoped

OVER = "This session is over. Nothing was lost; the next run carries on."


@dataclass(slots=True)
class Conversation:
    """An exchange with its connection, in one session that has the tenant in scope. Methods commit."""

    session: Scoped
    exchange: Exchange
    connection: Connection
    connector: Connector
    shelf: Shelf
    clock: Clock

    # ---- beginning and end

    def introduce(self, books: Books, machine: str | None) -> str:
        """The other side says which books it has open, and where. Empty when all is well, else the sentence why not."""
        at = self.clock()
        if self.exchange.closed_at is not None:
            return OVER
        if self.exchange.fence is None and not self._take_over(machine, at):
            self.session.commit()
            return self.exchange.stopped or OVER
        if not leases.keep(self.session, self.exchange, at=at):
            self.session.rollback()
            return OVER
        sentence = self._accept_books(books, at)
        self.session.commit()
        return sentence

    def close(self) -> None:
        """The other side hung up, or there is nothing more. What it still carries is in doubt from now on."""
        at = self.clock()
        if self.exchange.closed_at is not None:
            return
        if leases.keep(self.session, self.exchange, at=at):
            self._read_stored_answers(at)
            self._lose(self._open_batches(), at)
            due.set_next_due(self.session, self.connection.id, self._next_due(at))
            leases.release(self.session, self.exchange, at=at)
        self.exchange.closed_at = at
        self.session.commit()

    # ---- hand-out

    def next_request(self) -> Request | None:
        """The next request; the identical bytes again while the last one has no answer; None when there is no more."""
        at = self.clock()
        if self.exchange.fence is None and not self._take_over(None, at):
            self.session.commit()
            return None
        if self.exchange.stopped or not leases.keep(self.session, self.exchange, at=at):
            self.session.rollback()
            return None
        if (row := batches.unanswered(self.session, self.exchange)) is not None:
            request = self.shelf.request(row)
        else:
            self._read_stored_answers(at)
            found = self._hand_out(at)
            if found is None:
                self.session.commit()
                return None
            request = found
        transcripts.write_request(self.session, self.exchange, self.connector.redaction, request, at=at)
        self.exchange.seen_at = at
        self.session.commit()
        return request

    def _hand_out(self, at: dt.datetime) -> Request | None:
        """Plan, claim, encode and store; plans again after what was not a request."""
        while not self.exchange.stopped:
            planner = self._planner(at)
            match planner.next():
                case None:
                    return None
                case Refuse(impossible):
                    self._refuse(impossible, at)
                case Settle(row):
                    batches.settle(row, at=at)
                case Step() as step:
                    if (request := self._leave(step, planner, at)) is not None:
                        return request
            self.session.flush()
        return None

    def _leave(self, step: Step, planner: Planner, at: dt.datetime) -> Request | None:
        """The step's request, stored and claimed. None when it came to nothing and the plan must be made again."""
        if step.asks and step.about is not None:
            return self._ask(step.about, planner, at)
        batch = self.shelf.new(step.operations)
        request = self._encode(batch, step, planner, at)
        if request is None:
            return None
        row = self._store(batch, request, step, at)
        if step.posts and not self._claim(row, step, at):
            # Somebody took one back between the plan and the claim: nothing left yet, so plan without it.
            self.session.delete(row)
            return None
        for position, (key, name) in enumerate(step.creates, start=1):
            links.record(
                self.session,
                self.connection.id,
                key,
                name=name,
                state=LinkState.CREATING,
                at=at,
                values={"batch_id": row.id, "position": position},
            )
        return request

    def _ask(self, about: SyncBatch, planner: Planner, at: dt.datetime) -> Request | None:
        batch = self.shelf.batch(about)
        request = self.connector.recover(batch, planner.books or Books(name=""))
        if request is None:
            about.asked_at = at
            return None
        asking = Batch(self.shelf.randomness(10).hex(), batch.operations)
        self._store(asking, request, Step(about=about), at)
        return request

    def _encode(self, batch: Batch, step: Step, planner: Planner, at: dt.datetime) -> Request | None:
        books = planner.books or Books(name="")
        try:
            return self.connector.encode(batch, books)
        except LocalProtocolError:
            if not step.posts:
                raise
            # One document that cannot be put into words must not hold up the others: find it and refuse only it.
            impossible = tuple(
                (one.posting_id, _cannot_encode(error))
                for one, operation in zip(step.posts, step.operations, strict=True)
                if (error := self._encode_alone(operation, books)) is not None
            )
            if not impossible:
                raise
            self._refuse(impossible, at)
            return None

    def _encode_alone(self, operation: Operation, books: Books) -> LocalProtocolError | None:
        try:
            self.connector.encode(Batch("0" * 20, (operation,)), books)
        except LocalProtocolError as error:
            return error
        return None

    def _store(self, batch: Batch, request: Request, step: Step, at: dt.datetime) -> SyncBatch:
        self.exchange.requests += 1
        return self.shelf.put(
            self.session,
            self.exchange,
            batch,
            request,
            subjects=step.subjects,
            at=at,
            about_id=step.about.id if step.about else None,
        )

    def _claim(self, row: SyncBatch, step: Step, at: dt.datetime) -> bool:
        changes = [
            Change(one.posting_id, self._details(), batch_id=row.id, position=position)
            for position, one in enumerate(step.posts, start=1)
        ]
        savepoint = self.session.begin_nested()
        claimed = postings.move(self.session, Move.CLAIM, changes, at=at, actor=self._actor)
        if len(claimed) < len(changes):
            savepoint.rollback()
            return False
        savepoint.commit()
        self.exchange.handed_out += len(claimed)
        return True

    def _refuse(self, impossible: Sequence[tuple[int, dict[str, Any]]], at: dt.datetime) -> None:
        changes = [Change(posting_id, self._details(), problem=problem) for posting_id, problem in impossible]
        moved = postings.move(self.session, Move.JUDGED_IMPOSSIBLE, changes, at=at, actor=self._actor)
        self.exchange.refused += len(moved)

    # ---- receipt

    def receive(self, response: Response) -> int:
        """Take an answer; percent done, 100 only when nothing more is to be asked, -1 when the exchange is over.

        An answer that comes late, to a session that was overtaken, is stored and used if its batch is unresolved.
        """
        at = self.clock()
        leases.wait_for_turn(self.session, self.connection.id)
        holds = leases.keep(self.session, self.exchange, at=at)
        row = batches.unanswered(self.session, self.exchange) or self._lost_without_answer()
        if row is None:
            self.session.commit()
            return self._progress(at) if holds else -1
        self.shelf.keep_answer(row, response, at=at)
        if row.state == BatchState.SENT.value:
            row.state = BatchState.ANSWERED.value
        transcripts.write_response(self.session, self.exchange, self.connector.redaction, response, at=at)
        self.exchange.seen_at = at
        self.session.commit()

        leases.wait_for_turn(self.session, self.connection.id)
        self.session.refresh(row)
        if row.answer is not None:  # whoever overtook this exchange meanwhile may have read it already
            self._interpret(row, at)
        progress = self._progress(at) if holds and leases.keep(self.session, self.exchange, at=at) else -1
        self.session.commit()
        return progress

    def _read_stored_answers(self, at: dt.datetime) -> None:
        """Interpret what was stored before a crash kept it from being read."""
        rows = self.session.scalars(
            select(SyncBatch)
            .where(SyncBatch.connection_id == self.connection.id, SyncBatch.state == BatchState.ANSWERED.value)
            .order_by(SyncBatch.id)
        ).all()
        for row in rows:
            self._interpret(row, at)

    def _interpret(self, row: SyncBatch, at: dt.datetime) -> None:
        batch, request, response = self.shelf.batch(row), self.shelf.request(row), self.shelf.answer(row)
        about = self.session.get(SyncBatch, row.about_id) if row.about_id is not None else None
        # What a status check returns is the answer to the batch that it asks about, under that batch's key.
        asked = self.shelf.batch(about) if about is not None and request.purpose is Purpose.ASK else batch
        outcomes = self.connector.decode(asked, request, response)
        if len(outcomes) != len(batch.operations):
            raise LocalProtocolError(
                f"{self.connector.name} gave {len(outcomes)} outcomes for {len(batch.operations)} operations"
            )
        self._stop_if_unreachable(response, outcomes)
        match request.purpose:
            case Purpose.WRITE:
                self._interpret_write(row, outcomes, at)
            case Purpose.ASK:
                if about is not None:
                    self._count(self._settler(at).apply(about, outcomes, asked=True))
                    about.asked_at = at
                batches.settle(row, at=at)
            case Purpose.IDENTIFY:
                self._interpret_identity(outcomes, at)
                batches.settle(row, at=at)
            case Purpose.FIND | Purpose.PULL:
                planner = self._planner(at)
                Learner(self.session, planner, self._details(), at, self._actor).learn(row, outcomes, about)
                batches.settle(row, at=at)

    def _interpret_write(self, row: SyncBatch, outcomes: Sequence[Outcome], at: dt.datetime) -> None:
        late = row.state == BatchState.LOST.value
        settled = self._settler(at).apply(row, outcomes, asked=late)
        self._count(settled)
        if settled.in_doubt:
            row.state = BatchState.LOST.value
            row.answer = None
            self.connection.batch_size = 1
            return
        if settled.disconnected is not None:
            self.exchange.stopped = settled.disconnected.text or "The books no longer let Dray in. Connect them again."
        batches.settle(row, at=at)
        if not late:
            self._adapt(row, outcomes, settled)

    def _interpret_identity(self, outcomes: Sequence[Outcome], at: dt.datetime) -> None:
        match outcomes[0]:
            case Identified(books):
                self._accept_books(books, at)
            case _ if not self.exchange.stopped:
                self.exchange.stopped = (
                    "The books did not say which they are. Nothing was sent; the next run asks again."
                )

    def _stop_if_unreachable(self, response: Response, outcomes: Sequence[Outcome]) -> None:
        """The carrier could not reach the books: asking on in this exchange would only fail again."""
        if not isinstance(response, Failure):
            return
        if any(isinstance(outcome, NotRun) for outcome in outcomes):
            return  # the books are there and refused the request itself
        explanation = self._explains.explain(response.code, response.text) if self._explains else None
        self.exchange.stopped = (
            f"{explanation.meaning} {explanation.action}"
            if explanation
            else f"The books could not be reached ({response.code}). The next run tries again."
        )

    def _adapt(self, row: SyncBatch, outcomes: Sequence[Outcome], settled: Settled) -> None:
        """Let batches grow while answers come back whole, up to the seconds of work that one request may hold;
        halve them when the books refused a batch as such, until the culprit stands alone."""
        together = len(outcomes)
        if settled.not_run and together > 1:
            self.connection.batch_size = max(1, together // 2)
            return
        if settled.not_run or settled.deferred or row.answered_at is None:
            return
        took = max(1, int((row.answered_at - row.sent_at).total_seconds() * 1000 / together))
        self.connection.write_ms = took
        fits = int(self.connector.timing.seconds_per_request * 1000 / took)
        most = max(1, min(self.connector.capabilities.batch, fits))
        if together >= self.connection.batch_size or self.connection.batch_size > most:
            self.connection.batch_size = min(most, max(together, self.connection.batch_size) * 2)

    def _progress(self, at: dt.datetime) -> int:
        """Percent done: what this exchange settled of that and what still waits. 100 only when the plan is empty."""
        if self.exchange.stopped:
            return -1
        waiting = outbox.count_waiting(self.session, self.connection.id, at=at)
        if not waiting and self._planner(at).next() is None:
            return 100
        done = self.exchange.accepted + self.exchange.refused
        return max(1, min(99, done * 100 // max(1, done + waiting)))

    # ---- what is common

    def _take_over(self, machine: str | None, at: dt.datetime) -> bool:
        held = leases.take_over(self.session, self.exchange, machine, at=at)
        if held is not None:
            self.exchange.stopped = (
                f"Nothing was sent: {held.machine} is sending for this company file right now, and this computer is "
                f"{machine}. Run the Web Connector on one computer only."
            )
            return False
        self._read_stored_answers(at)
        self._lose(self._open_batches(), at)
        return True

    def _open_batches(self) -> Sequence[SyncBatch]:
        return self.session.scalars(
            select(SyncBatch).where(
                SyncBatch.connection_id == self.connection.id, SyncBatch.state == BatchState.SENT.value
            )
        ).all()

    def _lose(self, rows: Sequence[SyncBatch], at: dt.datetime) -> None:
        """No answer will come to these: their writes are in doubt; mere questions are forgotten and asked again."""
        for row in rows:
            if not row.writes:
                batches.settle(row, at=at)
                continue
            row.state = BatchState.LOST.value
            self._settler(at).lose(row)
            self.connection.batch_size = 1

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

    def _accept_books(self, books: Books, at: dt.datetime) -> str:
        bound = binding.check(self.session, self.connection, books, at=at)
        self.exchange.books = canonical.dump(books)
        self.exchange.stopped = bound.sentence or None
        return bound.sentence

    def _next_due(self, at: dt.datetime) -> dt.datetime | None:
        """Now while anything waits or is in doubt; when the books asked to wait, then; otherwise not at all."""
        if self.connection.bound_at is None or outbox.count_waiting(self.session, self.connection.id, at=at):
            return at
        doubt = self.session.scalar(
            select(Posting.id)
            .where(Posting.connection_id == self.connection.id, Posting.state == PostingState.IN_DOUBT.value)
            .limit(1)
        )
        return at if doubt is not None else outbox.earliest(self.session, self.connection.id)

    def _count(self, settled: Settled) -> None:
        self.exchange.accepted += settled.count(Move.ACCEPTED)
        self.exchange.refused += settled.count(Move.REFUSED)

    def _planner(self, at: dt.datetime) -> Planner:
        known = canonical.load(Books, self.exchange.books) if self.exchange.books else None
        return Planner(self.session, self.connection, self.exchange, self.connector, known, at)

    def _settler(self, at: dt.datetime) -> Settler:
        return Settler(self.session, self._explains, self._details(), at, self._actor)

    def _details(self) -> dict[str, Any]:
        return {"connection_name": self.connection.name}

    @property
    def _explains(self) -> Explains | None:
        return self.connector if isinstance(self.connector, Explains) else None

    @property
    def _actor(self) -> str:
        return f"connection {self.connection.public_id}"


def _cannot_encode(error: LocalProtocolError) -> dict[str, Any]:
    return problems.refusal("cannot_encode", f"This invoice cannot be put into the books' form: {error}.", "")
