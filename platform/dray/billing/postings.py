"""The one door through which a posting changes its state, and its invoice with it.

A move is one conditional UPDATE for many postings: whoever comes second finds the state changed and moves nothing.
Nothing else writes `postings.state` or `invoices.state` of an invoice that has been sent.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import insert, update

from dray.billing import counts, tallies, timeline
from dray.billing.bulk import NO_SYNC, pieces, update_each
from dray.billing.models import Invoice, Posting, Receipt
from dray.billing.states import SEEN_AS, Move, PostingState, after, sources
from dray_tenants.scope import Scoped

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the books said when they took an invoice. Amounts are minor units, None until the books told them."""

    books_id: str
    number: str | None = None
    total_minor: int | None = None
    tax_minor: int | None = None
    balance_minor: int | None = None
    revision: str | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One posting to move, and what goes with it.

    `details` fill the timeline's sentence (`timeline.SENTENCES`; "connection_name", "detail", "code"). `problem` is
    the stored form of a refusal (`problems.refusal`): given with REFUSED, JUDGED_IMPOSSIBLE and LEFT_UNPROVED, and
    shown on the invoice. `receipt` is given with ACCEPTED, FOUND_THERE and ARRIVED_AFTER_ALL, always. `batch_id` and
    `position` are given with CLAIM; `not_before` with NOT_RUN or PROVED_ABSENT where the books asked to wait.
    """

    posting_id: int
    details: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    problem: Mapping[str, Any] | None = None
    receipt: Accepted | None = None
    batch_id: int | None = None
    position: int | None = None
    not_before: dt.datetime | None = None


_TAKEN: Final = frozenset({Move.ACCEPTED, Move.FOUND_THERE, Move.ARRIVED_AFTER_ALL})
_REFUSALS: Final = frozenset({Move.REFUSED, Move.JUDGED_IMPOSSIBLE, Move.LEFT_UNPROVED})
_BACK_IN_LINE: Final = frozenset({Move.NOT_RUN, Move.PROVED_ABSENT})
_SETTLED: Final = frozenset({PostingState.POSTED, PostingState.REFUSED, PostingState.WITHDRAWN})
_OF_ITS_OWN: Final[Mapping[Move, tuple[str, ...]]] = {
    Move.CLAIM: ("batch_id", "position"),
    Move.NOT_RUN: ("not_before",),
    Move.PROVED_ABSENT: ("not_before",),
    Move.REFUSED: ("problem",),
    Move.JUDGED_IMPOSSIBLE: ("problem",),
    Move.LEFT_UNPROVED: ("problem",),
}
"""The columns that a move writes for each posting by itself."""


def move(session: Scoped, via: Move, changes: Sequence[Change], *, at: dt.datetime, actor: str) -> list[int]:
    """Move postings, in the caller's transaction; returns the ids of those that moved, in the order of `changes`.

    A posting that was not in a state from which the move may happen is left alone and missing from the answer:
    somebody else was there first. With a posting its invoice's state, the counts, the timeline and, where the books
    have it, the receipt are written. ValueError where a change lacks what its move needs.
    """
    _check(via, changes)
    by_id = {change.posting_id: change for change in changes}
    moved: dict[int, int] = {}
    deltas: Counter[str] = Counter()
    for source in sources(via):
        winners = _move_from(session, source, via, [key for key in by_id if key not in moved], at)
        moved |= winners
        deltas[SEEN_AS[source].value] -= len(winners)
        deltas[SEEN_AS[after(source, via)].value] += len(winners)
        if len(moved) == len(by_id):
            break
    if not moved:
        return []
    won = [(by_id[posting_id], invoice_id) for posting_id, invoice_id in moved.items()]
    _write_what_is_its_own(session, via, won)
    _show_on_invoices(session, via, won, at)
    if via in _TAKEN:
        session.execute(
            insert(Receipt),
            [
                _receipt(change.posting_id, invoice_id, change.receipt, at)
                for change, invoice_id in won
                if change.receipt is not None
            ],
        )
    timeline.note(session, via.value, ((invoice_id, _told(change)) for change, invoice_id in won), at=at, actor=actor)
    counts.change(session, deltas)
    tallies.count(session, via, list(moved), at)
    return [posting_id for posting_id in by_id if posting_id in moved]


def _check(via: Move, changes: Sequence[Change]) -> None:
    for change in changes:
        if via in _TAKEN and change.receipt is None:
            raise ValueError("an accepted posting needs the receipt")
        if via in _REFUSALS and change.problem is None:
            raise ValueError("a refused posting needs the problem")
        if via is Move.CLAIM and (change.batch_id is None or change.position is None):
            raise ValueError("a claimed posting needs its place in a batch")


def _move_from(session: Scoped, source: PostingState, via: Move, ids: Sequence[int], at: dt.datetime) -> dict[int, int]:
    """Posting id → invoice id of those that were in `source` and are now in the state that follows."""
    target = after(source, via)
    values: dict[str, Any] = {"state": target.value, "settled_at": at if target in _SETTLED else None}
    if via is Move.CLAIM:
        values |= {"handed_out_at": at, "not_before": None, "problem": None}
    if via is Move.LEFT_UNPROVED:
        values["unproved_at"] = at
    if via in _BACK_IN_LINE:
        values |= {"batch_id": None, "position": None, "handed_out_at": None}
    moved: dict[int, int] = {}
    for some in pieces(ids):
        statement = (
            update(Posting)
            .where(Posting.id.in_(some), Posting.state == source.value)
            .values(values)
            .returning(Posting.id, Posting.invoice_id)
        )
        moved.update(session.execute(statement, execution_options=NO_SYNC).all())
    return moved


def _write_what_is_its_own(session: Scoped, via: Move, won: Sequence[tuple[Change, int]]) -> None:
    columns = _OF_ITS_OWN.get(via, ())
    own = [(change.posting_id, [getattr(change, column) for column in columns]) for change, _ in won]
    update_each(session, Posting, columns, [row for row in own if any(value is not None for value in row[1])])


def _show_on_invoices(session: Scoped, via: Move, won: Sequence[tuple[Change, int]], at: dt.datetime) -> None:
    state = SEEN_AS[after(sources(via)[0], via)]
    values: dict[str, Any] = {"state": state.value, "updated_at": at}
    if via in _TAKEN:
        values["problems"] = None
    if via in _REFUSALS:
        shown = [(invoice_id, [[dict(change.problem or {})]]) for change, invoice_id in won]
        update_each(session, Invoice, ("problems",), shown)
    for some in pieces([invoice_id for _, invoice_id in won]):
        session.execute(update(Invoice).where(Invoice.id.in_(some)).values(values), execution_options=NO_SYNC)


def _receipt(posting_id: int, invoice_id: int, said: Accepted, at: dt.datetime) -> dict[str, Any]:
    return {
        "posting_id": posting_id,
        "invoice_id": invoice_id,
        "books_id": said.books_id,
        "number": said.number,
        "total_minor": said.total_minor,
        "tax_minor": said.tax_minor,
        "balance_minor": said.balance_minor,
        "revision": said.revision,
        "warning": said.warning,
        "accepted_at": at,
        "read_at": at,
    }


def _told(change: Change) -> dict[str, Any]:
    """The timeline's details: what the caller gave, and what the problem or the receipt says where it gave nothing."""
    told: dict[str, Any] = {}
    if change.problem is not None:
        told |= {"code": change.problem.get("code"), "detail": change.problem.get("detail")}
    if change.receipt is not None:
        told |= {"number": change.receipt.number, "warning": change.receipt.warning}
    told = {name: value for name, value in told.items() if value is not None}
    return {**told, **change.details}
