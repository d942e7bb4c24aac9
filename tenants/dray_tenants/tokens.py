"""API tokens: bearer secrets of one tenant, shown once and kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from dray_tenants.database import new_public_id
from dray_tenants.models import ApiToken, Tenant, TokenScope, User
from dray_tenants.scope import Scoped

__all__ = ["Minted", "find", "mint", "revoke", "touch"]

PREFIX: Final = "dray_"
TEST_PREFIX: Final = "test_"
"""How the tokens of a test company begin, so that nobody takes one for the other."""

_SHOWN: Final = len(PREFIX) + 6
TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: its row, and the bearer text, which is nowhere else and cannot be shown again."""

    token: ApiToken
    bearer: str = field(repr=False)


def mint(
    session: Scoped,
    tenant: Tenant,
    name: str,
    *,
    scope: TokenScope,
    now: datetime,
    created_by: User | None = None,
    expires_at: datetime | None = None,
) -> Minted:
    """Make a token of 256 random bits for one tenant; that of a test company begins with `test_`."""
    bearer = (TEST_PREFIX if tenant.test else PREFIX) + secrets.token_urlsafe(32)
    token = ApiToken(
        public_id=new_public_id("tok"),
        tenant=tenant,
        name=name,
        prefix=bearer[:_SHOWN],
        hash=_hash(bearer),
        scope=scope,
        created_by=created_by.id if created_by else None,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    return Minted(token, bearer)


def find(session: Scoped, bearer: str, *, now: datetime) -> ApiToken | None:
    """The token with its tenant, in one indexed read that writes nothing; None when unknown, revoked or expired."""
    digest = _hash(bearer)
    token = session.scalar(select(ApiToken).where(ApiToken.hash == digest).options(joinedload(ApiToken.tenant)))
    if token is None or not hmac.compare_digest(token.hash, digest) or token.revoked_at is not None:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    return token


def touch(session: Scoped, token: ApiToken, *, now: datetime) -> bool:
    """Note that the token is in use, at most once a minute however many requests ask at once; whether it was noted."""
    before = now - TOUCH_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return False
    result = session.execute(
        update(ApiToken)
        .where(ApiToken.id == token.id, or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= before))
        .values(last_used_at=now)
    )
    return bool(cast(Any, result).rowcount)


def revoke(session: Scoped, token: ApiToken, *, now: datetime) -> None:
    """End the token at once."""
    token.revoked_at = token.revoked_at or now
    session.flush()


def _hash(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode(errors="replace")).digest()
