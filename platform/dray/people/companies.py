"""A company's people: asked to join, given another role, removed. Everything with its audit entry."""

from __future__ import annotations

import datetime as dt

from dray.installation import Dray
from dray.mail import texts
from dray.mail.outbox import post
from dray.people.record import in_company
from dray_tenants import invitations, members
from dray_tenants.invitations import Invited
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.people_models import Invitation
from dray_tenants.roles import Role
from dray_tenants.scope import Scoped

__all__ = ["change_role", "invitation_address", "invite", "join", "remove", "renew", "revoke"]


def invite(session: Scoped, parts: Dray, tenant: Tenant, email: str, role: Role, *, actor: str, by: str) -> Invited:
    """Ask somebody to join, by letter. `by` is how the letter names who asks. Raises as `invitations.invite`."""
    now = parts.clock()
    invited = invitations.invite(session, tenant, email, role, by=by, now=now)
    _mail(session, parts, tenant, invited, now)
    _note(session, tenant, "person.invited", invited.invitation, actor, now)
    return invited


def renew(session: Scoped, parts: Dray, tenant: Tenant, row: Invitation, *, actor: str, by: str) -> Invited:
    """Send the letter again, with a new link; the one before ends."""
    now = parts.clock()
    invited = invitations.renew(session, row, by=by, now=now)
    _mail(session, parts, tenant, invited, now)
    _note(session, tenant, "person.invitation_renewed", invited.invitation, actor, now)
    return invited


def revoke(session: Scoped, tenant: Tenant, row: Invitation, *, actor: str, now: dt.datetime) -> bool:
    """End an invitation; False where it was accepted meanwhile."""
    if not invitations.revoke(session, row, now=now):
        return False
    _note(session, tenant, "person.invitation_revoked", row, actor, now)
    return True


def join(session: Scoped, row: Invitation, user: User, *, now: dt.datetime) -> Membership | None:
    """Take an invitation up; None where it was used or ended meanwhile."""
    tenant = row.tenant
    membership = invitations.accept(session, row, user, now=now)
    if membership is not None:
        details = {"email": user.email, "role": membership.role.value}
        in_company(session, tenant, "person.joined", subject=user.public_id, actor=user.email, now=now, details=details)
    return membership


def change_role(session: Scoped, tenant: Tenant, user: User, role: Role, *, actor: str, now: dt.datetime) -> bool:
    """Give a member another role; whether it is another one. Raises `members.LastOwner`, LookupError."""
    found = members.member_of(session, tenant, user)
    before = found.role if found else None
    members.change_role(session, tenant, user, role)
    if before is role:
        return False
    details = {"email": user.email, "before": before.value if before else "", "after": role.value}
    in_company(session, tenant, "person.role_changed", subject=user.public_id, actor=actor, now=now, details=details)
    return True


def remove(session: Scoped, tenant: Tenant, user: User, *, actor: str, now: dt.datetime) -> None:
    """End a membership. Raises `members.LastOwner`, LookupError."""
    members.remove_member(session, tenant, user)
    details = {"email": user.email}
    in_company(session, tenant, "person.removed", subject=user.public_id, actor=actor, now=now, details=details)


def invitation_address(parts: Dray, secret: str) -> str:
    """The link of an invitation."""
    return f"{parts.settings.public_url}/invitations/{secret}"


def _mail(session: Scoped, parts: Dray, tenant: Tenant, invited: Invited, now: dt.datetime) -> None:
    row = invited.invitation
    letter = texts.invitation(
        parts.settings.product_name,
        tenant.name,
        row.invited_by,
        row.role.value,
        invitation_address(parts, invited.secret),
        invitations.GOOD_FOR.days,
    )
    keys = parts.vault.keys
    post(session, keys, row.email, letter, now=now, tenant_id=tenant.id, useful_until=row.expires_at)


def _note(session: Scoped, tenant: Tenant, action: str, row: Invitation, actor: str, now: dt.datetime) -> None:
    details = {"email": row.email, "role": row.role.value}
    in_company(session, tenant, action, subject=row.public_id, actor=actor, now=now, details=details)
