"""What the books call a thing of ours may be gone: deleted there, merged into another, or in an older company file.

The books then refuse an invoice for a name that it gives. Its names are looked up again before the next try, so that
sending it again is enough; what a person chose stays chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from dray.billing.models import Posting
from dray.connections import links
from dray.sync import outbox, references
from dray.sync.models import SyncBatch
from dray.sync.turn import Turn
from dray_sdk import Outcome, Refused

_NAMES: Final = frozenset({"customer", "lines", "terms", "rep", "accounting_class", "department", "tax_code"})
"""The parts of an invoice that name something of the books."""


def look_up_again(turn: Turn, row: SyncBatch, outcomes: Sequence[Outcome]) -> None:
    """Of what a batch carried and the books refused for a name, or for they do not say what."""
    refused = [
        position
        for position, outcome in enumerate(outcomes, start=1)
        if isinstance(outcome, Refused) and (not outcome.field or outcome.field.partition("/")[0] in _NAMES)
    ]
    if not refused:
        return
    documents = turn.session.scalars(
        select(Posting.document).where(Posting.batch_id == row.id, Posting.position.in_(refused))
    )
    named = {key for each in documents for key in references.named(outbox.read_document(each)).values()}
    keys = {key for key in named if key.kind in turn.connector.capabilities.resolves}
    if keys:
        links.doubt(turn.session, turn.connection.id, keys)
