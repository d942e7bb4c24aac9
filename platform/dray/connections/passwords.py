"""Minting and checking the passwords that Web Connectors and their like log in with.

A poll checks one keyed hash, in constant time. The keys are opened once in each process, and again when a digest was
made with a key that another process has added since.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from dray.connections import opening
from dray.connections.models import Connection
from dray_tenants.connector_passwords import HashKeys, add_hash_key, connector_password
from dray_tenants.models import HashKey
from dray_tenants.scope import Scoped
from dray_tenants.vault import Vault


class PasswordCheck:
    """Compares passwords with stored digests; safe to share between threads."""

    def __init__(self, sessions: Callable[[], Scoped], vault: Vault) -> None:
        self._sessions = sessions
        self._vault = vault
        self._keys = HashKeys({})
        self._lock = threading.Lock()

    def __call__(self, password: str, stored: Sequence[Mapping[str, str]]) -> int | None:
        """The position of the digest that the password matches, newest first; None when it matches none."""
        if any(self._keys.lacks(entry["digest"]) for entry in stored):
            self._load()
        for position, entry in enumerate(stored):
            if self._keys.matches(password, entry["digest"]):
                return position
        return None

    def _load(self) -> None:
        with self._lock, self._sessions() as session:
            self._keys = HashKeys.load(session, self._vault)


def mint(
    session: Scoped,
    connection: Connection,
    vault: Vault,
    *,
    at: dt.datetime,
    actor: str,
    randomness: Callable[[int], bytes],
) -> str:
    """A new password for the connection's way in, in clear text for the only time. The one before it works until the
    new one has been seen. In the caller's transaction, with the tenant in scope."""
    if session.scalar(select(HashKey.id).limit(1)) is None:
        add_hash_key(session, vault, now=at)
    password = connector_password(randomness)
    digest = HashKeys.load(session, vault).digest(password)
    opening.set_password(session, connection, digest, at=at, actor=actor)
    return password
