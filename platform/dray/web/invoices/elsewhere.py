"""What the page of an invoice says where a removed connection's books may have it, and which books it could go to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from dray.billing.elsewhere import ARRIVED, CARRIED_FOR
from dray.billing.models import Posting
from dray.connections.models import Connection
from dray.connections.removal import name_before
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """`name`: the books that may have it. `arrived`: what they answered late, if they have it. `until`: when it can no
    longer arrive there, None once that is past. `targets`: id and name of the books that it could go to."""

    name: str
    left_at: dt.datetime | None
    arrived: str
    until: dt.datetime | None
    targets: Sequence[tuple[str, str]]


def read(session: Scoped, invoice_id: int, now: dt.datetime) -> Elsewhere | None:
    """None where no removed connection left this invoice unproved."""
    found = session.execute(
        select(Posting, Connection)
        .join(Connection, (Connection.tenant_id == Posting.tenant_id) & (Connection.id == Posting.connection_id))
        .where(Posting.invoice_id == invoice_id, Posting.unproved_at.is_not(None))
        .order_by(Posting.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    posting, connection = found
    problem = posting.problem or {}
    until = posting.handed_out_at + CARRIED_FOR if posting.handed_out_at is not None else None
    targets = session.execute(
        select(Connection.public_id, Connection.name).where(Connection.state != "removed").order_by(Connection.id)
    ).all()
    return Elsewhere(
        name=name_before(connection),
        left_at=posting.handed_out_at,
        arrived=str(problem["detail"]) if problem.get("code") == ARRIVED else "",
        until=until if until is not None and until > now else None,
        targets=[(public_id, name) for public_id, name in targets],
    )
