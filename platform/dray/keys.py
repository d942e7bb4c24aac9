"""The keys of an embedded installation: made on its first start, kept in its home directory, never made twice."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

__all__ = ["SECRET_KEY_FILE", "VAULT_KEYS_FILE", "EmbeddedKeys", "KeysUnreadable", "embedded_keys"]

SECRET_KEY_FILE: Final = "secret.key"  # noqa: S105  the name of a file
VAULT_KEYS_FILE: Final = "vault.keys"


class KeysUnreadable(Exception):
    """A key's file is there and holds nothing. It is never replaced: what it sealed could not be opened any more."""


@dataclass(frozen=True, slots=True)
class EmbeddedKeys:
    """What would otherwise be DRAY_SECRET_KEY and DRAY_VAULT_KEYS."""

    secret_key: str = field(repr=False)
    vault_keys: str = field(repr=False)


def embedded_keys(home: Path) -> EmbeddedKeys:
    """The keys kept in `home`, made there if this is the first start. Any number of processes may race: all get the
    same keys. Raises KeysUnreadable, or OSError where the directory cannot be written."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return EmbeddedKeys(
        secret_key=_kept(home / SECRET_KEY_FILE, _new_secret_key),
        vault_keys=_kept(home / VAULT_KEYS_FILE, _new_vault_key),
    )


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        _write_once(path, make())
    text = path.read_text(encoding="ascii").strip()
    if not text:
        raise KeysUnreadable(f"{path} is empty; put the key back from where it is backed up")
    return text


def _write_once(path: Path, text: str) -> None:
    """Write the file unless somebody else did meanwhile. Complete or not there at all, and on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link never replaces what is there; a rename would, and two processes would hold different keys.
            os.link(draft, path)
        except FileExistsError:
            return
        _sync_directory(path.parent)
    finally:
        draft.unlink()


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new_secret_key() -> str:
    return secrets.token_urlsafe(48)


def _new_vault_key() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
