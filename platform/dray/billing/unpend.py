"""Unpend: take invoices out of the line while nothing has left. Whoever comes too late is told who was first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from dray.billing.haste import in_turns
from dray.billing.models import Invoice, Posting
from dray.billing.postings import Change, move
from dray.billing.problems import refusal
from dray.billing.send import SendResult
from dray.billing.states import LIVE, InvoiceState, Move, PostingState
from dray.connections.models import Connection
from dray_tenants import audit
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

PIECE: Final = 250
"""How many invoices one transaction takes back at most."""

_TOO_LATE: Final[Mapping[InvoiceState, str]] = {
    InvoiceState.DRAFT: "It is a draft; nothing waits in line.",
    InvoiceState.NEEDS_ATTENTION: "Nothing waits in line: it was sent and came back. Correct it and send it again.",
    InvoiceState.SENDING: "{name} took it at {time}. Wait for the answer.",
    InvoiceState.CHECKING: "{name} took it at {time} and has not answered yet. Dray is asking what became of it.",
    InvoiceState.SYNCED: "{name} accepted it at {time}. Corrections are made there.",
}


def unpend(session: Scoped, public_ids: Sequence[str], *, actor: str, at: dt.datetime) -> list[SendResult]:
    """Make Pending sync invoices drafts again; one result each, in the order given.

    Commits after every piece, and lets others write before the next: call it with no other work open in the session. An
    invoice that was taken in the meantime keeps its state, and its result says when it was taken.
    """
    results: list[SendResult] = []
    for some in in_turns(list(dict.fromkeys(public_ids)), PIECE):
        results += _take_back(session, some, actor, at)
        session.commit()
    return results


def _take_back(session: Scoped, public_ids: Sequence[str], actor: str, at: dt.datetime) -> list[SendResult]:
    waiting = {row.posting_id: row.public_id for row in _live(session, public_ids) if row.state == PostingState.QUEUED}
    moved = move(session, Move.UNPEND, [Change(posting_id) for posting_id in waiting], at=at, actor=actor)
    back = {waiting[posting_id] for posting_id in moved}
    if back:
        taken = [public_id for public_id in public_ids if public_id in back]
        audit.record(
            session, actor=actor, action="invoices.unpended", subject="invoices", now=at, details={"invoices": taken}
        )
    others = _where_they_are(session, [public_id for public_id in public_ids if public_id not in back])
    return [
        SendResult(public_id, InvoiceState.DRAFT, True) if public_id in back else others[public_id]
        for public_id in public_ids
    ]


def _live(session: Scoped, public_ids: Sequence[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    return session.execute(
        select(
            Invoice.public_id,
            Invoice.state.label("invoice_state"),
            Posting.id.label("posting_id"),
            Posting.state,
            Posting.handed_out_at,
            Posting.settled_at,
            Connection.name,
        )
        .join(Posting, (Posting.invoice_id == Invoice.id) & Posting.state.in_(sorted(LIVE)), isouter=True)
        .join(Connection, Connection.id == Posting.connection_id, isouter=True)
        .where(Invoice.public_id.in_(public_ids), Invoice.deleted_at.is_(None))
        .order_by(Posting.id)
    ).all()


def _where_they_are(session: Scoped, public_ids: Sequence[str]) -> dict[str, SendResult]:
    if not public_ids:
        return {}
    zone = session.execute(select(Tenant.time_zone).where(Tenant.id == session.require_tenant())).scalar_one()
    results = {
        public_id: SendResult(public_id, None, False, (refusal("not_found", "There is no invoice with this id."),))
        for public_id in public_ids
    }
    for row in _live(session, public_ids):
        state = InvoiceState(row.invoice_state)
        moment = row.settled_at or row.handed_out_at
        time = moment.astimezone(ZoneInfo(zone)).strftime("%H:%M on %d %B") if moment else "an unknown time"
        sentence = _TOO_LATE[state].format(name=row.name or "The accounting system", time=time)
        results[row.public_id] = SendResult(row.public_id, state, False, (refusal("not_in_line", sentence),))
    return results
