"""Signed-in browsers: rows on the server, so that each can be listed and ended.

The cookie holds 256 random bits; the row holds their SHA-256. Reading (`find`) never writes: `touch` is apart, so that
a page can be read in a read-only session.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from dray_tenants.models import User, WebSession
from dray_tenants.scope import Scoped

__all__ = ["find", "revoke", "revoke_all", "rotate", "start", "touch"]

IDLE: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=30)
TOUCH_EVERY: Final = timedelta(minutes=1)


def start(session: Scoped, user: User, *, ip: str, user_agent: str, now: datetime) -> tuple[WebSession, str]:
    """Sign a browser in; gives the row and what its cookie holds. Always a new session: a cookie from before signing in
    is worth nothing afterwards."""
    cookie = secrets.token_urlsafe(32)
    row = WebSession(
        hash=_hash(cookie), user=user, created_at=now, last_seen_at=now, ip=ip[:45], user_agent=user_agent[:400]
    )
    session.add(row)
    session.flush()
    return row, cookie


def find(session: Scoped, cookie: str, *, now: datetime) -> WebSession | None:
    """The session of this cookie with its user, in one indexed read; None when unknown, ended, or too old."""
    digest = _hash(cookie)
    row = session.scalar(select(WebSession).where(WebSession.hash == digest).options(joinedload(WebSession.user)))
    if row is None or not hmac.compare_digest(row.hash, digest) or row.revoked_at is not None:
        return None
    if now - row.last_seen_at > IDLE or now - row.created_at > LONGEST:
        return None
    return row


def touch(session: Scoped, row: WebSession, *, now: datetime) -> bool:
    """Note that the session is in use, at most once a minute; whether it was noted."""
    if now - row.last_seen_at < TOUCH_EVERY:
        return False
    result = session.execute(
        update(WebSession)
        .where(WebSession.id == row.id, WebSession.last_seen_at <= now - TOUCH_EVERY)
        .values(last_seen_at=now)
    )
    return bool(cast(Any, result).rowcount)


def rotate(session: Scoped, row: WebSession) -> str:
    """Give the session a new cookie, when what it may do has changed; the old one is worth nothing from now on."""
    cookie = secrets.token_urlsafe(32)
    row.hash = _hash(cookie)
    session.flush()
    return cookie


def revoke(session: Scoped, row: WebSession, *, now: datetime) -> None:
    """Sign one browser out."""
    row.revoked_at = row.revoked_at or now
    session.flush()


def revoke_all(session: Scoped, user: User, *, now: datetime, keep: WebSession | None = None) -> int:
    """Sign all of a user's browsers out, `keep` excepted; gives how many."""
    ending = update(WebSession).where(WebSession.user_id == user.id, WebSession.revoked_at.is_(None))
    if keep is not None:
        ending = ending.where(WebSession.id != keep.id)
    result = session.execute(ending.values(revoked_at=now))
    return int(cast(Any, result).rowcount)


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode(errors="replace")).digest()
