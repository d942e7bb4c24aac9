"""Whose browser asks: one that holds a set-up, or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from flask import abort, g, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections.models import Connection
from dray.extensions import dray
from dray.onboarding import setups
from dray.onboarding.models import Setup
from dray.onboarding.setups import Standing
from dray.web.access import database
from dray_tenants.models import Tenant

__all__ = ["Held", "actor_of", "held", "keep_cookie"]

_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Held:
    """A set-up that this browser holds, with its connection; the tenant is in scope."""

    setup: Setup
    connection: Connection
    tenant: str
    standing: Standing


@contextmanager
def held(public_id: str, *, to_change: bool = False) -> Iterator[Held]:
    """The set-up of that id, if this browser has claimed it; 404 for anybody else, as for what never was. `to_change`:
    only while the link is still good (410 afterwards); looking is possible once it is proved too."""
    session = database()
    setup = session.scalar(select(Setup).where(Setup.public_id == public_id))
    if setup is None or not setups.may_use(setup, request.cookies.get(_name(setup))):
        abort(404)
    stands = setups.standing(setup, now=dray().clock())
    if stands is Standing.OVER or (to_change and stands is not Standing.CLAIMED):
        abort(410)
    tenant = session.scalars(select(Tenant).where(Tenant.id == setup.tenant_id)).one()
    g.page_zone = ZoneInfo(tenant.time_zone)
    with session.tenant(setup.tenant_id):
        connection = session.scalar(
            select(Connection).where(Connection.id == setup.connection_id, Connection.state != "removed")
        )
        if connection is None:
            abort(410)
        yield Held(setup, connection, tenant.name, stands)


def actor_of(setup: Setup) -> str:
    """Who it was, in timelines and in the audit: nobody has signed in."""
    return f"set-up link of {setup.email}" if setup.email else "set-up link"


def keep_cookie(response: Response, setup: Setup, secret: str) -> Response:
    """Let this browser hold the set-up."""
    response.set_cookie(
        _name(setup),
        secret,
        max_age=_DAY,
        path="/connect",
        secure=dray().settings.public_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
    return response


def _name(setup: Setup) -> str:
    return f"dray_{setup.public_id}"
