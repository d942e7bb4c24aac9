"""Tokens with which a billing product sets connections up inside its own pages: made and revoked by the operator."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from dray.onboarding.models import OperatorToken
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

__all__ = ["PREFIX", "Minted", "find", "listed", "mint", "revoke"]

PREFIX: Final = "drayop_"
"""What such a token begins with, so that nobody takes it for a tenant's."""
LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: its row, and the bearer text, which is nowhere else and cannot be shown again."""

    token: OperatorToken
    bearer: str = field(repr=False)


def mint(session: Scoped, name: str, *, at: dt.datetime, expires_at: dt.datetime | None = None) -> Minted:
    """Make a token of 256 random bits; without `expires_at` it is good until it is revoked. ValueError for a name that
    cannot be used."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ValueError(f"Give the token a name of 1 to {LONGEST_NAME} characters: what it is for.")
    bearer = PREFIX + secrets.token_urlsafe(32)
    row = OperatorToken(
        public_id=new_public_id("opt"),
        name=name,
        prefix=bearer[:14],
        hash=_hashed(bearer),
        created_at=at,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return Minted(row, bearer)


def find(session: Scoped, bearer: str, *, at: dt.datetime) -> OperatorToken | None:
    """The token; None when it is unknown, revoked or past its end. Writes nothing."""
    if not bearer.startswith(PREFIX):
        return None
    row = session.scalar(select(OperatorToken).where(OperatorToken.hash == _hashed(bearer)))
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.hash, _hashed(bearer)):
        return None
    if row.expires_at is not None and row.expires_at <= at:
        return None
    return row


def listed(session: Scoped) -> Sequence[OperatorToken]:
    """Every token, the newest first."""
    return session.scalars(select(OperatorToken).order_by(OperatorToken.id.desc())).all()


def revoke(session: Scoped, public_id: str, *, at: dt.datetime) -> OperatorToken:
    """End one at once. LookupError where there is none."""
    row = session.scalar(select(OperatorToken).where(OperatorToken.public_id == public_id))
    if row is None:
        raise LookupError(f"there is no operator token {public_id}")
    row.revoked_at = row.revoked_at or at
    session.flush()
    return row


def _hashed(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode(errors="replace")).digest()
