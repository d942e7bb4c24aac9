"""Links that are mailed to one person: each works once, for an hour, and is kept as a hash. Looking uses nothing up."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from dray_tenants.models import User
from dray_tenants.people_models import LinkPurpose, MailedLink
from dray_tenants.scope import Scoped

__all__ = ["GOOD_FOR", "end_all", "find", "hashed", "make", "new_secret", "sweep", "use"]

GOOD_FOR: Final = timedelta(hours=1)
_NOBODY: Final = -1


def make(session: Scoped, user: User | None, purpose: LinkPurpose, email: str, *, now: datetime) -> str:
    """A new link for one person; gives its secret. Earlier ones of the same purpose end.

    Without a user the same work is done for a link that was never good, so that time tells nothing of who is known.
    """
    secret = new_secret()
    _end_of(session, user.id if user else _NOBODY, purpose, now)
    session.add(
        MailedLink(
            hash=hashed(secret),
            purpose=purpose,
            user_id=user.id if user else None,
            email=email[:320],
            created_at=now,
            expires_at=now + GOOD_FOR,
            ended_at=None if user else now,
        )
    )
    session.flush()
    return secret


def find(session: Scoped, secret: str, purpose: LinkPurpose, *, now: datetime) -> MailedLink | None:
    """The link with its user, while it is good for this purpose. Writes nothing."""
    return session.scalar(
        select(MailedLink)
        .where(
            MailedLink.hash == hashed(secret),
            MailedLink.purpose == purpose,
            MailedLink.ended_at.is_(None),
            MailedLink.expires_at > now,
            MailedLink.user_id.is_not(None),
        )
        .options(joinedload(MailedLink.user))
    )


def use(session: Scoped, row: MailedLink, *, now: datetime) -> bool:
    """Use the link up. False where it was used or ended meanwhile: then nothing may be done with it."""
    used = session.execute(
        update(MailedLink)
        .where(MailedLink.id == row.id, MailedLink.ended_at.is_(None), MailedLink.expires_at > now)
        .values(ended_at=now)
    )
    return bool(cast(Any, used).rowcount)


def end_all(session: Scoped, user: User, *, now: datetime) -> None:
    """End every link of the user: what they were made for has been changed another way."""
    for purpose in LinkPurpose:
        _end_of(session, user.id, purpose, now)


def sweep(session: Scoped, *, now: datetime) -> int:
    """Drop links that have been over for a day; how many."""
    old = delete(MailedLink).where(MailedLink.created_at < now - timedelta(days=1) - GOOD_FOR)
    return int(cast(Any, session.execute(old)).rowcount)


def new_secret() -> str:
    """What a link carries: 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _end_of(session: Scoped, user_id: int, purpose: LinkPurpose, now: datetime) -> None:
    session.execute(
        update(MailedLink)
        .where(MailedLink.user_id == user_id, MailedLink.purpose == purpose, MailedLink.ended_at.is_(None))
        .values(ended_at=now)
    )
