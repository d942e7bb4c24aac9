"""Whether a connection may hand out writes right now: not while it is paused, asked about, or under the brake.

Asked at every hand-out, of the database and not of what the exchange has loaded: the exchange holds its connection's
turn by then, and so does whoever pauses, so that nothing leaves after a pause is committed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import select

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
    """What holds the connection back, None when it may post. `version`: of its connector. One query."""
    row = session.execute(
        select(
            Connection.state, Connection.question.is_not(None).label("asked"), brakes.holds(connection, version)
        ).where(Connection.id == connection.id)
    ).one()
    state, asked, braked = row
    if state == "paused":
        return Hold.PAUSED
    if state != "active":
        return Hold.NOT_ACTIVE
    if asked:
        return Hold.QUESTION
    return Hold.BRAKE if braked else None
