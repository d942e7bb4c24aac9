"""Connections, to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Response
from sqlalchemy import func, select

from dray.api.v1 import rendering
from dray.api.v1.access import reading
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.problems import ApiProblem
from dray.api.v1.replies import Connection as ConnectionReply
from dray.api.v1.replies import Connections
from dray.billing.models import Posting
from dray.billing.settings import settings_of
from dray.billing.states import SEEN_AS, PostingState
from dray.connections.models import Connection, ConnectionStatus
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession

_UNDER_WAY: Final = (PostingState.QUEUED, PostingState.SENDING, PostingState.IN_DOUBT, PostingState.REFUSED)


@api.get("/connections")
@operation(Operation(TokenScope.READ, {200: Connections}))
def list_connections() -> Response:
    """List the tenant's connections."""
    with reading() as session:
        rows = session.scalars(select(Connection).order_by(Connection.id)).all()
        return answered({"data": _rendered(session, rows), "next": None})


@api.get("/connections/<id>")
@operation(Operation(TokenScope.READ, {200: ConnectionReply}, errors=(404,)))
def get_connection(id: str) -> Response:
    """Show one connection: its state, its books, the last contact and what is under way."""
    with reading() as session:
        row = session.scalar(select(Connection).where(Connection.public_id == id))
        if row is None:
            raise ApiProblem(404, "There is no connection with this id.")
        return answered(_rendered(session, [row])[0])


def _rendered(session: ScopedSession, rows: Sequence[Connection]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    contact: dict[int, Any] = dict(
        session.execute(
            select(ConnectionStatus.connection_id, ConnectionStatus.last_contact_at).where(
                ConnectionStatus.tenant_id == session.require_tenant(), ConnectionStatus.connection_id.in_(ids)
            )
        ).all()
    )
    counts = _counts(session, ids)
    default = settings_of(session).default_connection_id
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "connector": row.connector,
            "state": row.state,
            "default": row.id == default,
            "books": _books(row),
            "last_contact_at": rendering.moment(contact[row.id]) if contact.get(row.id) else None,
            "counts": {SEEN_AS[state].value: counts.get((row.id, state.value), 0) for state in _UNDER_WAY},
            "created_at": rendering.moment(row.created_at),
        }
        for row in rows
    ]


def _counts(session: ScopedSession, connection_ids: Sequence[int]) -> Mapping[tuple[int, str], int]:
    # What is posted or withdrawn is not counted: that is everything that ever was.
    rows = session.execute(
        select(Posting.connection_id, Posting.state, func.count())
        .where(Posting.connection_id.in_(connection_ids), Posting.state.in_([state.value for state in _UNDER_WAY]))
        .group_by(Posting.connection_id, Posting.state)
    )
    return {(connection_id, state): number for connection_id, state, number in rows}


def _books(row: Connection) -> dict[str, Any] | None:
    if row.books is None:
        return None
    return {
        "id": row.books_id,
        "name": row.books.get("name"),
        **{name: row.books.get(name) for name in ("edition", "country", "currency")},
    }
