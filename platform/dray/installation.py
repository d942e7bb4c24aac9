"""One installation's parts, composed from its settings: what pages, API, mounts and commands all work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dray.billing.documents import Document
from dray.clock import Clock, utc_now
from dray.connections.binding import bound_books
from dray.connections.models import Connection
from dray.registry import Registry, find_connectors
from dray.settings import Settings
from dray_sdk import Desk, Problem
from dray_tenants.database import Engines
from dray_tenants.scope import Scoped

__all__ = ["DeskFor", "Dray", "compose"]

DeskFor = Callable[[str, str], Desk]
"""The desk for one call: (connector's name, install's public id)."""


@dataclass(frozen=True, slots=True)
class Dray:
    """The parts, made once for each process."""

    settings: Settings
    registry: Registry
    engines: Engines
    vault: object
    clock: Clock
    desk_for: DeskFor

    def judge_for(self, session: Scoped, connection: Connection) -> Callable[[Document], tuple[Problem, ...]]:
        """What finds the problems that a document would have in that connection's books. It knows the books that the
        connection is bound to; a connector that does not judge, or is not enabled, finds none."""
        judges = self.registry.judge_for(connection.connector)
        if judges is None:
            return lambda document: ()
        books = bound_books(connection)
        return lambda document: judges.judge(document, books, None)


def compose(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    registry: Registry | None = None,
    desk_for: DeskFor | None = None,
) -> Dray:
    """The parts that these settings make. Touches no database. Raises WrongSetting."""
    registry = registry or find_connectors(settings.connectors)
    engines = Engines(settings.database_url)
    return Dray(
        settings=settings,
        registry=registry,
        engines=engines,
        vault=None,
        clock=clock,
        desk_for=desk_for or _platform_desks(engines, registry, clock),
    )


def _platform_desks(engines: Engines, registry: Registry, clock: Clock) -> DeskFor:
    def desk_for(connector: str, install: str) -> Desk:
        raise LookupError(f"there is no desk for {connector}")

    return desk_for
