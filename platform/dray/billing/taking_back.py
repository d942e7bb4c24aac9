"""Many at once and one way back: presses of Send with how they stand, and invoices marked as not to be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from dray.billing import not_sent
from dray.billing.given import Missing
from dray.billing.haste import in_turns
from dray.billing.models import Posting, Sending
from dray.billing.send import SendResult
from dray.billing.states import SEEN_AS, InvoiceState, PostingState
from dray.billing.taking_back_models import Marking
from dray.connections.models import Connection
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

PIECE: Final = 250


@dataclass(frozen=True, slots=True)
class PastSending:
    """One press of Send. `stand`: state that people see → how many of its invoices are there now; those that were taken
    back are counted as drafts, whatever became of them later."""

    public_id: str
    at: dt.datetime
    actor: str
    connection: str
    invoices: int
    stand: Mapping[InvoiceState, int]

    @property
    def waiting(self) -> int:
        """How many have not left, and can be taken back."""
        return self.stand.get(InvoiceState.PENDING_SYNC, 0)


def sendings(session: Scoped, *, before: str = "", limit: int = 25) -> list[PastSending]:
    """Presses of Send, the newest first; behind the one of the public id `before`. One more than the limit is read by
    who wants to know whether there are more."""
    statement = (
        select(Sending, Connection.name)
        .join(Connection, Connection.id == Sending.connection_id)
        .order_by(Sending.id.desc())
        .limit(limit)
    )
    if before:
        place = session.scalar(select(Sending.id).where(Sending.public_id == before))
        if place is not None:
            statement = statement.where(Sending.id < place)
    rows = session.execute(statement).all()
    stand = _stand(session, [sending.id for sending, _ in rows])
    return [
        PastSending(sending.public_id, sending.at, sending.actor, name, sending.invoices, stand.get(sending.id, {}))
        for sending, name in rows
    ]


def mark(
    session: Scoped, public_ids: Sequence[str], reason: str, *, at: dt.datetime, actor: str
) -> tuple[str, list[SendResult]]:
    """Mark invoices as not to be sent; the id by which that is undone (empty where none was marked), and one result
    each. Raises Unacceptable for no reason. Commits after every piece: call it with no other work open in the
    session."""
    public_id, results, marked = new_public_id("mrk"), [], []
    row: Marking | None = None
    for piece in in_turns(public_ids, PIECE):
        some = not_sent.mark(session, piece, reason, at=at, actor=actor)
        results += some
        done = [each.id for each in some if each.done]
        marked += done
        if done and row is None:
            row = Marking(public_id=public_id, actor=actor, at=at, reason=reason.strip(), invoices=0, marked=[])
            session.add(row)
        if done and row is not None:
            row.invoices, row.marked = len(marked), list(marked)
            _record(session, "invoices.marked_not_sent", public_id, done, actor, at, reason=reason.strip())
        session.commit()
    return (public_id if row is not None else ""), results


def unmark(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> list[SendResult]:
    """Take back one marking: what is still marked as it was then. Raises Missing. Commits after every piece."""
    row = session.scalar(select(Marking).where(Marking.public_id == public_id))
    if row is None:
        raise Missing("There is no such marking.")
    marked = list(row.marked)
    results: list[SendResult] = []
    for piece in in_turns(marked, PIECE):
        some = not_sent.unmark(session, piece, at=at, actor=actor)
        results += some
        done = [each.id for each in some if each.done]
        if done:
            _record(session, "invoices.unmarked_not_sent", public_id, done, actor, at)
        session.commit()
    return results


def _record(
    session: Scoped, action: str, public_id: str, done: Sequence[str], actor: str, at: dt.datetime, **more: str
) -> None:
    details = {"invoices": list(done), "count": len(done), **more}
    audit.record(session, actor=actor, action=action, subject=f"marking:{public_id}", now=at, details=details)


def _stand(session: Scoped, sending_ids: Sequence[int]) -> dict[int, dict[InvoiceState, int]]:
    rows = session.execute(
        select(Posting.sending_id, Posting.state, func.count())
        .where(Posting.sending_id.in_(sending_ids))
        .group_by(Posting.sending_id, Posting.state)
    )
    stand: dict[int, dict[InvoiceState, int]] = {}
    for sending_id, state, number in rows:
        seen = SEEN_AS[PostingState(state)]
        of_this = stand.setdefault(sending_id, {})
        of_this[seen] = of_this.get(seen, 0) + number
    return stand
