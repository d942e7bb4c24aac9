"""The second factor: codes of six digits that change every 30 seconds (TOTP, RFC 6238), and codes for its loss.

The secret is sealed under a master key for its user. A code counts once: the time step of the newest one taken is kept,
and neither it nor an older one is taken again (RFC 6238, section 5.2).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import pyotp
from sqlalchemy import delete, func, or_, select, update

from dray_tenants.connector_passwords import ALPHABET, normalized
from dray_tenants.models import User
from dray_tenants.people_models import RecoveryCode, SecondFactor
from dray_tenants.scope import Scoped
from dray_tenants.vault import MasterKeys, of_second_factor

__all__ = [
    "AlreadyOn",
    "Enrolment",
    "begin",
    "check",
    "codes_left",
    "confirm",
    "enrolment",
    "has_one",
    "new_recovery_codes",
    "remove",
    "use_recovery_code",
]

SECONDS: Final = 30
DRIFT: Final = 1
"""Steps that a telephone's clock may be ahead or behind."""
RECOVERY_CODES: Final = 10
_RECOVERY_CHARACTERS: Final = 16  # of 32: 80 bits, too many to be tried even against a stolen table


class AlreadyOn(ValueError):
    """The person has a second factor; the text may be shown."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret that waits for its first code: as text to type, and as the address that a QR code holds."""

    secret: str = field(repr=False)
    address: str = field(repr=False)

    @property
    def grouped(self) -> str:
        """The secret in groups of four, to be typed."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


def begin(
    session: Scoped, keys: MasterKeys, user: User, *, now: datetime, issuer: str, make: Callable[[], str] | None = None
) -> Enrolment:
    """A new secret, which counts once a code of it is confirmed. Raises AlreadyOn where one counts already."""
    row = _row(session, user)
    if row is not None and row.confirmed_at is not None:
        raise AlreadyOn("A second factor is on already. Turn it off first, then set up the new one.")
    secret = (make or pyotp.random_base32)()
    if row is None:
        row = SecondFactor(user_id=user.id, created_at=now)
        session.add(row)
    row.sealed, row.last_step, row.created_at = keys.seal(secret.encode(), of_second_factor(user.public_id)), None, now
    session.flush()
    return _enrolment(secret, user, issuer)


def enrolment(session: Scoped, keys: MasterKeys, user: User, *, issuer: str) -> Enrolment | None:
    """The enrolment under way. None where there is none: a secret that counts is never shown again."""
    row = _row(session, user)
    if row is None or row.confirmed_at is not None:
        return None
    return _enrolment(_secret(keys, user, row), user, issuer)


def confirm(session: Scoped, keys: MasterKeys, user: User, code: str, *, now: datetime) -> tuple[str, ...] | None:
    """Turn the factor on with its first code, and give the recovery codes, which are shown now and never again.

    None where the code does not match, or nothing waits for one.
    """
    row = _row(session, user)
    if row is None or row.confirmed_at is not None or not _take(session, keys, user, row, code, now):
        return None
    row.confirmed_at = now
    return new_recovery_codes(session, user)


def has_one(session: Scoped, user: User) -> bool:
    """Whether signing in asks for a code."""
    row = _row(session, user)
    return row is not None and row.confirmed_at is not None


def check(session: Scoped, keys: MasterKeys, user: User, code: str, *, now: datetime) -> bool:
    """Whether this is a code of theirs that was not used before; it is used now."""
    row = _row(session, user)
    return row is not None and row.confirmed_at is not None and _take(session, keys, user, row, code, now)


def remove(session: Scoped, user: User) -> bool:
    """Turn the factor off, with its recovery codes; whether it was on."""
    was_on = has_one(session, user)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    return was_on


def new_recovery_codes(session: Scoped, user: User) -> tuple[str, ...]:
    """Ten new codes instead of those before; only their hashes are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    session.add_all(RecoveryCode(user_id=user.id, hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def use_recovery_code(session: Scoped, user: User, code: str, *, now: datetime) -> bool:
    """Whether this is an unused recovery code of theirs; it is used now."""
    used = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user.id, RecoveryCode.hash == _hash(code), RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )
    return bool(cast(Any, used).rowcount)


def codes_left(session: Scoped, user: User) -> int:
    """How many recovery codes are unused."""
    unused = select(func.count()).select_from(RecoveryCode)
    return session.scalar(unused.where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))) or 0


def _take(session: Scoped, keys: MasterKeys, user: User, row: SecondFactor, code: str, now: datetime) -> bool:
    step = _step_of(_secret(keys, user, row), code, now)
    if step is None:
        return False
    # One statement: of two requests with the same code one finds the step taken.
    taken = session.execute(
        update(SecondFactor)
        .where(SecondFactor.id == row.id, or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step))
        .values(last_step=step)
    )
    return bool(cast(Any, taken).rowcount)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, of the present one and its neighbours."""
    generator, digits = pyotp.TOTP(secret), "".join(code.split())
    present = int(now.timestamp()) // SECONDS
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), digits.encode(errors="replace")):
            found = step
    return found


def _secret(keys: MasterKeys, user: User, row: SecondFactor) -> str:
    return keys.open(row.sealed, of_second_factor(user.public_id)).decode()


def _enrolment(secret: str, user: User, issuer: str) -> Enrolment:
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer))


def _row(session: Scoped, user: User) -> SecondFactor | None:
    return session.scalar(
        select(SecondFactor).where(SecondFactor.user_id == user.id).execution_options(populate_existing=True)
    )


def _recovery_code() -> str:
    characters = "".join(secrets.choice(ALPHABET) for _ in range(_RECOVERY_CHARACTERS))
    return "-".join(characters[start : start + 4] for start in range(0, _RECOVERY_CHARACTERS, 4))


def _hash(code: str) -> bytes:
    return hashlib.sha256(normalized(code).encode(errors="replace")).digest()
