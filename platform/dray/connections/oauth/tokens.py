"""A valid bearer token for a connection, at any time, for any number of processes.

One at a time renews: it takes a turn on the grant's row (a short transaction that locks the row), asks the other side
with no transaction open, and stores what came, sealed and committed, before anybody uses it. The turn has an end, so
that a process that dies in it stops nobody for long, and a number, so that one that was only slow cannot undo what
happened since. A lock held over the call would hold up every writer of the database as long as the call takes.

A login is dead only when the other side says so (`invalid_grant`) of the newest tokens that are stored. That the
network failed, that a server was busy, or that our application was refused, says nothing about a company's login.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import select

from dray.connections import due
from dray.connections.oauth import ending, keeping, token_endpoint
from dray.connections.oauth.application import Application, NotSetUp, application_of
from dray.connections.oauth.discovery import Endpoints, Undiscovered, endpoints_of
from dray.connections.oauth.keeping import Kept
from dray.connections.oauth.models import Grant, GrantState
from dray.connections.oauth.token_endpoint import AppRefused, Given, GrantOver, NoTokens
from dray.installation import Dray
from dray_tenants.scope import Scoped, ScopedSession

__all__ = ["LoginEnded", "LoginUnreachable", "access_token"]

EARLY: Final = dt.timedelta(minutes=5)
"""A token with less than this left is renewed first: a request may wait two minutes for its answer."""

TURN: Final = dt.timedelta(seconds=90)
"""Longer than both tries of one renewal together."""

_LAST_MOMENT: Final = dt.timedelta(seconds=30)
_WAIT_FOR_OTHERS: Final = 20.0
_LOOK_EVERY: Final = 0.05

_log = structlog.get_logger(__name__)


class LoginEnded(Exception):
    """The books no longer let us in, and a person has to connect again; the message is a sentence for people."""


class LoginUnreachable(Exception):
    """No token now, and the login may be as good as ever: try again later. The message is a sentence for people."""


def access_token(
    parts: Dray,
    tenant_id: int,
    connection_id: int,
    *,
    refused: str | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> str:
    """A bearer token that is good for the next minutes. Call it with no transaction open.

    It is renewed when it is near its end, or when it is the one that the books just `refused` (a 401). Raises
    LoginEnded, also for a connection without a login, and LoginUnreachable.
    """
    waited = 0.0
    while True:
        found = _look(parts, tenant_id, connection_id, refused)
        if isinstance(found, str):
            return found
        if isinstance(found, _Turn):
            return _renew(parts, tenant_id, found)
        if found.usable is not None:
            return found.usable
        if waited >= _WAIT_FOR_OTHERS:
            raise LoginUnreachable("Another process is renewing this login and has not finished. It is tried again.")
        pause(_LOOK_EVERY)
        waited += _LOOK_EVERY


@dataclass(frozen=True, slots=True)
class _Turn:
    """It is for us to renew: the tokens as they are, and the token that will do where that does not work out."""

    grant_id: int
    connection_id: int
    connector: str
    number: int
    version: int
    kept: Kept
    usable: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Busy:
    """Another process renews; `usable` is a token that is still good meanwhile."""

    usable: str | None = field(repr=False)


def _look(parts: Dray, tenant_id: int, connection_id: int, refused: str | None) -> str | _Turn | _Busy:
    """The token, or the turn to renew it, or that another has the turn."""
    at = parts.clock()
    with ScopedSession(parts.engines, read_only=True) as session, session.tenant(tenant_id):
        grant = _login(session, connection_id)
        stored = _stored(parts, session, grant)
        if stored.access != refused and _lasts(grant, at, EARLY):
            return stored.access
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        grant = _login(session, connection_id, lock=True)
        stored = _stored(parts, session, grant)
        usable = stored.access if stored.access != refused and _lasts(grant, at, _LAST_MOMENT) else None
        if usable is not None and _lasts(grant, at, EARLY):
            return usable
        if grant.turn_until is not None and grant.turn_until > at:
            return _Busy(usable)
        grant.turn += 1
        grant.turn_until = at + TURN
        turn = _Turn(grant.id, connection_id, grant.connector, grant.turn, grant.version, stored, usable)
        session.commit()
        return turn


def _renew(parts: Dray, tenant_id: int, turn: _Turn) -> str:
    """Ask, store, and give the token. What another process has stored meanwhile is as good."""
    try:
        app, endpoints = _where(parts, turn)
        given = _ask(app, endpoints, turn.kept.refresh, parts)
    except GrantOver as over:
        return _was_refused(parts, tenant_id, turn, str(over))
    except (NoTokens, AppRefused, NotSetUp) as trouble:
        _log.warning("a login could not be renewed", connector=turn.connector, trouble=str(trouble))
        newer = _give_turn_back(parts, tenant_id, turn) or turn.usable
        if newer is not None:
            return newer
        raise LoginUnreachable(_sentence(parts, turn, trouble)) from None
    except BaseException:
        _give_turn_back(parts, tenant_id, turn)
        raise
    return _store(parts, tenant_id, turn, given, endpoints)


def _ask(app: Application, endpoints: Endpoints, refresh: str, parts: Dray) -> Given:
    """Once more where the answer was lost: the other side may have changed the token all the same, and gives it again
    to whoever asks with the old one soon after."""
    try:
        return token_endpoint.refresh(app, endpoints, refresh, at=parts.clock())
    except NoTokens as lost:
        if not lost.left:
            raise
        return token_endpoint.refresh(app, endpoints, refresh, at=parts.clock())


def _where(parts: Dray, turn: _Turn) -> tuple[Application, Endpoints]:
    connector = parts.registry.get(turn.connector)
    if connector is None:
        raise NotSetUp(f"The connector {turn.connector} is not enabled here.")
    app = application_of(parts.settings, connector)
    try:
        return app, endpoints_of(app.discovery)
    except Undiscovered:
        return app, turn.kept.endpoints


def _store(parts: Dray, tenant_id: int, turn: _Turn, given: Given, endpoints: Endpoints) -> str:
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        due.take_turn(session, turn.connection_id)
        grant = _locked(session, turn.grant_id)
        if grant.version != turn.version:
            return _stored(parts, session, grant).access
        if grant.state not in (GrantState.LIVE, GrantState.ENDED):
            raise LoginEnded("This connection was disconnected while its login was being renewed.")
        keeping.keep(session, parts.vault, grant, given, endpoints, at=parts.clock())
        if grant.state is GrantState.ENDED:
            # somebody overtook us, had our tokens refused because ours was the good answer, and took that for the end
            ending.revive(session, grant)
        grant.turn_until = None
        session.commit()
    return given.access


def _was_refused(parts: Dray, tenant_id: int, turn: _Turn, said: str) -> str:
    """`invalid_grant`. Newer tokens that another process has stored are used; only for the newest it is the end."""
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        due.take_turn(session, turn.connection_id)
        grant = _locked(session, turn.grant_id)
        if grant.version != turn.version and grant.state is GrantState.LIVE:
            return _stored(parts, session, grant).access
        if grant.turn != turn.number:
            # we were slow, and somebody else has the turn now: theirs may have been the good answer
            raise LoginUnreachable("Another process is renewing this login. It is tried again.")
        sentence = ending.end_login(session, parts, grant, said, at=parts.clock())
        session.commit()
    _log.warning("a login was ended by the other side", connector=turn.connector, said=said)
    raise LoginEnded(sentence)


def _give_turn_back(parts: Dray, tenant_id: int, turn: _Turn) -> str | None:
    """Let others try. A token that somebody has stored meanwhile, if so."""
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        grant = _locked(session, turn.grant_id)
        if grant.turn == turn.number:
            grant.turn_until = None
        newer = grant.version != turn.version and grant.state is GrantState.LIVE
        token = _stored(parts, session, grant).access if newer else None
        session.commit()
        return token


def _sentence(parts: Dray, turn: _Turn, trouble: Exception) -> str:
    connector = parts.registry.get(turn.connector)
    title = connector.title if connector is not None else turn.connector
    if isinstance(trouble, NotSetUp):
        return str(trouble)
    if isinstance(trouble, AppRefused):
        return f"{title} does not take this installation's own credentials. An operator has to check them."
    return f"{title} could not be asked to renew the login. Nothing is lost; it is tried again."


def _login(session: Scoped, connection_id: int, *, lock: bool = False) -> Grant:
    statement = select(Grant).where(
        Grant.connection_id == connection_id, Grant.state.in_((GrantState.LIVE, GrantState.ENDED))
    )
    grant = session.scalar(statement.with_for_update() if lock else statement)
    if grant is None:
        raise LoginEnded("This connection is not signed in. Choose Reconnect on its page.")
    if grant.state is GrantState.ENDED:
        raise LoginEnded("The books ended this login. Choose Reconnect on the connection's page.")
    return grant


def _locked(session: Scoped, grant_id: int) -> Grant:
    return session.scalars(select(Grant).where(Grant.id == grant_id).with_for_update()).one()


def _stored(parts: Dray, session: Scoped, grant: Grant) -> Kept:
    stored = keeping.kept(session, parts.vault, grant)
    if stored is None:
        raise LoginEnded("This connection is not signed in. Choose Reconnect on its page.")
    return stored


def _lasts(grant: Grant, at: dt.datetime, how_long: dt.timedelta) -> bool:
    return grant.access_ends_at is not None and grant.access_ends_at - at > how_long
