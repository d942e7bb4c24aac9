"""Hand-out: plan the next step, claim what it carries, put it into words and store it, all in the caller's transaction.

Nothing leaves before that transaction is committed; what is committed can be handed out again, byte for byte.
"""

from __future__ import annotations

from dataclasses import replace

from dray.billing import postings, problems
from dray.billing.postings import Change
from dray.billing.states import Move
from dray.connections import links
from dray.connections.links import LinkState
from dray.guests import GuestBroke
from dray.sync import setting_aside
from dray.sync.models import SyncBatch
from dray.sync.steps import Refuse, Settle, Step
from dray.sync.turn import Turn
from dray_sdk import AsksApart, Batch, Books, Find, LocalProtocolError, Operation, Purpose, Request

MOST_BROKEN = 5
"""How often a connector may break in one hand-out. After that it is not asked again in this exchange."""


def hand_out(turn: Turn) -> Request | None:
    """The next request, claimed and stored; None when there is nothing more to ask. Plans again after whatever was not
    a request: an invoice that cannot leave, a doubt that is settled, a claim that somebody else won."""
    broken = 0
    while not turn.exchange.stopped:
        match turn.planner.next():
            case None:
                return None
            case Refuse(impossible):
                turn.refuse(impossible)
            case Settle(row):
                turn.settle(row)
            case Step() as step:
                try:
                    request = _leave(turn, step)
                except GuestBroke as broke:
                    broken += 1
                    setting_aside.set_aside(turn, step, broke, last=broken == MOST_BROKEN)
                    request = None
                if request is not None:
                    return request
        turn.session.flush()
    return None


def _leave(turn: Turn, step: Step) -> Request | None:
    """The step's request. None when it came to nothing and the plan must be made again."""
    if step.about is not None and (step.asks or step.repeats):
        return _repeat(turn, step.about) if step.repeats else _ask(turn, step.about)
    step = _first_part(turn, step)
    to_forget = turn.connection.to_forget or ()
    forgotten = next(iter(to_forget), None) if step.writes or step.forgets else None
    batch = turn.shelf.new(step.operations, forgotten)
    request = _encode(turn, batch, step)
    if request is None:
        return None
    row = _store(turn, batch, request, step)
    if step.forgets and forgotten:
        # Said once: whether the books took it in is not worth asking again.
        turn.connection.to_forget = [key for key in to_forget if key != forgotten]
    if step.posts and not _claim(turn, row, step):
        # Somebody took one back between the plan and the claim: nothing left yet, so plan without it.
        turn.session.delete(row)
        return None
    for position, (key, name) in enumerate(step.creates, start=1):
        links.record(
            turn.session,
            turn.connection.id,
            key,
            name=name,
            state=LinkState.CREATING,
            at=turn.at,
            values={"batch_id": row.id, "position": position},
        )
    return request


def _first_part(turn: Turn, step: Step) -> Step:
    """Of questions that need not be answered together, those that travel in one cheap request; the plan asks for the
    others again. What settles a doubt always travels whole."""
    finds = [one for one in step.operations if isinstance(one, Find)]
    apart = turn.connector
    if (
        step.whole
        or step.about is not None
        or len(finds) < len(step.operations)
        or not finds
        or not isinstance(apart, AsksApart)
    ):
        return step
    places = sorted(set(apart.together(finds)))
    operations = tuple(step.operations[place] for place in places)
    return replace(step, operations=operations, subjects=tuple(step.subjects[place] for place in places))


def _ask(turn: Turn, about: SyncBatch) -> Request | None:
    """What became of a lost batch, as the books remember it; never posts."""
    batch = turn.shelf.batch(about)
    request = turn.guest.recover(batch, _books(turn))
    if request is None:
        about.asked_at = turn.at
        return None
    _store(turn, Batch(turn.shelf.new(()).key, batch.operations), request, Step(about=about))
    return request


def _repeat(turn: Turn, about: SyncBatch) -> Request:
    """The identical bytes of a lost batch. They may be done now, if they never were: so what counts from here is when
    this carrier is over."""
    request = replace(turn.shelf.request(about), purpose=Purpose.ASK)
    about.asked_at = turn.at
    _store(turn, Batch(turn.shelf.new(()).key, turn.shelf.batch(about).operations), request, Step(about=about))
    return request


def _books(turn: Turn) -> Books:
    """What a connector encodes for. Before the books have said who they are, only `Identify` is asked, and all that is
    known is which ones the connection is for: where we call them, that is part of the address."""
    return turn.books or Books(name="", id=turn.connection.books_id)


def _encode(turn: Turn, batch: Batch, step: Step) -> Request | None:
    books = _books(turn)
    try:
        return turn.guest.encode(batch, books)
    except LocalProtocolError as unheard:
        if not step.posts:
            raise GuestBroke(f"{turn.connector.title} has no words for what is to be asked: {unheard}.") from unheard
        # One document that cannot be put into words must not hold up the others: find it and refuse only it.
        culprits = [
            (one.posting_id, problems.refusal("cannot_encode", f"This invoice cannot be put into words: {error}."))
            for one, operation in zip(step.posts, step.operations, strict=True)
            if (error := _cannot_encode(turn, operation, books)) is not None
        ]
        if not culprits:
            raise GuestBroke(f"{turn.connector.title} takes each of these invoices, but not together.") from None
        turn.refuse(culprits)
        return None


def _cannot_encode(turn: Turn, operation: Operation, books: Books) -> LocalProtocolError | None:
    try:
        turn.guest.encode(Batch("0" * 20, (operation,)), books)
    except LocalProtocolError as error:
        return error
    return None


def _store(turn: Turn, batch: Batch, request: Request, step: Step) -> SyncBatch:
    turn.exchange.requests += 1
    return turn.shelf.put(
        turn.session,
        turn.exchange,
        batch,
        request,
        subjects=step.subjects,
        at=turn.at,
        about_id=step.about.id if step.about else None,
    )


def _claim(turn: Turn, row: SyncBatch, step: Step) -> bool:
    """All of them or none: the bytes that are stored carry them all."""
    changes = [
        Change(one.posting_id, turn.details, batch_id=row.id, position=position)
        for position, one in enumerate(step.posts, start=1)
    ]
    savepoint = turn.session.begin_nested()
    claimed = postings.move(turn.session, Move.CLAIM, changes, at=turn.at, actor=turn.actor)
    if len(claimed) < len(changes):
        savepoint.rollback()
        return False
    savepoint.commit()
    turn.exchange.handed_out += len(claimed)
    return True
