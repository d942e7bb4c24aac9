"""A database with this package's own tables and two tenants."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from argon2 import PasswordHasher

from dray_tenants.companies import create_tenant
from dray_tenants.database import Base, Engines
from dray_tenants.models import Tenant, User
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from dray_tenants.vault import MasterKeys, Vault
from tests.tenants.warehouse import build

NOW = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "correct horse battery"
OLD_KEY, NEW_KEY = (f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2"))


@dataclass(frozen=True, slots=True)
class Company:
    engines: Engines
    vault: Vault
    red: int
    blue: int

    def session(self) -> ScopedSession:
        return ScopedSession(self.engines)

    def tenant(self, session: ScopedSession, tenant_id: int) -> Tenant:
        return session.get_one(Tenant, tenant_id)

    def user(self, session: ScopedSession, email: str) -> User:
        return create_user(session, email, PASSWORD, now=NOW, hasher=QUICK)


@contextmanager
def founded(url: str) -> Iterator[Company]:
    vault = Vault(MasterKeys.parse(OLD_KEY))
    with Engines(url) as engines:
        with engines.write.begin() as connection:
            build(connection, Base.metadata)
        with ScopedSession(engines) as session, session.begin():
            red, blue = (create_tenant(session, vault, name=name, now=NOW).id for name in ("Red", "Blue"))
        yield Company(engines, vault, red, blue)
