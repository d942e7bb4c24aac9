"""Signed-in browsers: rows on the server, so that each can be listed and ended.

The cookie holds 256 random bits; the row holds their SHA-256. Reading (`find`) never writes: `touch` is apart, so that
a page can be read in a read-only session.

Signing in may take a second step. Until then the row is unfinished: `find` does not know it, `find_unfinished` does,
for ten minutes. `finish` makes it whole and gives it a new cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import joinedload

from dray_tenants.database import new_public_id
from dray_tenants.models import SessionStage, User, WebSession
from dray_tenants.scope import Scoped

__all__ = [
    "end",
    "find",
    "find_unfinished",
    "finish",
    "living",
    "revoke",
    "revoke_all",
    "rotate",
    "start",
    "sweep",
    "touch",
]

IDLE: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=30)
UNFINISHED: Final = timedelta(minutes=10)
TOUCH_EVERY: Final = timedelta(minutes=1)


def start(
    session: Scoped,
    user: User,
    *,
    ip: str,
    user_agent: str,
    now: datetime,
    stage: SessionStage = SessionStage.FULL,
    second_factor: bool = False,
) -> tuple[WebSession, str]:
    """Sign a browser in, or half-way (`stage`); gives the row and what its cookie holds. Always a new session: a cookie
    from before signing in is worth nothing afterwards."""
    cookie = secrets.token_urlsafe(32)
    row = WebSession(
        public_id=new_public_id("ses"),
        hash=_hash(cookie),
        user=user,
        stage=stage,
        second_factor=second_factor,
        created_at=now,
        last_seen_at=now,
        ip=ip[:45],
        user_agent=user_agent[:400],
    )
    session.add(row)
    session.flush()
    return row, cookie


def find(session: Scoped, cookie: str, *, now: datetime) -> WebSession | None:
    """The session of this cookie with its user, in one indexed read; None when unknown, unfinished, ended, or too
    old."""
    row = _of_cookie(session, cookie)
    if row is None or row.stage is not SessionStage.FULL:
        return None
    if now - row.last_seen_at > IDLE or now - row.created_at > LONGEST:
        return None
    return row


def find_unfinished(session: Scoped, cookie: str, *, now: datetime) -> WebSession | None:
    """The session of this cookie that still waits for its second step; None after ten minutes."""
    row = _of_cookie(session, cookie)
    if row is None or row.stage is SessionStage.FULL or now - row.created_at > UNFINISHED:
        return None
    return row


def finish(session: Scoped, row: WebSession, *, now: datetime) -> str:
    """The second step was taken: the session is whole, under the new cookie that this gives."""
    row.stage, row.second_factor, row.last_seen_at = SessionStage.FULL, True, now
    return rotate(session, row)


def living(session: Scoped, user: User, *, now: datetime) -> Sequence[WebSession]:
    """Where the user is signed in, the one used last first."""
    return session.scalars(
        select(WebSession)
        .where(
            WebSession.user_id == user.id,
            WebSession.stage == SessionStage.FULL,
            WebSession.revoked_at.is_(None),
            WebSession.last_seen_at >= now - IDLE,
            WebSession.created_at >= now - LONGEST,
        )
        .order_by(WebSession.last_seen_at.desc(), WebSession.id.desc())
    ).all()


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


def end(session: Scoped, user: User, public_id: str, *, now: datetime) -> WebSession:
    """Sign out the user's browser of that id; raises LookupError where they have no such one."""
    row = session.scalar(select(WebSession).where(WebSession.public_id == public_id, WebSession.user_id == user.id))
    if row is None:
        raise LookupError(f"{user.email} has no session {public_id}")
    revoke(session, row, now=now)
    return row


def revoke_all(session: Scoped, user: User, *, now: datetime, keep: WebSession | None = None) -> int:
    """Sign all of a user's browsers out, `keep` excepted; gives how many. Unfinished ones end too."""
    ending = update(WebSession).where(WebSession.user_id == user.id, WebSession.revoked_at.is_(None))
    if keep is not None:
        ending = ending.where(WebSession.id != keep.id)
    result = session.execute(ending.values(revoked_at=now))
    return int(cast(Any, result).rowcount)


def sweep(session: Scoped, *, now: datetime) -> int:
    """Drop rows that have been worth nothing for a while; how many."""
    long_ago = now - LONGEST - IDLE
    ended = or_(WebSession.last_seen_at < long_ago, WebSession.revoked_at < now - IDLE)
    return int(cast(Any, session.execute(delete(WebSession).where(ended))).rowcount)


def _of_cookie(session: Scoped, cookie: str) -> WebSession | None:
    digest = _hash(cookie)
    row = session.scalar(select(WebSession).where(WebSession.hash == digest).options(joinedload(WebSession.user)))
    if row is None or not hmac.compare_digest(row.hash, digest) or row.revoked_at is not None:
        return None
    return row


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode(errors="replace")).digest()
