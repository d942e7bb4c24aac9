"""What is on its way or waits for somebody: how many, how much, since when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from dray.billing.models import Invoice, Posting
from dray.billing.states import InvoiceState, PostingState
from dray.connections.models import Connection
from dray_sdk import Money
from dray_tenants.scope import Scoped

STATES: Final = (
    InvoiceState.PENDING_SYNC.value,
    InvoiceState.SENDING.value,
    InvoiceState.CHECKING.value,
    InvoiceState.NEEDS_ATTENTION.value,
)
SUMMED_UP_TO: Final = 5_000
"""More invoices than this are counted and not summed: their total would have to be read row by row."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One state of the queue. `sums` is None where there are too many to be summed."""

    state: str
    invoices: int
    sums: Sequence[Money] | None


def read(session: Scoped, kept: Mapping[str, int], over: frozenset[int]) -> list[Waiting]:
    """The states of the queue, in the order of an invoice's way. `kept`: the counts by state. `over`: connections
    whose last exchange is over: what is Sending there got no answer, and reads as Checking."""
    if sum(kept[state] for state in STATES) > SUMMED_UP_TO:
        return [Waiting(state, kept[state], None) for state in STATES]
    statement = (
        select(Invoice.state, Invoice.connection_id, Invoice.currency, func.count(), func.sum(Invoice.total_minor))
        .where(Invoice.state.in_(STATES), Invoice.deleted_at.is_(None), Invoice.not_sent.is_(None))
        .group_by(Invoice.state, Invoice.connection_id, Invoice.currency)
    )
    numbers: dict[str, int] = defaultdict(int)
    minors: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for state, connection_id, currency, invoices, minor in session.execute(statement):
        lost = state == InvoiceState.SENDING and connection_id in over
        seen_as = InvoiceState.CHECKING.value if lost else state
        numbers[seen_as] += invoices
        minors[seen_as][currency] += int(minor)
    return [Waiting(state, numbers[state], _sums(minors[state])) for state in STATES]


def oldest(session: Scoped, connection_id: int) -> dt.datetime | None:
    """Since when the first in the line of a connection waits."""
    return session.scalar(
        select(Posting.queued_at)
        .where(Posting.connection_id == connection_id, Posting.state == PostingState.QUEUED.value)
        .order_by(Posting.id)
        .limit(1)
    )


def waiting_by_connection(session: Scoped) -> dict[int, int]:
    """Connection → how many are Pending sync there. Each is counted in the index, so that what was posted costs
    nothing."""
    queued = (
        select(func.count())
        .select_from(Posting)
        .where(
            Posting.tenant_id == Connection.tenant_id,
            Posting.connection_id == Connection.id,
            Posting.state == PostingState.QUEUED.value,
        )
        .scalar_subquery()
    )
    return dict(session.execute(select(Connection.id, queued).where(Connection.state != "removed")).all())


def _sums(minors: Mapping[str, int]) -> list[Money]:
    return [Money(minor, currency) for currency, minor in sorted(minors.items())]
