"""The vault: secrets of tenants, sealed so that a stolen database alone opens none of them.

Each secret is sealed with AES-256-GCM under the data key of its tenant; data keys are sealed under a master key that
lives in the environment and never in the database. Tenant and purpose are authenticated: what was sealed for one
cannot be opened as another. Several master keys may be known at once: the first seals, all open.
"""

from __future__ import annotations

import base64
import binascii
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray_tenants.models import HashKey, Secret, Tenant, User
from dray_tenants.people_models import SecondFactor
from dray_tenants.scope import Scoped, WrongTenant

__all__ = ["MasterKeys", "SealBroken", "Vault", "VaultKeyUnknown"]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"


class SealBroken(Exception):
    """What was to be opened was altered, or was sealed for another tenant or purpose."""


class VaultKeyUnknown(SealBroken):
    """What was to be opened is sealed under a master key that `DRAY_VAULT_KEYS` does not hold (any more)."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys, by id, in order: the first seals, all open. Its repr shows no key."""

    by_id: Mapping[str, AESGCM] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:base64key[,id:base64key…]`, 32 bytes each. Raises ValueError, which shows no key."""
        keys: dict[str, AESGCM] = {}
        for position, item in enumerate(text.split(","), start=1):
            name, colon, encoded = item.strip().partition(":")
            if not colon or not 1 <= len(name.encode()) <= 255:
                raise ValueError(f"vault key {position} is not written as id:base64key")
            if name in keys:
                raise ValueError(f"two vault keys are called {name}")
            keys[name] = AESGCM(_key_bytes(encoded, name))
        return cls(keys)

    @property
    def first(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.by_id))

    @property
    def envelope(self) -> bytes:
        """How everything begins that is sealed under the first key."""
        name = self.first.encode()
        return _VERSION + bytes([len(name)]) + name

    def seal(self, plain: bytes, purpose: bytes, randomness: Callable[[int], bytes] = os.urandom) -> bytes:
        """Seal under the first key: version, key id, nonce and ciphertext in one."""
        nonce = randomness(NONCE_BYTES)
        return self.envelope + nonce + self.by_id[self.first].encrypt(nonce, plain, self.envelope + purpose)

    def open(self, sealed: bytes, purpose: bytes) -> bytes:
        """Open what any known key has sealed for this purpose; raises SealBroken or VaultKeyUnknown."""
        if len(sealed) < 2 or sealed[:1] != _VERSION:
            raise SealBroken("this was not sealed by the vault")
        end = 2 + sealed[1]
        name = sealed[2:end].decode(errors="replace")
        key = self.by_id.get(name)
        if key is None:
            raise VaultKeyUnknown(f"this is sealed under vault key {name!r}; add that key to DRAY_VAULT_KEYS")
        return _decrypt(key, sealed[end:], sealed[:end] + purpose)


class Vault:
    """Seals and opens for tenants. Safe to share between threads; remembers at most `remembered` open data keys."""

    def __init__(
        self, keys: MasterKeys, *, remembered: int = 1024, randomness: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.keys: Final = keys
        self._randomness = randomness
        self._remembered = remembered
        self._open_keys: OrderedDict[bytes, AESGCM] = OrderedDict()
        self._lock = threading.Lock()

    # ---- sealing bytes -------------------------------------------------------------------------------------------

    def new_data_key(self, tenant_public_id: str) -> bytes:
        """A new data key, sealed, for `Tenant.data_key` of a tenant that has none yet."""
        return self.keys.seal(self._randomness(KEY_BYTES), _of_data_key(tenant_public_id), self._randomness)

    def seal(self, tenant: Tenant, purpose: str, plain: bytes) -> bytes:
        """Seal bytes for one tenant and purpose."""
        nonce = self._randomness(NONCE_BYTES)
        return _VERSION + nonce + self._data_key(tenant).encrypt(nonce, plain, _VERSION + _of(tenant, purpose))

    def open(self, tenant: Tenant, purpose: str, sealed: bytes) -> bytes:
        """Open bytes sealed for this tenant and purpose; raises SealBroken for any other."""
        if sealed[:1] != _VERSION:
            raise SealBroken("this was not sealed by the vault")
        return _decrypt(self._data_key(tenant), sealed[1:], _VERSION + _of(tenant, purpose))

    def _data_key(self, tenant: Tenant) -> AESGCM:
        sealed = tenant.data_key
        if sealed is None:
            raise SealBroken(f"tenant {tenant.public_id} has no data key")
        # Known by its sealed text together with the tenant: a key moved into another tenant's row is not taken.
        known_as = tenant.public_id.encode() + b"\0" + sealed
        with self._lock:
            if known_as in self._open_keys:
                self._open_keys.move_to_end(known_as)
                return self._open_keys[known_as]
        key = AESGCM(self.keys.open(sealed, _of_data_key(tenant.public_id)))
        with self._lock:
            self._open_keys[known_as] = key
            while len(self._open_keys) > self._remembered:
                self._open_keys.popitem(last=False)
        return key

    # ---- stored secrets ------------------------------------------------------------------------------------------

    def put(self, session: Scoped, tenant: Tenant, purpose: str, plain: bytes, *, now: datetime) -> None:
        """Store a secret under its purpose, instead of what was there. The session is in the tenant's scope."""
        _check_scope(session, tenant)
        dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        row = {"purpose": purpose, "sealed": self.seal(tenant, purpose, plain), "updated_at": now}
        upsert = dialect.insert(Secret)
        session.execute(
            upsert.on_conflict_do_update(
                index_elements=["tenant_id", "purpose"],
                set_={"sealed": upsert.excluded.sealed, "updated_at": upsert.excluded.updated_at},
            ),
            [row],
        )

    def get(self, session: Scoped, tenant: Tenant, purpose: str) -> bytes | None:
        """The secret stored under the purpose, or None."""
        _check_scope(session, tenant)
        sealed = session.scalar(select(Secret.sealed).where(Secret.purpose == purpose))
        return None if sealed is None else self.open(tenant, purpose, sealed)

    def delete(self, session: Scoped, tenant: Tenant, purpose: str) -> bool:
        """Remove a secret; whether there was one."""
        _check_scope(session, tenant)
        result = session.execute(delete(Secret).where(Secret.purpose == purpose))
        return bool(cast(Any, result).rowcount)

    # ---- rotation of master keys ---------------------------------------------------------------------------------

    def reseal(self, session: Scoped, *, limit: int = 500) -> int:
        """Seal up to `limit` data keys, and as many hash keys and second factors, anew under the first master key, and
        give how many there were.

        Called, and committed, until it gives 0; then the other master keys may go. Secrets themselves stay as they
        are. Two that run at once do no harm.
        """
        done = 0
        for tenant_id, public_id, sealed in session.execute(
            select(Tenant.id, Tenant.public_id, Tenant.data_key)
            .where(Tenant.data_key.is_not(None), self._is_stale(Tenant.data_key))
            .limit(limit)
        ).all():
            aad = _of_data_key(public_id)
            fresh = self.keys.seal(self.keys.open(cast(bytes, sealed), aad), aad, self._randomness)
            session.execute(
                update(Tenant)
                .where(Tenant.id == tenant_id, Tenant.data_key == sealed)
                .values(data_key=fresh)
                .execution_options(synchronize_session=False)
            )
            done += 1
        for row in session.scalars(select(HashKey).where(self._is_stale(HashKey.sealed)).limit(limit)):
            aad = of_hash_key(row.name)
            row.sealed = self.keys.seal(self.keys.open(row.sealed, aad), aad, self._randomness)
            done += 1
        for factor, public_id in session.execute(
            select(SecondFactor, User.public_id)
            .join(User, User.id == SecondFactor.user_id)
            .where(self._is_stale(SecondFactor.sealed))
            .limit(limit)
        ).all():
            aad = of_second_factor(public_id)
            factor.sealed = self.keys.seal(self.keys.open(factor.sealed, aad), aad, self._randomness)
            done += 1
        session.flush()
        return done

    def _is_stale(self, column: Any) -> Any:
        envelope = self.keys.envelope
        return func.substr(column, 1, len(envelope)) != literal(envelope, LargeBinary)


def of_hash_key(name: str) -> bytes:
    """What a hash key is sealed for."""
    return b"hash key\0" + name.encode()


def of_second_factor(user_public_id: str) -> bytes:
    """What the secret of somebody's second factor is sealed for."""
    return b"second factor\0" + user_public_id.encode()


def _of_data_key(tenant_public_id: str) -> bytes:
    return b"data key\0" + tenant_public_id.encode()


def _of(tenant: Tenant, purpose: str) -> bytes:
    return tenant.public_id.encode() + b"\0" + purpose.encode()


def _decrypt(key: AESGCM, box: bytes, aad: bytes) -> bytes:
    try:
        return key.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise SealBroken("this was altered, or sealed for another tenant or purpose") from None


def _key_bytes(encoded: str, name: str) -> bytes:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"vault key {name} is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"vault key {name} has {len(key)} bytes and needs {KEY_BYTES}")
    return key


def _check_scope(session: Scoped, tenant: Tenant) -> None:
    if session.require_tenant() != tenant.id:
        raise WrongTenant(f"a secret of tenant {tenant.id} was asked for in the scope of {session.tenant_id}")
