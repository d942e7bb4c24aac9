"""What the pages show of a company's people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from dray_tenants.invitations import open_invitations
from dray_tenants.models import Membership, Tenant, User, WebSession
from dray_tenants.people_models import SecondFactor
from dray_tenants.roles import Role
from dray_tenants.scope import Scoped

__all__ = ["Invited", "Person", "invited", "member", "members"]


@dataclass(frozen=True, slots=True)
class Person:
    """A member. `seen` is when they were last here, as far as is known."""

    public_id: str
    email: str
    name: str
    role: Role
    since: dt.datetime
    seen: dt.datetime | None
    second_factor: bool

    @property
    def called(self) -> str:
        """Their name, else their address."""
        return self.name or self.email


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is asked to join and has not yet."""

    public_id: str
    email: str
    role: Role
    by: str
    until: dt.datetime
    over: bool


def members(session: Scoped, tenant: Tenant) -> Sequence[Person]:
    """Everybody, by address."""
    return [_person(row) for row in session.execute(_members(tenant).order_by(User.email))]


def member(session: Scoped, tenant: Tenant, public_id: str) -> Person | None:
    """One member."""
    row = session.execute(_members(tenant).where(User.public_id == public_id)).one_or_none()
    return _person(row) if row else None


def invited(session: Scoped, tenant: Tenant, now: dt.datetime) -> Sequence[Invited]:
    """Open invitations, the newest first."""
    return [
        Invited(row.public_id, row.email, row.role, row.invited_by, row.expires_at, row.expires_at <= now)
        for row in open_invitations(session, tenant)
    ]


_SEEN: Final = (
    select(func.max(WebSession.last_seen_at)).where(WebSession.user_id == User.id).correlate(User).scalar_subquery()
)
_HAS_CODES: Final = (
    select(SecondFactor.id)
    .where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None))
    .correlate(User)
    .exists()
)


def _members(tenant: Tenant) -> Any:
    return (
        select(User.public_id, User.email, User.name, Membership.role, Membership.created_at, _SEEN, _HAS_CODES)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant.id)
    )


def _person(row: Any) -> Person:
    public_id, email, name, role, since, seen, has_codes = row
    return Person(public_id, email, name, role, since, seen, bool(has_codes))
