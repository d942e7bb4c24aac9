"""Not to be sent: a cash sale, billed elsewhere, older than the connection. With a reason, and an undo.

Such an invoice stays a draft, is in no count of work, and Send refuses it until the mark is taken away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select, update

from dray.billing import counts, timeline
from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.checking import LONGEST_NAME, clean, text_complaints
from dray.billing.editing import LOCKED_BECAUSE
from dray.billing.given import Complaint, Unacceptable
from dray.billing.models import Invoice, Posting
from dray.billing.postings import Change, move
from dray.billing.problems import refusal
from dray.billing.send import SendResult
from dray.billing.states import EDITABLE, InvoiceState, Move, PostingState
from dray_tenants.scope import Scoped


def mark(session: Scoped, public_ids: Sequence[str], reason: str, *, at: dt.datetime, actor: str) -> list[SendResult]:
    """Mark open invoices, in the caller's transaction; one result each, in order. Raises Unacceptable for no reason."""
    said = clean(reason)
    if complaints := list(text_complaints(said, ("reason",), LONGEST_NAME)):
        raise Unacceptable(complaints)
    if said is None:
        raise Unacceptable([Complaint(("reason",), "Say why it is not sent, such as “cash sale”.")])
    open_ones = {row.public_id: row for row in _find(session, public_ids) if row.not_sent is None and _is_open(row)}
    _make_drafts(session, list(open_ones.values()), at=at, actor=actor)
    _write(session, list(open_ones.values()), said, at)
    told = [(row.id, {"reason": said}) for row in open_ones.values()]
    timeline.note(session, "marked_not_sent", told, at=at, actor=actor)
    counts.change(session, {InvoiceState.DRAFT.value: -len(open_ones), counts.NOT_SENT: len(open_ones)})
    return _results(session, public_ids, set(open_ones), "It is marked already.")


def unmark(session: Scoped, public_ids: Sequence[str], *, at: dt.datetime, actor: str) -> list[SendResult]:
    """Take the mark away, in the caller's transaction; one result each, in order."""
    marked = {row.public_id: row for row in _find(session, public_ids) if row.not_sent is not None}
    _write(session, list(marked.values()), None, at)
    timeline.note(session, "unmarked_not_sent", [(row.id, {}) for row in marked.values()], at=at, actor=actor)
    counts.change(session, {InvoiceState.DRAFT.value: len(marked), counts.NOT_SENT: -len(marked)})
    return _results(session, public_ids, set(marked), "It is not marked.")


def _find(session: Scoped, public_ids: Sequence[str]) -> list[Invoice]:
    found: list[Invoice] = []
    for some in pieces(list(dict.fromkeys(public_ids))):
        found += session.scalars(
            select(Invoice)
            .where(Invoice.public_id.in_(some), Invoice.deleted_at.is_(None))
            .order_by(Invoice.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    return found


def _is_open(row: Invoice) -> bool:
    return InvoiceState(row.state) in EDITABLE


def _make_drafts(session: Scoped, rows: Sequence[Invoice], *, at: dt.datetime, actor: str) -> None:
    """Set aside the refused tries of those that need attention."""
    ids = [row.id for row in rows if row.state == InvoiceState.NEEDS_ATTENTION.value]
    for some in pieces(ids):
        refused = session.scalars(
            select(Posting.id).where(Posting.invoice_id.in_(some), Posting.state == PostingState.REFUSED.value)
        )
        move(session, Move.BACK_TO_DRAFT, [Change(posting_id) for posting_id in refused], at=at, actor=actor)


def _write(session: Scoped, rows: Sequence[Invoice], reason: str | None, at: dt.datetime) -> None:
    for some in pieces([row.id for row in rows]):
        session.execute(
            update(Invoice)
            .where(Invoice.id.in_(some))
            .values(not_sent=reason, updated_at=at, version=Invoice.version + 1),
            execution_options=NO_SYNC,
        )


def _results(session: Scoped, public_ids: Sequence[str], done: set[str], otherwise: str) -> list[SendResult]:
    states = {row.public_id: InvoiceState(row.state) for row in _find(session, public_ids)}
    return [_result(public_id, states.get(public_id), public_id in done, otherwise) for public_id in public_ids]


def _result(public_id: str, state: InvoiceState | None, done: bool, otherwise: str) -> SendResult:
    if done:
        return SendResult(public_id, state, True)
    if state is None:
        return SendResult(public_id, None, False, (refusal("not_found", "There is no invoice with this id."),))
    why = LOCKED_BECAUSE.get(state, otherwise)
    return SendResult(public_id, state, False, (refusal("not_changed", why),))
