"""Asking people to join a tenant: by a link that works once and for seven days, and is kept as a hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from dray_tenants.database import new_public_id
from dray_tenants.mailed_links import hashed, new_secret
from dray_tenants.members import add_member, member_of
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.people_models import Invitation
from dray_tenants.roles import Role
from dray_tenants.scope import Scoped
from dray_tenants.users import Unacceptable, find_user, folded_email

__all__ = ["AlreadyMember", "Invited", "accept", "find", "invite", "open_invitations", "renew", "revoke"]

GOOD_FOR: Final = timedelta(days=7)


class AlreadyMember(Unacceptable):
    """The person belongs to the tenant; the text may be shown."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, and the secret of its link, which is nowhere else."""

    invitation: Invitation
    secret: str = field(repr=False)


def invite(session: Scoped, tenant: Tenant, email: str, role: Role, *, by: str, now: datetime) -> Invited:
    """Ask somebody to join. An open invitation of the same address is replaced, and its link ends.

    Raises Unacceptable for a text that is no address, AlreadyMember for who belongs to the tenant already.
    """
    address = folded_email(email)
    known = find_user(session, address)
    if known is not None and member_of(session, tenant, known) is not None:
        raise AlreadyMember(f"{address} belongs to {tenant.name} already. Change the role there instead.")
    open_already = session.scalar(_open(tenant).where(Invitation.email == address))
    if open_already is not None:
        return renew(session, open_already, by=by, now=now, role=role)
    secret = new_secret()
    row = Invitation(
        public_id=new_public_id("ivt"),
        tenant=tenant,
        email=address,
        role=role,
        hash=hashed(secret),
        invited_by=by,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else invited the same address in this moment.
        open_already = session.scalar(_open(tenant).where(Invitation.email == address))
        if open_already is None:
            raise
        return renew(session, open_already, by=by, now=now, role=role)
    return Invited(row, secret)


def renew(session: Scoped, row: Invitation, *, by: str, now: datetime, role: Role | None = None) -> Invited:
    """A new link with seven new days, for the same address; the link before is worth nothing any more."""
    secret = new_secret()
    row.hash, row.expires_at, row.invited_by, row.role = hashed(secret), now + GOOD_FOR, by, role or row.role
    session.flush()
    return Invited(row, secret)


def revoke(session: Scoped, row: Invitation, *, now: datetime) -> bool:
    """End an open invitation; False where it was accepted or ended meanwhile."""
    return _end(session, row, revoked_at=now)


def find(session: Scoped, secret: str, *, now: datetime) -> Invitation | None:
    """The open invitation of a link, with its tenant; None when unknown, used, ended or too old. Writes nothing."""
    return session.scalar(
        select(Invitation)
        .where(Invitation.hash == hashed(secret), *_STILL_OPEN, Invitation.expires_at > now)
        .options(joinedload(Invitation.tenant))
    )


def accept(session: Scoped, row: Invitation, user: User, *, now: datetime) -> Membership | None:
    """Make the user a member, once. None where the invitation was used or ended meanwhile.

    `user` must be the person of the invitation's address. Who has become a member meanwhile keeps their role.
    """
    if user.email != row.email:
        raise LookupError(f"the invitation is for {row.email} and not for {user.email}")
    if row.expires_at <= now or not _end(session, row, accepted_at=now):
        return None
    found = member_of(session, row.tenant, user)
    return found or add_member(session, row.tenant, user, row.role, now=now)


def open_invitations(session: Scoped, tenant: Tenant) -> Sequence[Invitation]:
    """The tenant's open invitations, the newest first, those that have run out too."""
    return session.scalars(_open(tenant).order_by(Invitation.id.desc())).all()


_STILL_OPEN: Final = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))


def _open(tenant: Tenant) -> Any:
    return select(Invitation).where(Invitation.tenant_id == tenant.id, *_STILL_OPEN)


def _end(session: Scoped, row: Invitation, **how: datetime) -> bool:
    # One statement: of two who press at the same moment one finds it ended. The hash, because a link that was replaced
    # since it was looked up must not be good any more.
    ended = session.execute(
        update(Invitation)
        .where(Invitation.id == row.id, Invitation.hash == row.hash, *_STILL_OPEN)
        .values(**how)
        .execution_options(synchronize_session=False)
    )
    session.expire(row)
    return bool(cast(Any, ended).rowcount)
