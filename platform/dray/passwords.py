"""The passwords of what dials in: minted, stored as keyed hashes, and checked at every call without a query.

The keys of the hash are read from the database once for each process, and again when a hash names one that is not
known yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from dray.connections.models import Connection
from dray.connections.opening import set_password
from dray_tenants.connector_passwords import HashKeys, add_hash_key, connector_password
from dray_tenants.scope import Scoped, ScopedSession
from dray_tenants.vault import Vault

__all__ = ["ConnectorPasswords"]


class ConnectorPasswords:
    """Mints and checks. Safe to share between threads.

    `readers` makes read-only sessions: the caller of `position` may hold the writer's lock, which a session of its own
    would wait for in vain.
    """

    def __init__(self, readers: Callable[[], ScopedSession], vault: Vault) -> None:
        self._readers = readers
        self._vault = vault
        self._keys: HashKeys | None = None

    def mint(self, session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> str:
        """A new password for the connection, shown now and never again. The one before works until this is seen."""
        password = connector_password()
        digest = self._newest_keys(session, at).digest(password)
        set_password(session, connection, digest, at=at, actor=actor)
        return password

    def position(self, password: str, stored: Sequence[Mapping[str, str]]) -> int | None:
        """Which of the stored entries is of this password, or None."""
        for place, each in enumerate(stored):
            if self._keys is None or self._keys.lacks(each["digest"]):
                with self._readers() as session:
                    self._keys = HashKeys.load(session, self._vault)
            if self._keys.matches(password, each["digest"]):
                return place
        return None

    def _newest_keys(self, session: Scoped, at: dt.datetime) -> HashKeys:
        keys = HashKeys.load(session, self._vault)
        if not keys.by_name:
            add_hash_key(session, self._vault, now=at)
            keys = HashKeys.load(session, self._vault)
        return keys
