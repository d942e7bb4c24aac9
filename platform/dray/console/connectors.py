"""Which connectors this installation has, whether each works, and for whom: for whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from sqlalchemy import func, select

from dray.connections import offers
from dray.connections.models import Connection, ConnectionStatus
from dray.console.access import for_staff, staff
from dray.extensions import dray
from dray.registry import FoundConnector
from dray.sync.setting_aside import CODE
from dray.web.access import database
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped

__all__ = ["show_connectors"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One connector. `offered_to`: short names of the companies that may use it, None for everybody. `broke`: how many
    connections it broke on since they last went well."""

    found: FoundConnector
    offered_to: Sequence[str] | None
    connections: int
    broke: int


@for_staff(Right.VIEW)
def show_connectors() -> str:
    """All that are installed."""
    session, registry = database(), dray().registry
    with session.every_tenant("whoever runs the installation sees how many connections each connector has"):
        counted, broken = _counted(session), _broken(session)
    chosen = offers.chosen(session)
    rows = [
        Listed(each, chosen.get(each.name), counted.get(each.name, 0), broken.get(each.name, 0))
        for each in registry.found
    ]
    return render_template("console/connectors.html", staff=staff(), rows=rows)


def _counted(session: Scoped) -> Mapping[str, int]:
    live = select(Connection.connector, func.count()).where(Connection.state != "removed")
    return dict(session.execute(live.group_by(Connection.connector)).all())


def _broken(session: Scoped) -> Mapping[str, int]:
    """A connection's trouble is a document, so those in trouble are read: there are few."""
    found = session.execute(
        select(ConnectionStatus.connector, ConnectionStatus.trouble).where(ConnectionStatus.trouble.is_not(None))
    )
    counted: dict[str, int] = {}
    for connector, trouble in found:
        if (trouble or {}).get("code") == CODE:
            counted[connector] = counted.get(connector, 0) + 1
    return counted
