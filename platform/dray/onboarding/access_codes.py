"""Codes with which an administrator lets support staff look at once: made on their page, read out on the telephone.

A code is good for one member of the staff, for a quarter of an hour, and ends after a few wrong tries.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any, Final, cast

from sqlalchemy import select, update

from dray.onboarding import staff_access
from dray.onboarding.models import AccessCode, StaffAccess
from dray.onboarding.staff_access import Member, NotAllowed
from dray_tenants import audit
from dray_tenants.connector_passwords import ALPHABET, normalized
from dray_tenants.scope import Scoped

__all__ = ["GOOD_FOR", "MOST_TRIES", "make", "use"]

GOOD_FOR: Final = dt.timedelta(minutes=15)
MOST_TRIES: Final = 5
_LENGTH: Final = 8
_QUIET: Final = {"synchronize_session": False}
_NOT_GOOD: Final = "That code is not good, or is not any more. Ask them to read it again, or to make a new one."


def make(session: Scoped, *, by: str, at: dt.datetime) -> str:
    """A new code for the tenant in scope; the one before ends. It is told this once."""
    code = "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(_LENGTH))
    session.execute(
        update(AccessCode).where(AccessCode.expires_at > at).values(expires_at=at), execution_options=_QUIET
    )
    session.add(AccessCode(code_hash=_hashed(code), made_by=by, made_at=at, expires_at=at + GOOD_FOR))
    audit.record(session, actor=by, action="staff.code_made", subject="support access", now=at, details={})
    session.flush()
    return f"{code[:4]}-{code[4:]}"


def use(session: Scoped, who: Member, code: str, reason: str, minutes: int, *, at: dt.datetime) -> StaffAccess:
    """Let them look at the tenant in scope, and spend the code. Raises NotAllowed, after which the caller commits: a
    wrong try is counted."""
    staff_access.checked(reason, minutes)
    row = session.scalar(
        select(AccessCode)
        .where(AccessCode.used_at.is_(None), AccessCode.expires_at > at, AccessCode.tries < MOST_TRIES)
        .order_by(AccessCode.id.desc())
        .limit(1)
    )
    if row is None:
        raise NotAllowed(_NOT_GOOD)
    if not secrets.compare_digest(row.code_hash, _hashed(normalized(code))):
        tried = update(AccessCode).where(AccessCode.id == row.id).values(tries=AccessCode.tries + 1)
        session.execute(tried, execution_options=_QUIET)
        details = {"email": who.email}
        audit.record(
            session, actor=who.email, action="staff.code_refused", subject="support access", now=at, details=details
        )
        session.flush()
        raise NotAllowed(_NOT_GOOD)
    spent = update(AccessCode).where(
        AccessCode.id == row.id, AccessCode.used_at.is_(None), AccessCode.tries < MOST_TRIES
    )
    done = session.execute(spent.values(used_at=at, used_by=who.email), execution_options=_QUIET)
    if not cast(Any, done).rowcount:
        raise NotAllowed(_NOT_GOOD)
    return staff_access.open_by_code(session, who, reason, minutes, by=row.made_by, at=at)


def _hashed(code: str) -> bytes:
    return hashlib.sha256(f"access code {code}".encode(errors="replace")).digest()
