"""What the engine does when the books recorded other figures than were sent: what the company chose for these books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dray.billing import receipts, timeline
from dray.billing.receipts import Differing
from dray.connections import choices, lifecycle
from dray.connections.choices import Rule
from dray.connections.models import Connection
from dray_tenants.scope import Scoped


def heed(
    session: Scoped, connection: Connection, posting_ids: Sequence[int], *, at: dt.datetime, actor: str
) -> list[Differing]:
    """Compare the receipts of these postings and follow the connection's rule, in the caller's transaction. Those that
    differ. Where the rule says so, the connection posts nothing more from this transaction's commit on."""
    if not posting_ids:
        return []
    differing = receipts.compare(session, posting_ids)
    if not differing:
        return []
    told = ((one.invoice_id, {"connection_name": connection.name, "detail": one.sentence}) for one in differing)
    timeline.note(session, "receipt_differs", told, at=at, actor=actor)
    rule = choices.of(connection).rule
    if rule is Rule.ACCEPT:
        return differing
    receipts.mark(session, differing)
    if rule is Rule.PAUSE:
        lifecycle.pause_by_rule(session, connection, _why(differing), at=at, actor=actor)
    return differing


def _why(differing: Sequence[Differing]) -> str:
    first = differing[0]
    if len(differing) == 1:
        return f"The books recorded other figures than were sent. {first.sentence}. Look at it, then resume."
    return (
        f"The books recorded other figures than were sent for {len(differing)} invoices. For the first of them: "
        f"{first.sentence[0].lower()}{first.sentence[1:]}. Look at them, then resume."
    )
