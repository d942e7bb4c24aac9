"""What would happen to the invoices that wait, if they went now: how many are ready, how many need a decision, and what
their customers and items are in the books."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from dray.billing import documents, routing
from dray.billing.amounts import problems_of
from dray.billing.models import Invoice
from dray.billing.problems import all_stored
from dray.billing.send import LooksAhead
from dray.billing.states import InvoiceState
from dray.connections.models import Connection
from dray.installation import Dray
from dray.onboarding import suggesting
from dray.onboarding.suggesting import Mapping
from dray_tenants.scope import Scoped

__all__ = ["MOST", "Rehearsal", "rehearse"]

MOST: Final = 300
"""How many invoices are looked at, the newest first: the page waits for it."""
WAITING: Final = (InvoiceState.DRAFT, InvoiceState.PENDING_SYNC, InvoiceState.NEEDS_ATTENTION)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Of the invoices looked at: how many are ready, how many need a decision, and how many are dated before
    `first_day`, from which on invoices go to these books. `more`: there are others."""

    ready: int
    need_a_decision: int
    earlier: int
    first_day: dt.date | None
    more: bool
    mapping: Mapping


def rehearse(session: Scoped, parts: Dray, connection: Connection) -> Rehearsal:
    """Judge what the tenant in scope has not got into its books yet, as Send would. Writes nothing."""
    ids = session.scalars(
        select(Invoice.id)
        .where(
            Invoice.state.in_([state.value for state in WAITING]),
            Invoice.deleted_at.is_(None),
            Invoice.not_sent.is_(None),
        )
        .order_by(Invoice.id.desc())
        .limit(MOST + 1)
    ).all()
    looked_at = list(documents.build(session, ids[:MOST]).values())
    first_day = routing.starts(session).get(connection.id)
    due = [each for each in looked_at if first_day is None or each.date >= first_day]
    judge = parts.judge_for(session, connection)
    if isinstance(judge, LooksAhead):
        judge.look_ahead(due)
    ready = sum(
        not any(each.get("severity") != "warns" for each in all_stored((*problems_of(one), *judge(one))) or ())
        for one in due
    )
    mapping = suggesting.mapping_of(session, connection, due, parts.clock())
    return Rehearsal(ready, len(due) - ready, len(looked_at) - len(due), first_day, len(ids) > MOST, mapping)
