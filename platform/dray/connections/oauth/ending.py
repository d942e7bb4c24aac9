"""The end of a login, by the other side, and what people then see."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import select, update

from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth.models import Grant, GrantState
from dray.installation import Dray
from dray_tenants import audit
from dray_tenants.scope import Scoped

__all__ = ["LOGIN_ENDED", "LOGIN_UNREACHABLE", "end_login", "revive", "show_trouble"]

LOGIN_ENDED: Final = "login_ended"
"""The code of the trouble that a connection then shows."""

LOGIN_UNREACHABLE: Final = "login_unreachable"
"""The same, while a login can only not be renewed."""


def end_login(session: Scoped, parts: Dray, grant: Grant, said: str, *, at: dt.datetime) -> str:
    """The other side has ended this login. In the caller's transaction, which has the connection's turn (`due`);
    gives the sentence that people read.

    What waits keeps waiting, and the tokens stay sealed where they are until somebody reconnects or disconnects.
    """
    connection = session.scalars(select(Connection).where(Connection.id == grant.connection_id)).one()
    connector = parts.registry.get(grant.connector)
    title = connector.title if connector is not None else grant.connector
    sentence = (
        f"{title} no longer lets {parts.settings.product_name} in: the login has run out, or somebody ended it there. "
        "What waits keeps waiting. Choose Reconnect to sign in again."
    )
    grant.state = GrantState.ENDED
    grant.turn_until = None
    grant.ended_at = at
    grant.ended_text = said
    show_trouble(
        session, connection.id, {"code": LOGIN_ENDED, "text": said, "sentence": sentence, "at": at.isoformat()}
    )
    audit.record(
        session,
        actor="dray",
        action="connection.login_ended",
        subject=connection.public_id,
        now=at,
        details={"name": connection.name, "said": said},
    )
    session.flush()
    return sentence


def revive(session: Scoped, grant: Grant) -> None:
    """It was not the end. In the caller's transaction."""
    grant.state = GrantState.LIVE
    grant.ended_at = grant.ended_text = None
    if grant.connection_id is not None:
        show_trouble(session, grant.connection_id, None)
    session.flush()


def show_trouble(session: Scoped, connection_id: int, trouble: dict[str, Any] | None) -> None:
    """Put what stops the connection where everybody looks for it; None: nothing does."""
    status = update(ConnectionStatus).where(ConnectionStatus.connection_id == connection_id)
    session.execute(status.values(trouble=trouble), execution_options={"synchronize_session": False})
