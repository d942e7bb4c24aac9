"""Passwords of Web Connectors: random, shown once, and kept as a keyed hash that is fast enough for every poll.

A slow hash protects what people choose; 100 random bits need none. It would cost some 70 ms at each of a Web
Connector's calls. The key makes a stolen table useless without the vault.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from sqlalchemy import select

from dray_tenants.models import HashKey
from dray_tenants.scope import Scoped
from dray_tenants.vault import KEY_BYTES, Vault, of_hash_key

__all__ = ["HashKeys", "add_hash_key", "connector_password", "normalized"]

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U. What people type instead is read as what they mean."""
_AS_MEANT: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_CHARACTERS: Final = 20


def connector_password(randomness: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A new password: 20 characters of unambiguous base32 (100 bits) in groups of four, `XXXX-XXXX-XXXX-XXXX-XXXX`."""
    characters = "".join(ALPHABET[byte % 32] for byte in randomness(_CHARACTERS))
    return "-".join(characters[start : start + 4] for start in range(0, _CHARACTERS, 4))


def normalized(password: str) -> str:
    """The password as it is hashed: without its dashes and spaces, capitals, O read as 0, I and L as 1."""
    return password.upper().translate(_AS_MEANT)


@dataclass(frozen=True, slots=True)
class HashKeys:
    """The keys of the hash, by name; the first makes new digests, all are checked."""

    by_name: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def load(cls, session: Scoped, vault: Vault) -> Self:
        """All keys, the newest first. A process loads them once, and again when it `lacks` the key of a digest."""
        rows = session.scalars(select(HashKey).order_by(HashKey.id.desc()))
        return cls({row.name: vault.keys.open(row.sealed, of_hash_key(row.name)) for row in rows})

    def digest(self, password: str) -> str:
        """What is stored of a password: the key's name and an HMAC-SHA256, as text of at most 110 characters."""
        if not self.by_name:
            raise LookupError("there is no hash key yet; add_hash_key makes one")
        name = next(iter(self.by_name))
        return f"{name}:{_hmac(self.by_name[name], password)}"

    def matches(self, password: str, digest: str) -> bool:
        """Whether `digest` is of this password; takes as long whatever the difference."""
        name, _, expected = digest.partition(":")
        key = self.by_name.get(name)
        return key is not None and hmac.compare_digest(_hmac(key, password), expected)

    def lacks(self, digest: str) -> bool:
        """Whether the digest was made with a key that is not here: another process has added one since."""
        return digest.partition(":")[0] not in self.by_name


def add_hash_key(session: Scoped, vault: Vault, *, now: datetime) -> HashKey:
    """Make a new key, which seals from now on; digests made with older ones stay good."""
    name = f"h{secrets.token_hex(8)}"
    row = HashKey(name=name, sealed=vault.keys.seal(secrets.token_bytes(KEY_BYTES), of_hash_key(name)), created_at=now)
    session.add(row)
    session.flush()
    return row


def _hmac(key: bytes, password: str) -> str:
    return hmac.new(key, normalized(password).encode(), hashlib.sha256).hexdigest()
