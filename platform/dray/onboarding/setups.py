"""Set-ups and their one-time links.

Looking at a link uses nothing up, so that no mail scanner spends it: a button binds it to the browser in which it was
pressed. That browser can show a short code with which one other computer joins. A link ends when the connection is
proved, when a newer one replaces it, and after a day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import select, update

from dray.connections.models import Connection, ConnectionStatus
from dray.onboarding.models import Setup
from dray_tenants import audit
from dray_tenants.connector_passwords import ALPHABET, normalized
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

__all__ = [
    "GOOD_FOR",
    "Begun",
    "Ended",
    "Place",
    "Standing",
    "begin",
    "by_secret",
    "claim",
    "current",
    "end",
    "join",
    "make_code",
    "may_use",
    "renew_link",
    "standing",
    "watch",
]

GOOD_FOR: Final = dt.timedelta(hours=24)
CODE_GOOD_FOR: Final = dt.timedelta(minutes=30)
WATCHED_AFTER: Final = dt.timedelta(hours=1)
"""How long the calls of a proved connection are still noted: its first run by itself comes within that time."""
MOST_BROWSERS: Final = 3
_CODE: Final = 10


class Place(StrEnum):
    """Where the customer's QuickBooks runs."""

    HERE = "here"
    SERVER = "server"
    HOSTED = "hosted"


class Standing(StrEnum):
    """What a link is good for now."""

    OPEN = "open"
    """Nobody has claimed it."""
    CLAIMED = "claimed"
    """It belongs to one browser, and to those that joined with its code."""
    PROVED = "proved"
    """The connection works: there is nothing more to do."""
    OVER = "over"
    """It ended before that."""


class Ended(StrEnum):
    """Why a set-up's link opens nothing more."""

    PROVED = "proved"
    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Begun:
    """A set-up and the secret of its link, which is nowhere else and cannot be shown again."""

    setup: Setup
    secret: str = field(repr=False)


def begin(
    session: Scoped,
    connection: Connection,
    *,
    at: dt.datetime,
    actor: str,
    email: str | None = None,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
) -> Begun:
    """Begin a set-up with a link, in the caller's transaction and the tenant's scope; an earlier one ends. What is
    read there first is due at once, so that the first call already meets the books."""
    before = current(session, connection)
    if before is not None:
        end(session, before, Ended.REPLACED, at=at)
    secret = _secret(randomness)
    setup = Setup(
        public_id=new_public_id("set", randomness),
        tenant_id=session.require_tenant(),
        connection_id=connection.id,
        email=email,
        begun_by=actor,
        begun_at=at,
        watched_until=at + GOOD_FOR,
        link_hash=_hashed(secret),
        link_expires_at=at + GOOD_FOR,
        browsers=[],
    )
    session.add(setup)
    _make_due(session, connection, at)
    details = {"name": connection.name, "email": email or "nobody in particular"}
    audit.record(
        session, actor=actor, action="connection.link_made", subject=connection.public_id, now=at, details=details
    )
    session.flush()
    return Begun(setup, secret)


def renew_link(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> Begun:
    """A new link for whoever the last one was for; the last one ends at once."""
    before = current(session, connection)
    return begin(session, connection, at=at, actor=actor, email=before.email if before is not None else None)


def current(session: Scoped, connection: Connection) -> Setup | None:
    """The connection's newest set-up."""
    return session.scalar(
        select(Setup)
        .where(Setup.tenant_id == connection.tenant_id, Setup.connection_id == connection.id)
        .order_by(Setup.id.desc())
        .limit(1)
    )


def by_secret(session: Scoped, secret: str) -> Setup | None:
    """The set-up of a link, however it stands. Writes nothing."""
    return session.scalar(select(Setup).where(Setup.link_hash == _hashed(secret)))


def standing(setup: Setup, *, now: dt.datetime) -> Standing:
    """What the set-up's link is good for."""
    if setup.ended_for == Ended.PROVED:
        return Standing.PROVED
    if setup.ended_at is not None or setup.link_expires_at is None or setup.link_expires_at <= now:
        return Standing.OVER
    return Standing.OPEN if setup.claimed_at is None else Standing.CLAIMED


def may_use(setup: Setup, browser: str | None) -> bool:
    """Whether the browser that holds this secret is one of those that claimed the link."""
    return bool(browser) and _hashed(browser or "").hex() in setup.browsers


def claim(session: Scoped, setup: Setup, place: Place, *, at: dt.datetime) -> str | None:
    """Bind the link to one browser; gives the secret that the browser keeps. None where another one was quicker, or
    the link is over."""
    secret = _secret(secrets.token_bytes)
    taken = update(Setup).where(
        Setup.id == setup.id, Setup.claimed_at.is_(None), Setup.ended_at.is_(None), Setup.link_expires_at > at
    )
    values = {"claimed_at": at, "browsers": [_hashed(secret).hex()], "place": place.value}
    if not cast(Any, session.execute(taken.values(values), execution_options=_QUIET)).rowcount:
        return None
    session.refresh(setup)
    return secret


def make_code(session: Scoped, setup: Setup, *, at: dt.datetime) -> str:
    """A short code with which one more computer joins, for half an hour; the code before ends."""
    code = "".join(ALPHABET[byte % 32] for byte in secrets.token_bytes(_CODE))
    setup.code_hash, setup.code_expires_at = _hashed(code), at + CODE_GOOD_FOR
    session.flush()
    return f"{code[:5]}-{code[5:]}"


def join(session: Scoped, code: str, *, at: dt.datetime) -> tuple[Setup, str] | None:
    """Another browser joins with the code, which is spent by it; the set-up and the secret that the browser keeps.
    None for a code that is not good (any more)."""
    setup = session.scalar(
        select(Setup).where(Setup.code_hash == _hashed(normalized(code)), Setup.code_expires_at > at).with_for_update()
    )
    if setup is None or standing(setup, now=at) is not Standing.CLAIMED:
        return None
    secret = _secret(secrets.token_bytes)
    setup.browsers = [_hashed(secret).hex(), *setup.browsers][:MOST_BROWSERS]
    setup.code_hash = setup.code_expires_at = None
    session.flush()
    return setup, secret


def end(session: Scoped, setup: Setup, why: Ended, *, at: dt.datetime) -> bool:
    """The link opens nothing more. False where it was over already."""
    if setup.ended_at is not None:
        return False
    setup.ended_at, setup.ended_for = at, why.value
    setup.code_hash = setup.code_expires_at = None
    setup.watched_until = min(setup.watched_until, at + WATCHED_AFTER)
    session.flush()
    return True


def watch(session: Scoped, connection: Connection, *, at: dt.datetime, until: dt.datetime, actor: str) -> Setup:
    """Note the connection's calls until then, whether or not it is being set up."""
    setup = current(session, connection)
    if setup is None:
        setup = Setup(
            public_id=new_public_id("set"),
            tenant_id=session.require_tenant(),
            connection_id=connection.id,
            begun_by=actor,
            begun_at=at,
            watched_until=until,
            browsers=[],
            ended_at=at,
            ended_for=Ended.REVOKED.value,
        )
        session.add(setup)
    setup.watched_until = max(setup.watched_until, until)
    session.flush()
    return setup


_QUIET: Final = {"synchronize_session": False}


def _make_due(session: Scoped, connection: Connection, at: dt.datetime) -> None:
    status = update(ConnectionStatus).where(
        ConnectionStatus.tenant_id == connection.tenant_id, ConnectionStatus.connection_id == connection.id
    )
    session.execute(status.values(due_at=at), execution_options=_QUIET)


def _secret(randomness: Callable[[int], bytes]) -> str:
    return randomness(32).hex()


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
