"""Whether a connection may hand out writes right now: not while it is paused, asked about, under the brake, or through
a connector that is not offered to its company.

Nor right after this database was put back from a backup: a computer may still hold what the database has forgotten, and
deliver it after the books were searched for it.

Asked at every hand-out, of the database and not of what the exchange has loaded: the exchange holds its connection's
turn by then, and so does whoever pauses, so that nothing leaves after a pause is committed.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final, cast

from sqlalchemy import Table, bindparam, select

from dray.connections import brakes, offers
from dray.connections.models import Connection
from dray_sdk import Connector
from dray_tenants.scope import Scoped


class Hold(StrEnum):
    """Why nothing is handed out."""

    NOT_ACTIVE = "not_active"
    PAUSED = "paused"
    QUESTION = "question"
    BRAKE = "brake"
    NOT_OFFERED = "not_offered"
    RESTORED = "restored"


SENTENCES: Final = {
    Hold.NOT_ACTIVE: "Nothing to do yet: the set-up in Dray is not finished.",
    Hold.PAUSED: "Nothing to do: sending is paused in Dray.",
    Hold.QUESTION: "Nothing was sent: Dray waits for an answer to its question about this company file.",
    Hold.BRAKE: "Nothing to do right now.",
    Hold.NOT_OFFERED: "Nothing was sent: this connector is not offered to your company any more. Ask your support.",
    Hold.RESTORED: "Nothing was sent yet: Dray was put back from a backup and waits until nothing older can arrive.",
}
"""What the person at the other computer reads."""


def hold(session: Scoped, connection: Connection, connector: Connector, at: dt.datetime) -> Hold | None:
    """What holds the connection back at this moment, None when it may post. One query of three keys."""
    asked = {
        "tenant": session.require_tenant(),
        "connection": connection.id,
        **brakes.subjects(connection, connector.version),
    }
    state, question, braked, withheld, restored_at = session.execute(_MAY_POST, asked, execution_options=_BARE).one()
    if state == "paused":
        return Hold.PAUSED
    if state != "active":
        return Hold.NOT_ACTIVE
    if question:
        return Hold.QUESTION
    if braked:
        return Hold.BRAKE
    if withheld:
        return Hold.NOT_OFFERED
    return None if all_has_landed(restored_at, connector, at) else Hold.RESTORED


def all_has_landed(restored_at: dt.datetime | None, connector: Connector, at: dt.datetime) -> bool:
    """Whether what left before this database was put back, and is forgotten here, can no longer arrive anywhere. Until
    then "not there" proves nothing."""
    return restored_at is None or at >= landed_at(restored_at, connector)


def landed_at(restored_at: dt.datetime, connector: Connector) -> dt.datetime:
    """When that is so: until then nothing is handed out."""
    return restored_at + dt.timedelta(seconds=connector.timing.carrier_over_after)


# Built once, and of bare tables: it runs at every hand-out, and building it costs ten times as much as running it.
_connections = cast(Table, Connection.__table__).c
_MAY_POST = select(
    _connections.state, _connections.question.is_not(None), brakes.HOLDS, offers.WITHHELD, _connections.restored_at
).where(_connections.tenant_id == bindparam("tenant"), _connections.id == bindparam("connection"))
_BARE = {"unscoped_sql": "one connection by its key, the tenant in the WHERE"}
