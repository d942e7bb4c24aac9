"""What would happen to the invoices that wait, if they were sent now: how many are ready, how many need a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from dray.billing import documents
from dray.billing.amounts import problems_of
from dray.billing.models import Invoice
from dray.billing.problems import all_stored
from dray.billing.states import InvoiceState
from dray.connections.models import Connection
from dray.installation import Dray
from dray_tenants.scope import Scoped

__all__ = ["MOST", "Rehearsal", "rehearse"]

MOST: Final = 300
"""How many invoices are looked at, the newest first: the page waits for it."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Of the invoices looked at: how many are ready and how many need a decision. `more`: there are others."""

    ready: int
    need_a_decision: int
    more: bool


def rehearse(session: Scoped, parts: Dray, connection: Connection) -> Rehearsal:
    """Judge drafts of the tenant in scope as Send would. Writes nothing."""
    ids = session.scalars(
        select(Invoice.id)
        .where(Invoice.state == InvoiceState.DRAFT.value, Invoice.deleted_at.is_(None), Invoice.not_sent.is_(None))
        .order_by(Invoice.id.desc())
        .limit(MOST + 1)
    ).all()
    judge = parts.judge_for(session, connection)
    ready = 0
    for document in documents.build(session, ids[:MOST]).values():
        problems = all_stored((*problems_of(document), *judge(document))) or ()
        ready += not any(each.get("severity") != "warns" for each in problems)
    return Rehearsal(ready, len(ids[:MOST]) - ready, len(ids) > MOST)
