"""One installation's parts, composed from its settings: what pages, API, mounts and commands all work with."""

from __future__ import annotations

from dataclasses import dataclass

from dray.billing.send import Judge
from dray.clock import Clock, utc_now
from dray.connections.models import Connection
from dray.connections.opening import Address
from dray.desks import DeskFor, platform_desks
from dray.onboarding.observing import Observer
from dray.onboarding.watching import Watches
from dray.passwords import ConnectorPasswords
from dray.registry import Registry, find_connectors
from dray.settings import Settings
from dray.sync.recorder import Recorder
from dray.twin.judging import BooksJudge
from dray_tenants.database import Engines
from dray_tenants.scope import Scoped, ScopedSession
from dray_tenants.vault import MasterKeys, Vault

__all__ = ["Dray", "compose"]


@dataclass(frozen=True, slots=True)
class Dray:
    """The parts, made once for each process."""

    settings: Settings
    registry: Registry
    engines: Engines
    vault: Vault
    clock: Clock
    passwords: ConnectorPasswords
    desk_for: DeskFor
    observer: Observer
    recorder: Recorder | None = None

    @property
    def address(self) -> Address:
        """What invitations say of this installation."""
        return Address(self.settings.public_url, self.settings.product_name, self.settings.reach)

    def judge_for(self, session: Scoped, connection: Connection) -> Judge:
        """What finds the problems that a document would have in that connection's books. It knows the books that the
        connection is bound to, what was read of their lists, and what is linked there; a connector that does not judge,
        or is not enabled, finds none."""
        judges = self.registry.judge_for(connection.connector)
        if judges is None:
            return lambda document: ()
        return BooksJudge(session, connection, judges, self.clock())


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
    vault = Vault(MasterKeys.parse(settings.vault_keys))

    def sessions() -> ScopedSession:
        return ScopedSession(engines)

    def polls() -> ScopedSession:
        return ScopedSession(engines, notes=True)

    def readers() -> ScopedSession:
        return ScopedSession(engines, read_only=True)

    passwords = ConnectorPasswords(readers, vault)
    recorder = Recorder(settings.recordings) if settings.recordings else None
    help_at = ", ".join((settings.product_name, *settings.reach)) if settings.reach else ""
    return Dray(
        settings=settings,
        registry=registry,
        engines=engines,
        vault=vault,
        clock=clock,
        passwords=passwords,
        desk_for=desk_for
        or platform_desks(registry, sessions, engines, vault, passwords, clock, help_at=help_at, recorder=recorder),
        recorder=recorder,
        observer=Observer(Watches(readers, clock), polls, passwords, clock),
    )
