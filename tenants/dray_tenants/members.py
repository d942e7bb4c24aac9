"""Who belongs to a tenant, and as what. A tenant always keeps one owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from dray_tenants.models import Membership, Tenant, User
from dray_tenants.roles import Role
from dray_tenants.scope import Scoped

__all__ = ["LastOwner", "add_member", "change_role", "member_of", "members_of", "remove_member"]


class LastOwner(ValueError):
    """The change would leave the tenant without an owner; the text may be shown."""


def add_member(session: Scoped, tenant: Tenant, user: User, role: Role, *, now: datetime) -> Membership:
    """Make the user a member; one who is a member already gets the role instead."""
    _lock(session, tenant)
    found = member_of(session, tenant, user)
    if found is not None:
        return _with_role(session, tenant, found, role)
    membership = Membership(tenant=tenant, user=user, role=role, created_at=now)
    session.add(membership)
    session.flush()
    return membership


def change_role(session: Scoped, tenant: Tenant, user: User, role: Role) -> Membership:
    """Give a member another role; raises LastOwner for the only owner, LookupError for who is no member."""
    _lock(session, tenant)
    return _with_role(session, tenant, _known(session, tenant, user), role)


def remove_member(session: Scoped, tenant: Tenant, user: User) -> None:
    """End a membership; raises LastOwner for the only owner, LookupError for who is no member."""
    _lock(session, tenant)
    membership = _known(session, tenant, user)
    _keep_an_owner(session, tenant, membership)
    session.delete(membership)
    session.flush()


def member_of(session: Scoped, tenant: Tenant, user: User) -> Membership | None:
    """The membership of this user in this tenant, as it is in the database now."""
    return session.scalar(
        select(Membership)
        .where(Membership.tenant_id == tenant.id, Membership.user_id == user.id)
        .execution_options(populate_existing=True)
    )


def members_of(session: Scoped, tenant: Tenant) -> Sequence[Membership]:
    """Everybody who belongs to the tenant, by address, each with their user."""
    return session.scalars(
        select(Membership)
        .join(Membership.user)
        .where(Membership.tenant_id == tenant.id)
        .options(joinedload(Membership.user))
        .order_by(User.email)
    ).all()


def _with_role(session: Scoped, tenant: Tenant, membership: Membership, role: Role) -> Membership:
    if role is not Role.OWNER:
        _keep_an_owner(session, tenant, membership)
    membership.role = role
    session.flush()
    return membership


def _known(session: Scoped, tenant: Tenant, user: User) -> Membership:
    membership = member_of(session, tenant, user)
    if membership is None:
        raise LookupError(f"{user.email} is not a member of {tenant.name}.")
    return membership


def _keep_an_owner(session: Scoped, tenant: Tenant, leaving: Membership) -> None:
    if leaving.role is not Role.OWNER:
        return
    others = session.scalar(
        select(func.count())
        .select_from(Membership)
        .where(Membership.tenant_id == tenant.id, Membership.role == Role.OWNER, Membership.id != leaving.id)
    )
    if not others:
        raise LastOwner("This is the only owner. Make somebody else an owner first.")


def _lock(session: Scoped, tenant: Tenant) -> None:
    # Two owners who remove each other at the same moment would each still see the other: changes of one tenant's
    # members wait for each other. SQLite's writers do so anyway.
    session.execute(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update())
