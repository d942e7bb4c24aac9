"""Who is looking, as what, and at which tenant. Every route names the right that it needs, in one decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import abort, g, redirect, request, session, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.database import db
from dray_tenants.models import Membership, Tenant
from dray_tenants.roles import Right, Role, allows
from dray_tenants.scope import Scoped

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

TENANT: Final = "tenant"
"""Where the session keeps the public id of the tenant that is looked at."""

NEEDED: Final[dict[str, Right | None]] = {}
"""Name of each route's function → the right that it needs, or None where it is for everybody."""


PERSONAL: Final[set[str]] = set()
"""The routes' functions that need no right but somebody signed in, and concern that person alone."""


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A tenant that the viewer belongs to."""

    id: int
    public_id: str
    name: str
    zone: ZoneInfo
    role: Role
    slug: str
    test: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person whose browser asks, and the tenant that they look at now."""

    email: str
    tenant: TenantChoice
    tenants: tuple[TenantChoice, ...]

    @property
    def actor(self) -> str:
        """How timelines and the audit name them."""
        return self.email

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return self.tenant.zone

    def can(self, right: str) -> bool:
        """Whether their role in this tenant includes the right."""
        return allows(self.tenant.role, Right(right))


def needs(right: Right) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer | Response]]:
    """Only for who has the right in the tenant they look at; the database is scoped to that tenant meanwhile.

    Others are asked to sign in, or get a 403.
    """

    def decorate(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer | Response]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | Response:
            viewer = find_viewer()
            if viewer is None:
                return _to_login()
            g.viewer = viewer
            if not viewer.can(right):
                abort(403)
            with database().tenant(viewer.tenant.id):
                return view(*args, **kwargs)

        NEEDED[view.__name__] = right
        return guarded

    return decorate


def for_oneself(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer | Response]:
    """Only for who is signed in, about themselves alone, whatever company they look at or have: no right is needed."""

    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | Response:
        if not current_user.is_authenticated:
            return _to_login()
        g.viewer = find_viewer()
        return view(*args, **kwargs)

    NEEDED[view.__name__] = None
    PERSONAL.add(view.__name__)
    return guarded


def for_everybody(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Says aloud that a route asks for no right: it shows nothing of any tenant."""
    NEEDED[view.__name__] = None
    return view


def find_viewer() -> Viewer | None:
    """Who is signed in, with the tenant that they chose last, else their first. None without a tenant of theirs."""
    if not current_user.is_authenticated:
        return None
    tenants = _tenants_of(int(current_user.id))
    if not tenants:
        return None
    chosen = session.get(TENANT)
    tenant = next((each for each in tenants if each.public_id == chosen), tenants[0])
    return Viewer(current_user.email, tenant, tenants)


def database() -> Scoped:
    """This request's session; inside a route that is guarded by `needs` it is scoped to the viewer's tenant."""
    return cast(Scoped, db.session())


def viewer() -> Viewer:
    """The viewer of a route that is guarded by `needs`."""
    found: Viewer = g.viewer
    return found


def own_address(target: str | None) -> str | None:
    """The target if it is a page of ours, so that a link made by somebody else leads nowhere else after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _tenants_of(user_id: int) -> tuple[TenantChoice, ...]:
    rows = database().execute(
        select(Tenant.id, Tenant.public_id, Tenant.name, Tenant.time_zone, Membership.role, Tenant.slug, Tenant.test)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id)
        .order_by(Tenant.name, Tenant.id)
    )
    return tuple(
        TenantChoice(key, public_id, name, ZoneInfo(zone), role, slug, test)
        for key, public_id, name, zone, role, slug, test in rows
    )


def _to_login() -> Response:
    # A script that asks for the live parts gets no page to put in their place.
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        abort(401)
    # Only a GET can be repeated after signing in; anything else starts again from the list.
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("web.login", next=wanted), 303)
