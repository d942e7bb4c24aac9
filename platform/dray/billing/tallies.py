"""What came of sending, counted as it happens, so that no page ever counts a million rows.

Slots are quarters of an hour, because the days of every time zone begin at one: figures by day are exact for all.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from dray.billing.bulk import pieces
from dray.billing.models import Invoice, Posting
from dray.billing.states import TRANSITIONS, Move, PostingState
from dray.billing.tally_models import Tally
from dray_tenants.scope import Scoped

SLOT: Final = dt.timedelta(minutes=15)

WITHIN: Final[Mapping[str, int | None]] = {
    "within_2": 2,
    "within_5": 5,
    "within_10": 10,
    "within_20": 20,
    "within_60": 60,
    "within_240": 240,
    "longer": None,
}
"""Column → at most so many minutes from sent to accepted; None for any longer."""

_ACCEPTED: Final = frozenset(via for (_, via), after in TRANSITIONS.items() if after is PostingState.POSTED)
_REFUSED: Final = frozenset({Move.REFUSED, Move.JUDGED_IMPOSSIBLE})


def count(session: Scoped, via: Move, posting_ids: Sequence[int], at: dt.datetime) -> None:
    """Count postings that have just moved; a move that says nothing about success counts nothing.

    Called last in a transaction's work, after the counts by state: on PostgreSQL the rows are locked from here on.
    """
    if via not in _ACCEPTED | _REFUSED:
        return
    rows: list[tuple[int, str, int, dt.datetime]] = []
    for some in pieces(posting_ids):
        statement = (
            select(Posting.connection_id, Invoice.currency, Invoice.total_minor, Posting.queued_at)
            .join(Invoice, (Invoice.tenant_id == Posting.tenant_id) & (Invoice.id == Posting.invoice_id))
            .where(Posting.id.in_(some))
        )
        rows += [(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]
    _add(session, _folded(rows, via in _ACCEPTED, at), slot_of(at))


def slot_of(moment: dt.datetime) -> dt.datetime:
    """The beginning of the quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def column_for(took: dt.timedelta) -> str:
    """The column that counts an invoice which took so long."""
    minutes = took.total_seconds() / 60
    return next(name for name, most in WITHIN.items() if most is None or minutes <= most)


def _folded(
    rows: Iterable[tuple[int, str, int, dt.datetime]], accepted: bool, at: dt.datetime
) -> dict[tuple[int, str], dict[str, int]]:
    """(connection, currency) → column → what to add."""
    folded: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for connection_id, currency, minor, queued_at in rows:
        adds = folded[connection_id, currency]
        kind = "accepted" if accepted else "refused"
        adds[kind] += 1
        adds[f"{kind}_minor"] += minor
        if accepted:
            adds[column_for(at - queued_at)] += 1
    return folded


_COUNTED: Final = ("accepted", "accepted_minor", "refused", "refused_minor", *WITHIN)


def _add(session: Scoped, folded: Mapping[tuple[int, str], Mapping[str, int]], slot: dt.datetime) -> None:
    # In one order, so that two transactions wait and never deadlock.
    rows = [
        {
            "tenant_id": session.require_tenant(),
            "connection_id": connection_id,
            "slot": slot,
            "currency": currency,
            **{name: adds.get(name, 0) for name in _COUNTED},
        }
        for (connection_id, currency), adds in sorted(folded.items())
    ]
    if not rows:
        return
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    insertion = make(Tally)
    session.execute(
        insertion.on_conflict_do_update(
            index_elements=["tenant_id", "connection_id", "slot", "currency"],
            set_={name: Tally.__table__.c[name] + insertion.excluded[name] for name in _COUNTED},
        ).values(rows)
    )
