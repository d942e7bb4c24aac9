"""The desks of an installation: what `dray.sync.desk` needs, put together for each connector once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import undefer

from dray.clock import Clock
from dray.passwords import ConnectorPasswords
from dray.registry import Registry
from dray.sync.desk import Counter, PlatformDesk
from dray.sync.recorder import Recorder
from dray_sdk import Desk
from dray_tenants.database import Engines
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped, ScopedSession
from dray_tenants.vault import Vault

__all__ = ["DeskFor", "TenantSeal", "platform_desks"]

DeskFor = Callable[[str, str], Desk]
"""The desk for one call: (connector's name, install's public id)."""

_PURPOSE = "batch"


def platform_desks(
    registry: Registry,
    sessions: Callable[[], ScopedSession],
    engines: Engines,
    vault: Vault,
    passwords: ConnectorPasswords,
    clock: Clock,
    *,
    help_at: str = "",
    recorder: Recorder | None = None,
) -> DeskFor:
    """What makes the desk for a call to an enabled connector. `help_at`: where its customers get help."""
    counters = {
        name: Counter(
            connector=connector,
            sessions=sessions,
            engines=engines,
            seal_for=lambda session, tenant_id: TenantSeal(session, tenant_id, vault),
            passwords=passwords.position,
            clock=clock,
            randomness=secrets.token_bytes,
            help_at=help_at,
            watch=registry.watches.get(name),
            recorder=recorder,
        )
        for name, connector in registry.enabled.items()
    }
    return lambda connector, install: PlatformDesk(counters[connector], install)


@dataclass(frozen=True, slots=True)
class TenantSeal:
    """Seals for one tenant; its key is read only when something is sealed or opened, which most calls do not do."""

    session: Scoped
    tenant_id: int
    vault: Vault

    def seal(self, content: bytes) -> bytes:
        return self.vault.seal(self._tenant(), _PURPOSE, content)

    def open(self, sealed: bytes) -> bytes:
        return self.vault.open(self._tenant(), _PURPOSE, sealed)

    def _tenant(self) -> Tenant:
        # one() rather than get(): the data key is deferred and would cost a second query
        return self.session.scalars(
            select(Tenant).where(Tenant.id == self.tenant_id).options(undefer(Tenant.data_key))
        ).one()
