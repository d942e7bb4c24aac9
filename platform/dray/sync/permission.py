"""Whether a connection may hand out writes right now: not while it is paused, asked about, or under the brake.

Asked at every hand-out, of the database and not of what the exchange has loaded: the exchange holds its connection's
turn by then, and so does whoever pauses, so that nothing leaves after a pause is committed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, cast

from sqlalchemy import Table, bindparam, select

from dray.connections import brakes
from dray.connections.models import Connection
from dray_tenants.scope import Scoped


class Hold(StrEnum):
    """Why nothing is handed out."""

    NOT_ACTIVE = "not_active"
    PAUSED = "paused"
    QUESTION = "question"
    BRAKE = "brake"


SENTENCES: Final = {
    Hold.NOT_ACTIVE: "Nothing to do yet: the set-up in Dray is not finished.",
    Hold.PAUSED: "Nothing to do: sending is paused in Dray.",
    Hold.QUESTION: "Nothing was sent: Dray waits for an answer to its question about this company file.",
    Hold.BRAKE: "Nothing to do right now.",
}
"""What the person at the other computer reads."""


def hold(session: Scoped, connection: Connection, version: str) -> Hold | None:
    """What holds the connection back, None when it may post. `version`: of its connector. One query of three keys."""
    asked = {
        "tenant": session.require_tenant(),
        "connection": connection.id,
        **brakes.subjects(connection, version),
    }
    state, question, braked = session.execute(_MAY_POST, asked, execution_options=_BARE).one()
    if state == "paused":
        return Hold.PAUSED
    if state != "active":
        return Hold.NOT_ACTIVE
    if question:
        return Hold.QUESTION
    return Hold.BRAKE if braked else None


# Built once, and of bare tables: it runs at every hand-out, and building it costs ten times as much as running it.
_connections = cast(Table, Connection.__table__).c
_MAY_POST = select(_connections.state, _connections.question.is_not(None), brakes.HOLDS).where(
    _connections.tenant_id == bindparam("tenant"), _connections.id == bindparam("connection")
)
_BARE = {"unscoped_sql": "one connection by its key, the tenant in the WHERE"}
