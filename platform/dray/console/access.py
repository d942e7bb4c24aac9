"""Who of the support staff asks, and whether they may look at that tenant now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from flask import abort, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections.models import Connection
from dray.extensions import dray
from dray.onboarding import staff_access
from dray.onboarding.models import StaffAccess
from dray.onboarding.staff_access import Member
from dray.web.access import database
from dray_tenants.models import Tenant
from dray_tenants.roles import GRANTS, Right, StaffRole

__all__ = ["NEEDED", "NoAccess", "Opened", "Staff", "for_staff", "opened", "staff"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

NEEDED: Final[dict[str, Right]] = {}
"""Name of each route's function → the right that it needs."""


@dataclass(frozen=True, slots=True)
class Staff:
    """The member of the staff whose browser asks."""

    member: Member
    role: StaffRole

    @property
    def email(self) -> str:
        """Their address."""
        return self.member.email

    @property
    def actor(self) -> str:
        """How timelines and audits name them."""
        return f"support, {self.member.email}"

    def can(self, right: str) -> bool:
        """Whether their role includes the right."""
        return Right(right) in GRANTS[self.role]


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that this member of the staff may look at now; its tenant is in scope."""

    tenant: Tenant
    connection: Connection
    access: StaffAccess


class NoAccess(Exception):
    """They may not look at that tenant now. `tenant` is its name, `connection` the public id that was asked for."""

    def __init__(self, tenant: str, connection: str, waits: bool) -> None:
        super().__init__(tenant)
        self.tenant, self.connection, self.waits = tenant, connection, waits


def for_staff(right: Right) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer | Response | str]]:
    """Only for support staff who have given a code of their second factor, and whose role has the right."""

    def decorate(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer | Response | str]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer | Response | str:
            if not current_user.is_authenticated:
                if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
                    abort(401)
                return redirect(url_for("web.login", next=request.path if request.method == "GET" else None), 303)
            if current_user.staff is None or right not in GRANTS[current_user.staff]:
                abort(403)
            g.staff = Staff(Member(int(current_user.id), current_user.email), current_user.staff)
            try:
                return view(*args, **kwargs)
            except NoAccess as without:
                return _ask(without)

        NEEDED[view.__name__] = right
        return guarded

    return decorate


def staff() -> Staff:
    """The member of the staff of a route that is guarded by `for_staff`."""
    found: Staff = g.staff
    return found


@contextmanager
def opened(public_id: str) -> Iterator[Opened]:
    """The connection, while they have access to its tenant; its tenant is in scope. 404 where there is none."""
    session, now = database(), dray().clock()
    with session.every_tenant("a connection is named by its id alone"):
        found = session.execute(
            select(Connection.id, Connection.tenant_id).where(
                Connection.public_id == public_id, Connection.state != "removed"
            )
        ).one_or_none()
    if found is None:
        abort(404)
    tenant = session.scalars(select(Tenant).where(Tenant.id == found.tenant_id)).one()
    with session.tenant(tenant.id):
        connection = session.scalars(select(Connection).where(Connection.id == found.id)).one()
        access = staff_access.access_to(session, connection, staff().member, staff().actor, now=now)
        if access is None:
            raise NoAccess(tenant.name, public_id, _waits(public_id))
        g.page_zone = ZoneInfo(tenant.time_zone)
        yield Opened(tenant, connection, access)


def _waits(_public_id: str) -> bool:
    """Whether they have asked already and nobody has decided."""
    rows = staff_access.waiting(database(), now=dray().clock())
    return any(row.user_id == staff().member.user_id for row in rows)


def _ask(without: NoAccess) -> str | Response:
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        abort(403)
    return render_template(
        "console/ask.html",
        tenant=without.tenant,
        connection=without.connection,
        waits=without.waits,
        staff=staff(),
        most=staff_access.MOST_MINUTES,
    )
