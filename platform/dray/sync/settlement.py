"""From outcomes to states: what each outcome of a write does to its posting or link.

The tables say it all. Applying the same outcomes twice changes nothing the second time, because every move is
conditional on the state that it leaves.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from dray.billing import postings, problems
from dray.billing.posting_models import Posting
from dray.billing.postings import Accepted, Change
from dray.billing.states import Move, PostingState
from dray.billing.timeline import ASKED
from dray.connections.links import LinkState, called_there
from dray.connections.models import Link
from dray.sync.models import SyncBatch
from dray_sdk import (
    Deferred,
    Disconnected,
    Explains,
    InDoubt,
    NotRun,
    Outcome,
    Posted,
    Refused,
    Stale,
)
from dray_tenants.scope import Scoped

MOVES: Mapping[type, Move] = {
    Posted: Move.ACCEPTED,
    Refused: Move.REFUSED,
    Stale: Move.REFUSED,
    NotRun: Move.NOT_RUN,
    Deferred: Move.NOT_RUN,
    Disconnected: Move.NOT_RUN,
    InDoubt: Move.ANSWER_LOST,
}
"""What an answered write does. An outcome that is not here answers another question, and is in doubt."""

DEFINITE: frozenset[type] = frozenset({Posted, Refused, Stale})
"""The outcomes by which asking about a lost batch settles an operation. Anything else is looked up one by one."""


@dataclass(slots=True)
class Settled:
    """What a batch came to: how many of each, and what the engine must heed. `taken`: the postings that were
    accepted."""

    moved: dict[Move, int] = field(default_factory=dict)
    not_run: int = 0
    deferred: int = 0
    disconnected: Disconnected | None = None
    in_doubt: int = 0
    taken: list[int] = field(default_factory=list)

    def count(self, move: Move) -> int:
        """How many postings made the move."""
        return self.moved.get(move, 0)


@dataclass(frozen=True, slots=True)
class Settler:
    """Applies outcomes to what a batch carried. `details` go with every timeline entry; `actor` is who did it."""

    session: Scoped
    explains: Explains | None
    details: Mapping[str, Any]
    at: dt.datetime
    actor: str

    def apply(self, row: SyncBatch, outcomes: Sequence[Outcome], *, asked: bool = False) -> Settled:
        """Settle a write's outcomes. `asked`: they answer what became of the batch, so only what is definite counts."""
        settled = Settled()
        changes: dict[Move, list[Change]] = defaultdict(list)
        mine = self._postings_of(row)
        links = self._links_of(row)
        for position, outcome in enumerate(outcomes, start=1):
            if asked and type(outcome) not in DEFINITE:
                settled.in_doubt += 1
                continue
            self._note(settled, outcome)
            if position in links:
                self._settle_link(links[position], outcome, len(outcomes))
            elif position in mine:
                move = self._move(outcome, len(outcomes))
                changes[move].append(self._change(mine[position], move, outcome, ASKED if asked else ""))
        for move, some in changes.items():
            moved = postings.move(self.session, move, some, at=self.at, actor=self.actor)
            settled.moved[move] = len(moved)
            if move is Move.ACCEPTED:
                settled.taken += moved
            if move is Move.NOT_RUN:
                self._give_back(moved)
        return settled

    def lose(self, row: SyncBatch) -> int:
        """No answer will come any more: what the batch carried is in doubt. How many postings that is."""
        changes = [Change(posting_id, self.details) for posting_id in self._postings_of(row).values()]
        return len(postings.move(self.session, Move.ANSWER_LOST, changes, at=self.at, actor=self.actor))

    def _give_back(self, posting_ids: Sequence[int]) -> None:
        """Of what came back undone, that which somebody wanted back meanwhile does not wait in line again."""
        wanted = self.session.scalars(
            select(Posting.id).where(Posting.id.in_(posting_ids), Posting.take_back.is_(True))
        ).all()
        postings.move(self.session, Move.UNPEND, [Change(each) for each in wanted], at=self.at, actor=self.actor)

    def _move(self, outcome: Outcome, together: int) -> Move:
        if isinstance(outcome, NotRun) and (outcome.culprit or (outcome.culprit is None and together == 1)):
            return Move.REFUSED
        return MOVES.get(type(outcome), Move.ANSWER_LOST)

    def _change(self, posting_id: int, move: Move, outcome: Outcome, found: str = "") -> Change:
        details = {**self.details, **_raw(outcome)}
        if found and isinstance(outcome, Posted):
            details["found"] = found
        if move is Move.NOT_RUN:
            details |= self._why(outcome)
        match outcome:
            case Posted():
                return Change(posting_id, details, receipt=accepted(outcome))
            case Deferred(delay=delay):
                return Change(posting_id, details, not_before=self.at + dt.timedelta(seconds=delay))
            case Refused() | NotRun() | Stale() if move is Move.REFUSED:
                return Change(posting_id, details, problem=self.problem(outcome))
            case _:
                return Change(posting_id, details)

    def _why(self, outcome: Outcome) -> dict[str, str]:
        code, text = getattr(outcome, "code", ""), getattr(outcome, "text", "")
        explanation = self.explains.explain(code, text) if self.explains and code else None
        return {"detail": explanation.meaning} if explanation else {}

    def problem(self, outcome: Refused | NotRun | Stale) -> dict[str, Any]:
        """The refusal as people see it: the connector's explanation, with the books' own words behind it."""
        explanation = self.explains.explain(outcome.code, outcome.text) if self.explains else None
        where = outcome.field if isinstance(outcome, Refused) else None
        said = outcome.text.strip()
        if explanation is None:
            detail = f"The books said: {said}" if said else "The books did not take it and gave no reason."
        else:
            detail = f"{explanation.meaning} {explanation.action}".strip()
        problem = problems.refusal(outcome.code or "refused", detail, where)
        return {**problem, "raw": {"code": outcome.code, "text": outcome.text}}

    def _settle_link(self, link: Link, outcome: Outcome, together: int) -> None:
        link.checked_at = self.at
        match outcome:
            case Posted():
                link.state = LinkState.LINKED.value
                link.books_id = outcome.books_id
                link.books_name = called_there(link, link.name)
                link.problem = None
            case Refused() | Stale() | NotRun(culprit=True):
                link.state = LinkState.ABSENT.value
                link.problem = self.problem(outcome)
            case NotRun(culprit=None) if together == 1:
                link.state = LinkState.ABSENT.value
                link.problem = self.problem(outcome)
            case NotRun(culprit=None):
                link.state = LinkState.ABSENT.value  # tried again at once, in a smaller batch
            case NotRun() | Deferred() | Disconnected():
                link.state = LinkState.UNKNOWN.value  # tried again in the next exchange
            case _:
                pass  # in doubt: it stays "creating" until it is looked up

    def _note(self, settled: Settled, outcome: Outcome) -> None:
        match outcome:
            case NotRun():
                settled.not_run += 1
            case Deferred():
                settled.deferred += 1
            case Disconnected():
                settled.disconnected = outcome
            case InDoubt():
                settled.in_doubt += 1
            case _:
                pass

    def _postings_of(self, row: SyncBatch) -> dict[int, int]:
        """position → posting id, of those that still belong to this batch and await its answer."""
        statement = select(Posting.position, Posting.id).where(
            Posting.batch_id == row.id,
            Posting.state.in_((PostingState.SENDING.value, PostingState.IN_DOUBT.value)),
        )
        return {position: posting_id for position, posting_id in self.session.execute(statement) if position}

    def _links_of(self, row: SyncBatch) -> dict[int, Link]:
        statement = select(Link).where(Link.batch_id == row.id, Link.state == LinkState.CREATING.value)
        return {link.position: link for link in self.session.scalars(statement) if link.position}


def accepted(outcome: Posted) -> Accepted:
    """The receipt of what the books took."""
    return Accepted(
        books_id=outcome.books_id,
        number=outcome.number,
        total_minor=outcome.total.minor if outcome.total else None,
        tax_minor=outcome.tax.minor if outcome.tax else None,
        balance_minor=outcome.balance.minor if outcome.balance else None,
        revision=outcome.revision,
        warning=outcome.warning,
    )


def _raw(outcome: Outcome) -> dict[str, str]:
    code, text = getattr(outcome, "code", ""), getattr(outcome, "text", "")
    return {name: value for name, value in (("code", code), ("text", text)) if value}
