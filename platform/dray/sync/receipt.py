"""Receipt: what an answer means for the postings, links and batches that it is about.

The raw answer was committed before; everything here can be done again after a crash, and then changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from dray.connections import binding
from dray.sync import late_proof, outbox, setting_aside, stale_links, unknown_codes
from dray.sync.batches import BatchState
from dray.sync.models import SyncBatch
from dray.sync.settlement import DEFINITE, Settled
from dray.sync.turn import Turn
from dray_sdk import (
    Books,
    Deferred,
    Disconnected,
    Failure,
    Identified,
    InDoubt,
    NotRun,
    Outcome,
    Purpose,
    Response,
    canonical,
)


def read_stored_answers(turn: Turn) -> None:
    """Interpret what was stored before a crash kept it from being read."""
    for row in _in_state(turn, BatchState.ANSWERED):
        interpret(turn, row)


def lose_what_is_open(turn: Turn) -> None:
    """No answer will come to what is still out: its writes are in doubt; mere questions are forgotten, and asked
    again when they matter."""
    for row in _in_state(turn, BatchState.SENT):
        if not row.writes:
            turn.settle(row)
            continue
        row.state = BatchState.LOST.value
        turn.settler.lose(row)
        turn.connection.batch_size = 1


UNCLEAR_FOR = 30
"""Seconds that whoever dials waits after an answer that told nothing: the next one might go the same way."""


def interpret(turn: Turn, row: SyncBatch) -> int:
    """Read the stored answer of one batch, and do what it says. The seconds that whoever dials is to wait, 0 where
    nothing is in the way."""
    batch, request, response = turn.shelf.batch(row), turn.shelf.request(row), turn.shelf.answer(row)
    about = turn.session.get(SyncBatch, row.about_id) if row.about_id is not None else None
    # What a status check returns is the answer to the batch that it asks about, under that batch's key.
    asked = turn.shelf.batch(about) if about is not None and request.purpose is Purpose.ASK else batch
    outcomes, broke = turn.guest.decode(asked, request, response)
    if broke is not None:
        setting_aside.tell(turn, broke, stops=broke.slow or request.purpose is Purpose.IDENTIFY)
    if turn.recorder is not None:
        books = turn.books or Books(name="", id=turn.connection.books_id)
        turn.recorder.keep(turn.connector, asked, books, request, response, outcomes, at=turn.at)
    _stop_if_unreachable(turn, response, outcomes)
    unknown_codes.note(turn.session, turn.connector, unknown_codes.codes_in(outcomes, response), turn.at)
    match request.purpose:
        case Purpose.WRITE:
            _interpret_write(turn, row, outcomes, batch.forget)
            return _told_to_wait(outcomes) or (UNCLEAR_FOR if row.state == BatchState.LOST.value else 0)
        case Purpose.ASK if about is not None:
            turn.count(turn.settler.apply(about, outcomes, asked=True))
            late_proof.use(turn, about, [each if type(each) in DEFINITE else InDoubt() for each in outcomes])
            about.asked_at = turn.at
        case Purpose.IDENTIFY:
            _interpret_identity(turn, outcomes)
            turn.settle(row)
            return _told_to_wait(outcomes) or (UNCLEAR_FOR if isinstance(outcomes[0], InDoubt) else 0)
        case Purpose.FIND if all(isinstance(outcome, Disconnected) for outcome in outcomes):
            # nobody was let in: that teaches nothing of what was asked
            turn.exchange.stopped = _shut_out(outcomes)
        case _:
            turn.learner.learn(row, outcomes, about)
    turn.settle(row)
    return _told_to_wait(outcomes)


def accept_books(turn: Turn, books: Books) -> str:
    """Whether these are the right books; empty when they are, else the sentence for the person there."""
    bound = binding.check(turn.session, turn.connection, books, at=turn.at)
    turn.exchange.books, turn.exchange.identified_at = canonical.dump(books), turn.at
    turn.exchange.stopped = bound.sentence or None
    return bound.sentence


def progress(turn: Turn) -> int:
    """Percent done, of what this exchange settled and what still waits. 100 only when there is nothing more to ask;
    -1 when the exchange was stopped."""
    if turn.exchange.stopped:
        return -1
    waiting = outbox.count_waiting(turn.session, turn.connection.id, at=turn.at)
    if not waiting and turn.planner.next() is None:
        return 100
    done = turn.exchange.accepted + turn.exchange.refused
    return max(1, min(99, done * 100 // max(1, done + waiting)))


def _in_state(turn: Turn, state: BatchState) -> Sequence[SyncBatch]:
    statement = select(SyncBatch).where(SyncBatch.connection_id == turn.connection.id, SyncBatch.state == state.value)
    return turn.session.scalars(statement.order_by(SyncBatch.id)).all()


SHUT_OUT = "The books no longer let Dray in. Connect them again."


def _shut_out(outcomes: Sequence[Outcome]) -> str:
    """What the books say of it, where they say anything."""
    return next((one.text for one in outcomes if isinstance(one, Disconnected) and one.text), SHUT_OUT)


def _told_to_wait(outcomes: Sequence[Outcome]) -> int:
    """Nothing of it was done, and all of it may be tried again after so long."""
    delays = [outcome.delay for outcome in outcomes if isinstance(outcome, Deferred)]
    return max(delays) if delays and len(delays) == len(outcomes) else 0


def _interpret_write(turn: Turn, row: SyncBatch, outcomes: Sequence[Outcome], forgotten: str | None) -> None:
    late = row.state == BatchState.LOST.value
    settled = turn.settler.apply(row, outcomes, asked=late)
    late_proof.use(turn, row, outcomes)
    stale_links.look_up_again(turn, row, outcomes)
    turn.count(settled)
    if settled.in_doubt:
        row.state = BatchState.LOST.value
        row.answer = None
        turn.connection.batch_size = 1
        return
    if settled.disconnected is not None:
        turn.exchange.stopped = settled.disconnected.text or SHUT_OUT
    turn.settle(row)
    if forgotten:
        turn.connection.to_forget = [key for key in turn.connection.to_forget or () if key != forgotten]
    if not late:
        _adapt(turn, row, len(outcomes), settled)


def _interpret_identity(turn: Turn, outcomes: Sequence[Outcome]) -> None:
    match outcomes[0]:
        case Identified(books):
            accept_books(turn, books)
        case Disconnected(text=text) if text:
            turn.exchange.stopped = text
        case _ if not turn.exchange.stopped:
            turn.exchange.stopped = "The books did not say which they are. Nothing was sent; the next run asks again."


def _stop_if_unreachable(turn: Turn, response: Response, outcomes: Sequence[Outcome]) -> None:
    """The carrier could not reach the books: asking on in this exchange would only fail again."""
    if not isinstance(response, Failure):
        return
    if any(isinstance(outcome, NotRun) for outcome in outcomes):
        return  # the books are there and refused the request itself
    explanation = turn.explains.explain(response.code, response.text) if turn.explains else None
    turn.exchange.stopped = (
        f"{explanation.meaning} {explanation.action}"
        if explanation
        else f"The books could not be reached ({response.code}). The next run tries again."
    )


def _adapt(turn: Turn, row: SyncBatch, together: int, settled: Settled) -> None:
    """Let batches grow while answers come back whole, up to the seconds of work that one request may hold; halve them
    when the books refused a batch as such, until the culprit stands alone."""
    connection, timing = turn.connection, turn.connector.timing
    if settled.not_run and together > 1:
        connection.batch_size = max(1, together // 2)
        return
    if settled.not_run or settled.deferred or row.answered_at is None:
        return
    took = max(1, int((row.answered_at - row.sent_at).total_seconds() * 1000 / together))
    connection.write_ms = took
    most = max(1, min(turn.connector.capabilities.batch, int(timing.seconds_per_request * 1000 / took)))
    if together >= connection.batch_size or connection.batch_size > most:
        connection.batch_size = min(most, max(together, connection.batch_size) * 2)
