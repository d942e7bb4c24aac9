"""Reading the books' lists in an exchange: last of all, so that no invoice waits for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections.models import Connection
from dray.sync.models import SyncBatch
from dray.sync.steps import Scene, Step
from dray.twin import reading as lists
from dray.twin.reading import Asked
from dray_sdk import Kind, Outcome, Pull
from dray_tenants.scope import Scoped

_BUSY_FOR = dt.timedelta(hours=24)
"""So long after an invoice went there, its books' lists are kept an hour fresh."""


def read_lists(scene: Scene) -> Step | None:
    """The next page of a list that is read, or the changes of those that are due; None when all are fresh."""
    kinds = scene.connector.capabilities.pulls
    if not kinds:
        return None
    pulls = lists.wanted(scene.session, scene.connection, scene.exchange.id, kinds, scene.at)
    if not pulls:
        return None
    return Step(pulls, tuple(_subject(pull) for pull in pulls))


def take(session: Scoped, row: SyncBatch, outcomes: Sequence[Outcome], at: dt.datetime) -> None:
    """What was answered to a batch, where it read lists."""
    answered = zip(row.subjects or [], outcomes, strict=True)
    pages = [(_asked(subject, row), outcome) for subject, outcome in answered if "pull" in subject]
    if pages:
        lists.take(session, row.connection_id, pages, at)


def next_at(session: Scoped, connection: Connection, at: dt.datetime) -> dt.datetime | None:
    """When a list is to be read again; None where none was ever read."""
    last_sent = session.scalar(
        select(Posting.queued_at)
        .where(Posting.connection_id == connection.id, Posting.state == PostingState.POSTED.value)
        .order_by(Posting.id.desc())
        .limit(1)
    )
    busy = last_sent is not None and last_sent > at - _BUSY_FOR
    return lists.next_at(session, connection.id, at, busy=busy)


def _subject(pull: Pull) -> dict[str, Any]:
    since = pull.watermark.isoformat() if pull.watermark else None
    return {"pull": pull.kind.value, "since": since, "page": pull.page}


def _asked(subject: Mapping[str, Any], row: SyncBatch) -> Asked:
    since = subject["since"]
    return Asked(
        Kind(subject["pull"]),
        dt.datetime.fromisoformat(since) if since else None,
        subject["page"],
        row.exchange_id,
        row.sent_at,
    )
