"""Lost answers of books that we call: when to ask what became of them, and when the identical bytes may go again.

Some books remember a request by its key and answer a repetition with their first answer
(`dray_sdk.Capabilities.repeats_for`). A repetition may also do what was never done; so it leaves only while every
single thing in the batch is still in doubt, nobody wants any of it back, and posting is allowed. Nothing that was
posted, refused, given back or looked up since can then be done a second time. After that, operations are looked up.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import func, select

from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections.links import LinkState
from dray.connections.models import Connection, Link
from dray.sync import permission
from dray.sync.batches import BatchState
from dray.sync.models import SyncBatch
from dray.sync.steps import Scene, before
from dray_sdk import Connector
from dray_tenants.scope import Scoped

LOOK_AGAIN: Final = dt.timedelta(minutes=10)
"""A doubt that looking up did not settle is looked up again after so long."""


def carrier_over_at(row: SyncBatch, connector: Connector) -> dt.datetime:
    """From when on nobody can be delivering the batch any more, a repetition of it included."""
    left_at = row.sent_at
    if connector.capabilities.repeats_for and row.asked_at is not None:
        left_at = max(left_at, row.asked_at)
    return left_at + dt.timedelta(seconds=connector.timing.carrier_over_after)


def may_be_repeated(scene: Scene, row: SyncBatch) -> bool:
    """Whether the identical bytes of a lost batch may leave again. Its carrier must be over."""
    lasts = dt.timedelta(seconds=scene.connector.capabilities.repeats_for)
    connection = scene.connection
    return (
        scene.at + dt.timedelta(seconds=scene.connector.timing.answer_within) < row.sent_at + lasts
        and row.looked_at is None
        and before(row.asked_at, scene.exchange.opened_at)
        and not _other_books_since(connection, row.sent_at)
        and permission.hold(scene.session, connection, scene.connector, scene.at) is None
        and _still_in_doubt(scene.session, row) == row.operations
    )


def next_look(session: Scoped, connection: Connection, connector: Connector, at: dt.datetime) -> dt.datetime | None:
    """When the next doubt can be asked about; None when there is none."""
    lost = select(SyncBatch).where(SyncBatch.connection_id == connection.id, SyncBatch.state == BatchState.LOST.value)
    moments = [
        max(carrier_over_at(row, connector), (row.looked_at or at - LOOK_AGAIN) + LOOK_AGAIN)
        for row in session.scalars(lost)
    ]
    return max(min(moments), at) if moments else None


def _other_books_since(connection: Connection, sent_at: dt.datetime) -> bool:
    moments = (connection.bound_at, connection.restored_at)
    return any(moment is not None and moment > sent_at for moment in moments)


def _still_in_doubt(session: Scoped, row: SyncBatch) -> int:
    """How many of the batch's operations nobody knows anything of, and nobody wants back."""
    postings = session.scalar(
        select(func.count())
        .select_from(Posting)
        .where(
            Posting.batch_id == row.id,
            Posting.state == PostingState.IN_DOUBT.value,
            Posting.take_back.is_(False),
            Posting.is_already.is_(None),
            Posting.problem.is_(None),
        )
    )
    creating = session.scalar(
        select(func.count()).select_from(Link).where(Link.batch_id == row.id, Link.state == LinkState.CREATING.value)
    )
    return (postings or 0) + (creating or 0)
