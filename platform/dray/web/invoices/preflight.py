"""What stands in the way of open invoices as they are now, for the pages that show them before anybody sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from dray.billing import documents
from dray.billing.amounts import problems_of
from dray.billing.problems import all_stored
from dray.billing.send import Judge, LooksAhead
from dray.connections.models import ConnectionStatus
from dray_tenants.scope import Scoped

Problems = Sequence[Mapping[str, Any]]


def problems_now(session: Scoped, invoice_ids: Sequence[int], judge: Judge) -> dict[int, Problems]:
    """Invoice id → its problems in stored form, worked out afresh: a customer or the books may have changed since."""
    built = documents.build(session, invoice_ids)
    if isinstance(judge, LooksAhead):
        judge.look_ahead(list(built.values()))
    return {key: tuple(all_stored((*problems_of(document), *judge(document))) or ()) for key, document in built.items()}


def without_a_carrier(session: Scoped, now: dt.datetime) -> frozenset[int]:
    """The connections of the tenant whose last exchange is over. What is still Sending there got no answer, and reads
    as Checking, although nobody has written that down yet."""
    rows = session.scalars(
        select(ConnectionStatus.connection_id).where(
            ConnectionStatus.tenant_id == session.require_tenant(),
            or_(ConnectionStatus.lease_until.is_(None), ConnectionStatus.lease_until <= now),
        )
    )
    return frozenset(rows)
