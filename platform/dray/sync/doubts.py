"""What became of batches whose answer was lost: asked of the books as a whole first, then of each operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections.links import LinkState
from dray.connections.models import Link
from dray.sync import dialling_doubts, outbox, permission
from dray.sync.batches import BatchState
from dray.sync.models import Exchange, SyncBatch
from dray.sync.outbox import Waiting
from dray.sync.steps import Scene, Settle, Step, before, look_for, look_for_the_one, resolve_customers
from dray_sdk import (
    Find,
    Kind,
    Operation,
)


def ask_about_doubts(scene: Scene) -> Step | Settle | None:
    """The next question about a lost batch, or one that is settled; None when none can be asked about now."""
    for row in _lost(scene):
        if not _carrier_is_over(scene, row):
            continue
        if scene.connector.capabilities.recovers and before(row.asked_at, scene.exchange.opened_at):
            return Step(about=row, asks=True)
        if dialling_doubts.may_be_repeated(scene, row):
            return Step(about=row, repeats=True)
        postings, creating = _in_doubt(scene, row)
        if not postings and not creating:
            return Settle(row)
        if before(row.looked_at, scene.exchange.opened_at):
            return _look_up(scene, row, postings, creating)
    return None


def _lost(scene: Scene) -> Sequence[SyncBatch]:
    return scene.session.scalars(
        select(SyncBatch)
        .where(SyncBatch.connection_id == scene.connection.id, SyncBatch.state == BatchState.LOST.value)
        .order_by(SyncBatch.id)
    ).all()


def _carrier_is_over(scene: Scene, row: SyncBatch) -> bool:
    """Whether whoever carried the batch can no longer deliver it: only then does "not there" prove anything.

    The same computer began another session, or so much time has passed that no carrier waits any more. What left since
    a backup that was put back is not known here, nor who carries it: then only time proves it.
    """
    if not permission.all_has_landed(scene.connection.restored_at, scene.connector, scene.at):
        return False
    if scene.at >= dialling_doubts.carrier_over_at(row, scene.connector):
        return True
    carrier = scene.session.get(Exchange, row.exchange_id)
    machine = carrier.machine if carrier else None
    return machine is not None and machine == scene.exchange.machine and row.exchange_id != scene.exchange.id


def _in_doubt(scene: Scene, row: SyncBatch) -> tuple[list[Waiting], list[Link]]:
    rows = scene.session.execute(
        select(Posting.id, Posting.document, Posting.is_already)
        .where(Posting.batch_id == row.id, Posting.state == PostingState.IN_DOUBT.value)
        .order_by(Posting.position)
    )
    documents = [
        outbox.frozen(posting_id, document, is_already=is_already) for posting_id, document, is_already in rows
    ]
    creating = scene.session.scalars(
        select(Link).where(Link.batch_id == row.id, Link.state == LinkState.CREATING.value).order_by(Link.position)
    )
    return documents, list(creating)


def _look_up(scene: Scene, row: SyncBatch, postings: list[Waiting], creating: list[Link]) -> Step:
    operations: list[Operation] = []
    subjects: list[dict[str, Any]] = []
    resolved = resolve_customers(scene, [one.document for one in postings])
    for one, document in zip(postings, resolved, strict=True):
        if one.is_already:
            operations.append(look_for_the_one(one.is_already, document))
            subjects.append({"is": one.posting_id})
        for find in look_for(document):
            operations.append(find)
            subjects.append({"posting": one.posting_id})
    for link in creating:
        operations.append(Find(Kind(link.kind), name=link.name))
        subjects.append({"kind": link.kind, "key": link.key, "name": link.name})
    return Step(tuple(operations), tuple(subjects), about=row)
