"""People and their passwords."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dray_tenants.database import new_public_id
from dray_tenants.models import User
from dray_tenants.roles import StaffRole
from dray_tenants.scope import Scoped

__all__ = [
    "EmailTaken",
    "Unacceptable",
    "authenticate",
    "change_email",
    "create_user",
    "find_user",
    "folded_email",
    "fresher_hash",
    "password_matches",
    "set_name",
    "set_password",
]

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 1024
LONGEST_NAME: Final = 200
# Nothing that has a meaning in a header of a letter: one address must never be read there as two.
_ADDRESS: Final = re.compile(r'[^@\s,;:<>()\[\]"\\]+@[^@\s,;:<>()\[\]"\\]+')
_HASHER: Final = PasswordHasher()  # argon2id with the parameters of RFC 9106, second recommendation


class Unacceptable(ValueError):
    """An e-mail address or password that cannot be used; the text says what to do and may be shown."""


class EmailTaken(Unacceptable):
    """Somebody is registered with this e-mail address."""


def folded_email(email: str) -> str:
    """The address as it is stored and compared; raises Unacceptable for what cannot be one."""
    address = unicodedata.normalize("NFKC", email).strip().casefold()
    if not _ADDRESS.fullmatch(address) or not address.isprintable() or len(address) > 320:
        raise Unacceptable(
            f"{email.strip() or 'An empty text'} is not an e-mail address. Write it as name@example.com."
        )
    return address


def create_user(
    session: Scoped,
    email: str,
    password: str,
    *,
    now: datetime,
    name: str = "",
    staff: StaffRole | None = None,
    hasher: PasswordHasher = _HASHER,
) -> User:
    """Register a person; raises EmailTaken, or Unacceptable for a weak password or a text that is no address."""
    user = User(
        public_id=new_public_id("usr"),
        email=folded_email(email),
        name=_one_line(name),
        password_hash=hasher.hash(_acceptable(password)),
        staff=staff,
        created_at=now,
        password_changed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        if find_user(session, email) is None:
            raise
        raise EmailTaken(f"{user.email} is already registered. Use another address, or sign in with it.") from None
    return user


def find_user(session: Scoped, email: str) -> User | None:
    """The person registered with this address, in whatever case it is written."""
    try:
        address = folded_email(email)
    except Unacceptable:
        return None
    return session.scalar(select(User).where(User.email == address))


def authenticate(session: Scoped, email: str, password: str, *, hasher: PasswordHasher = _HASHER) -> User | None:
    """The user whose address and password these are, or None.

    Does the same work for an unknown address as for a wrong password, so that neither time nor answer says which it
    was. Stores the hash anew when the parameters have changed, so the session must be one that writes.
    """
    nobody = _hash_of_nobody(hasher)
    user = find_user(session, email)
    if not _verifies(hasher, user.password_hash if user else nobody, password) or user is None:
        return None
    if hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hasher.hash(_normal(password))
    return user


def password_matches(stored: str | None, password: str, *, hasher: PasswordHasher = _HASHER) -> bool:
    """Whether a stored hash is of this password; None (nobody) costs as much as a wrong one.

    Takes tens of milliseconds and no database: call it while no transaction is open.
    """
    return _verifies(hasher, stored or _hash_of_nobody(hasher), password) and stored is not None


def fresher_hash(stored: str, password: str, *, hasher: PasswordHasher = _HASHER) -> str | None:
    """A new hash of the password that `stored` is of, where its parameters are not today's; None where they are."""
    return hasher.hash(_normal(password)) if hasher.check_needs_rehash(stored) else None


def set_name(session: Scoped, user: User, name: str) -> None:
    """What the person is called; may be empty. Raises Unacceptable for what is no name."""
    user.name = _one_line(name)
    session.flush()


def change_email(session: Scoped, user: User, email: str) -> None:
    """Give the user another address, which must have been proved to be theirs. Raises EmailTaken."""
    address = folded_email(email)
    try:
        with session.begin_nested():
            user.email = address
    except IntegrityError:
        session.refresh(user)
        raise EmailTaken(f"{address} belongs to somebody else here. Use another address.") from None


def set_password(
    session: Scoped, user: User, password: str, *, now: datetime, hasher: PasswordHasher = _HASHER
) -> None:
    """Give the user a new password. Sessions signed in with the old one go by `login.revoke_all`."""
    user.password_hash = hasher.hash(_acceptable(password))
    user.password_changed_at = now
    session.flush()


def _one_line(name: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", name).split())
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise Unacceptable(f"A name is one line of at most {LONGEST_NAME} characters.")
    return text


def _acceptable(password: str) -> str:
    text = _normal(password)
    if len(text) < SHORTEST_PASSWORD:
        raise Unacceptable(f"This password has {len(text)} characters. Use at least {SHORTEST_PASSWORD}.")
    if len(text) > LONGEST_PASSWORD:
        raise Unacceptable(f"This password has {len(text)} characters. Use at most {LONGEST_PASSWORD}.")
    return text


def _normal(password: str) -> str:
    # The same password typed on another keyboard may arrive as other code points (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _verifies(hasher: PasswordHasher, stored: str, password: str) -> bool:
    try:
        # Longer ones exist in no hash; cut, so that a huge text costs no more.
        return hasher.verify(stored, _normal(password)[: LONGEST_PASSWORD + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("the password of nobody")
