"""What exchanges leave behind is dropped when its time is over, a bounded piece at a time.

An exchange that asked nothing goes after two days. What is settled goes after thirty, as transcripts do; what is in
doubt stays for as long as it is in doubt.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Row, delete, exists, or_, select

from dray.connections.models import Connection
from dray.sync.batches import BatchState
from dray.sync.models import Exchange, SyncBatch, Transcript
from dray_tenants.scope import Scoped

IDLE_FOR: Final = dt.timedelta(days=2)
KEPT_FOR: Final = dt.timedelta(days=30)


def old_batches(session: Scoped, *, at: dt.datetime, most: int) -> dict[int, list[int]]:
    """Tenant → batches that are to go. Read over every tenant; those of a removed connection wait for nothing more."""
    cutoff = at - KEPT_FOR
    removed = exists().where(Connection.id == SyncBatch.connection_id, Connection.state == "removed")
    statement = select(SyncBatch.tenant_id, SyncBatch.id).where(
        or_(
            SyncBatch.settled_at < cutoff,
            (SyncBatch.state != BatchState.SETTLED.value) & (SyncBatch.sent_at < cutoff) & removed,
        )
    )
    return _by_tenant(session.execute(statement.limit(most)).all())


def old_exchanges(session: Scoped, *, at: dt.datetime, most: int) -> dict[int, list[int]]:
    """Tenant → exchanges that are to go: nothing refers to them any more."""
    statement = (
        select(Exchange.tenant_id, Exchange.id)
        .where(
            Exchange.seen_at < at - IDLE_FOR,
            ~exists().where(SyncBatch.tenant_id == Exchange.tenant_id, SyncBatch.exchange_id == Exchange.id),
            ~exists().where(Transcript.tenant_id == Exchange.tenant_id, Transcript.exchange_id == Exchange.id),
        )
        .limit(most)
    )
    return _by_tenant(session.execute(statement).all())


def drop_batches(session: Scoped, ids: Sequence[int]) -> None:
    """Delete batches of the tenant in scope."""
    session.execute(delete(SyncBatch).where(SyncBatch.id.in_(ids)), execution_options=_QUIET)


def drop_exchanges(session: Scoped, ids: Sequence[int]) -> None:
    """Delete exchanges of the tenant in scope."""
    session.execute(delete(Exchange).where(Exchange.id.in_(ids)), execution_options=_QUIET)


_QUIET: Final = {"synchronize_session": False}


def _by_tenant(rows: Iterable[Row[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for tenant_id, key in rows:
        found[tenant_id].append(key)
    return found
