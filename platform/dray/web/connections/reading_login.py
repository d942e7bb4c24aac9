"""How good the login of a connection is that we call. Writes nothing, and opens no secret."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from dray.connections.models import Connection
from dray.connections.oauth.models import Grant, GrantState
from dray_tenants.scope import Scoped

__all__ = ["WARNED_BEFORE", "Login", "ends_soon", "read"]

WARNED_BEFORE: Final = dt.timedelta(days=30)
"""So long before a login ends for good its page asks for a new one."""


@dataclass(frozen=True, slots=True)
class Login:
    """`over`: nobody is signed in. `ends_at` is when it ends unless it is used before (`extends`) or somebody signs in
    again; `last_day` is when it ends however often it is used. None where the other side does not say."""

    over: bool
    by: str = ""
    since: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    last_day: dt.datetime | None = None
    ends_soon: bool = False

    @property
    def extends(self) -> bool:
        """Whether using it makes it last longer."""
        return self.ends_at is not None and self.ends_at != self.last_day


def read(session: Scoped, connection: Connection, now: dt.datetime) -> Login:
    """The login of a connection of the tenant in scope."""
    statement = select(Grant).where(
        Grant.connection_id == connection.id, Grant.state.in_((GrantState.LIVE, GrantState.ENDED))
    )
    grant = session.scalar(statement)
    if grant is None:
        return Login(over=True)
    return Login(
        over=grant.state is GrantState.ENDED,
        by=grant.initiator,
        since=grant.given_at,
        ends_at=_first(grant.refresh_ends_at, grant.grant_ends_at),
        last_day=grant.grant_ends_at,
        ends_soon=grant.state is GrantState.LIVE and ends_soon(grant, now),
    )


def ends_soon(grant: Grant, now: dt.datetime) -> bool:
    """Whether it is time to sign in again."""
    ends = _first(grant.refresh_ends_at, grant.grant_ends_at)
    return ends is not None and ends - now < WARNED_BEFORE


def _first(*moments: dt.datetime | None) -> dt.datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
