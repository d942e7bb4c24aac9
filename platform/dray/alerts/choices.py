"""What each person wants to be told, and the hours in which nobody is told anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from dray.alerts.causes import DEFAULTS, Cause
from dray.alerts.models import AlertChoice, QuietHours
from dray.billing.bulk import NO_SYNC
from dray_tenants.models import Membership, User
from dray_tenants.roles import Role
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member, and what they want to be told."""

    user_id: int
    public_id: str
    email: str
    role: Role
    causes: frozenset[Cause]


def recipients(session: Scoped) -> list[Recipient]:
    """Every member of the tenant in scope, with what they are told."""
    tenant_id = session.require_tenant()
    chosen = dict(session.execute(select(AlertChoice.user_id, AlertChoice.causes)).all())
    rows = session.execute(
        select(User.id, User.public_id, User.email, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id)
        .order_by(User.email)
    )
    return [Recipient(key, public_id, email, role, _causes(chosen, key, role)) for key, public_id, email, role in rows]


def choose(session: Scoped, user_id: int, causes: Sequence[Cause]) -> None:
    """What a member is told from now on, in the caller's transaction."""
    wanted = sorted(cause.value for cause in causes)
    session.execute(delete(AlertChoice).where(AlertChoice.user_id == user_id), execution_options=NO_SYNC)
    session.add(AlertChoice(user_id=user_id, causes=wanted))
    session.flush()


def quiet_hours(session: Scoped) -> tuple[str, str] | None:
    """From when until when, in the tenant's zone."""
    row = session.execute(select(QuietHours.begin, QuietHours.end)).one_or_none()
    return (row.begin, row.end) if row is not None else None


def set_quiet_hours(session: Scoped, hours: tuple[str, str] | None) -> None:
    """Others from now on, or none; in the caller's transaction."""
    session.execute(delete(QuietHours), execution_options=NO_SYNC)
    if hours is not None:
        session.add(QuietHours(begin=hours[0], end=hours[1]))
    session.flush()


def _causes(chosen: Mapping[int, Sequence[str]], user_id: int, role: Role) -> frozenset[Cause]:
    if user_id not in chosen:
        return DEFAULTS[role]
    return frozenset(Cause(name) for name in chosen[user_id] if name in set(Cause))
