"""Telling the other side that a consent is over, until it is told.

A company holds one consent of an application, whoever gave it: to revoke an unwanted one while another login to the
same company lives would end that one too. Then the tokens are only forgotten here.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import structlog
from sqlalchemy import delete, select

from dray.connections.oauth import keeping, leaving, token_endpoint
from dray.connections.oauth.application import NotSetUp, application_of
from dray.connections.oauth.discovery import Undiscovered, endpoints_of
from dray.connections.oauth.models import Grant, GrantState
from dray.installation import Dray
from dray_tenants.scope import ScopedSession
from dray_tenants.vault import SealBroken

__all__ = ["end_unwanted", "revoke_now"]

AGAIN_AFTER: Final = dt.timedelta(minutes=5)
GIVEN_UP_AFTER: Final = dt.timedelta(days=30)
_SOME: Final = 100

_log = structlog.get_logger(__name__)


def end_unwanted(parts: Dray) -> int:
    """Forget answers that never came, give up what nobody confirmed in time, revoke what is to be revoked; how many
    consents were ended. Any number of workers may do it at once."""
    at = parts.clock()
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find unwanted consents"):
        statement = (
            select(Grant.tenant_id, Grant.id, Grant.state)
            .where(Grant.state.in_((GrantState.ASKED, GrantState.PENDING, GrantState.TO_REVOKE)), Grant.ends_at <= at)
            .order_by(Grant.ends_at)
            .limit(_SOME)
        )
        found = session.execute(statement).all()
    ended = 0
    for tenant_id, grant_id, state in found:
        if state is GrantState.ASKED:
            _forget_unanswered(parts, tenant_id, grant_id, at)
        else:
            ended += revoke_now(parts, tenant_id, grant_id)
    return ended


def revoke_now(parts: Dray, tenant_id: int, grant_id: int) -> bool:
    """Revoke one consent that is unwanted, or that nobody confirmed in time. False where it is not, or where the other
    side could not be told; the background tries again. Call it with no transaction open."""
    at = parts.clock()
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        grant = session.scalar(select(Grant).where(Grant.id == grant_id).with_for_update())
        if grant is None:
            return False
        if grant.state is GrantState.PENDING and grant.ends_at is not None and grant.ends_at <= at:
            leaving.abandon(session, grant, at=at)
        if grant.state is not GrantState.TO_REVOKE:
            session.commit()
            return grant.state is GrantState.OVER
        grant.ends_at = at + AGAIN_AFTER
        kept = _opened(parts, session, grant)
        too_late = grant.renewed_at is None or at - grant.renewed_at > GIVEN_UP_AFTER
        connector, books_id = grant.connector, grant.books_id
        session.commit()
    told = kept is None or too_late or _another_lives(parts, connector, books_id, grant_id)
    if not told and kept is not None:
        told = _tell(parts, connector, kept)
    if told:
        _over(parts, tenant_id, grant_id)
    return told


def _opened(parts: Dray, session: ScopedSession, grant: Grant) -> keeping.Kept | None:
    try:
        return keeping.kept(session, parts.vault, grant)
    except SealBroken:
        _log.warning("tokens cannot be opened, so they cannot be revoked", grant=grant.public_id)
        return None


def _another_lives(parts: Dray, connector: str, books_id: str | None, grant_id: int) -> bool:
    if books_id is None:
        return False
    another = select(Grant.id).where(
        Grant.connector == connector,
        Grant.books_id == books_id,
        Grant.id != grant_id,
        Grant.state.in_((GrantState.LIVE, GrantState.PENDING)),
    )
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("does another login live"):
        return session.scalar(another.limit(1)) is not None


def _tell(parts: Dray, name: str, kept: keeping.Kept) -> bool:
    connector = parts.registry.get(name)
    if connector is None:
        return False
    try:
        app = application_of(parts.settings, connector)
    except NotSetUp:
        return False
    try:
        endpoints = endpoints_of(app.discovery)
    except Undiscovered:
        endpoints = kept.endpoints
    return token_endpoint.revoke(app, endpoints, kept.refresh)


def _over(parts: Dray, tenant_id: int, grant_id: int) -> None:
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        grant = session.scalar(select(Grant).where(Grant.id == grant_id).with_for_update())
        if grant is not None and grant.state is GrantState.TO_REVOKE:
            grant.state, grant.ends_at = GrantState.OVER, None
            keeping.forget(session, parts.vault, grant)
            session.commit()


def _forget_unanswered(parts: Dray, tenant_id: int, grant_id: int, at: dt.datetime) -> None:
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        session.execute(delete(Grant).where(Grant.id == grant_id, Grant.state == GrantState.ASKED, Grant.ends_at <= at))
        session.commit()
