"""When support staff may look at a tenant's connections: for a stated reason, for a limited time, and never unseen.

Whoever begins a set-up for a tenant may watch that one connection for a day. For anything else an administrator of the
tenant agrees, or reads them a code on the telephone (`access_codes`); in an emergency a second member of the staff
agrees, and the administrators are told at once. A tenant without an administrator has nobody to ask yet. The tenant
sees every access, and can end it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, exists, or_, select

from dray.connections.models import Connection
from dray.installation import Dray
from dray.mail import texts
from dray.mail.letters import Letter
from dray.mail.outbox import post
from dray.onboarding.models import Setup, StaffAccess
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.roles import GRANTS, Right, Role
from dray_tenants.scope import Scoped

__all__ = [
    "LONGEST_REASON",
    "MOST_MINUTES",
    "Kind",
    "Member",
    "NotAllowed",
    "access_to",
    "agree",
    "agree_as_colleague",
    "ask",
    "checked",
    "end",
    "for_setup",
    "listed",
    "open_access",
    "open_by_code",
    "waiting",
]

LONGEST_REASON: Final = 200
MOST_MINUTES: Final = 8 * 60
WAITS_FOR: Final = dt.timedelta(hours=24)
"""How long somebody may still agree."""
SET_UP: Final = 24 * 60


class Kind(StrEnum):
    """On what ground the access was given."""

    SETUP = "setup"
    CONSENT = "consent"
    CODE = "code"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the support staff."""

    user_id: int
    email: str


class NotAllowed(Exception):
    """It cannot be given like that; the message is a sentence for people."""


def open_access(session: Scoped, user_id: int, *, now: dt.datetime) -> StaffAccess | None:
    """The access that this member of the staff has to the tenant in scope now."""
    return session.scalar(_open_now(user_id, now).limit(1))


def access_to(
    session: Scoped, connection: Connection, who: Member, actor: str, *, now: dt.datetime
) -> StaffAccess | None:
    """The access that lets this member of the staff look at the connection now. What was opened by beginning a set-up
    is for those that they began themselves, as `actor`; what was agreed to is for the whole tenant."""
    begun = exists().where(
        Setup.tenant_id == connection.tenant_id, Setup.connection_id == connection.id, Setup.begun_by == actor
    )
    return session.scalar(_open_now(who.user_id, now).where(or_(StaffAccess.kind != Kind.SETUP.value, begun)).limit(1))


def for_setup(session: Scoped, who: Member, what: str, *, at: dt.datetime) -> StaffAccess:
    """Who begins a set-up may watch it for a day; one that is open already stays as it is."""
    found = open_access(session, who.user_id, now=at)
    if found is not None:
        return found
    row = _new(who, f"Sets up {what}", SET_UP, Kind.SETUP, at)
    row.granted_at, row.granted_by = at, who.email
    session.add(row)
    _note(session, row, "staff.access_opened", who.email, at)
    return row


def open_by_code(session: Scoped, who: Member, reason: str, minutes: int, *, by: str, at: dt.datetime) -> StaffAccess:
    """Look at the tenant in scope at once, because its administrator `by` read them a code for it. Raises NotAllowed
    for an empty reason or a time that is too long."""
    row = _new(who, checked(reason, minutes), minutes, Kind.CODE, at)
    session.add(row)
    _give(session, row, by, Kind.CODE, at)
    return row


def checked(reason: str, minutes: int) -> str:
    """The reason as it is kept. Raises NotAllowed for an empty one or a time that is too long."""
    reason = " ".join(reason.replace("\0", "").split())[:LONGEST_REASON]
    if not reason:
        raise NotAllowed("Say why you need to look, so that the company can judge it.")
    if not 1 <= minutes <= MOST_MINUTES:
        raise NotAllowed(f"Ask for at most {MOST_MINUTES // 60} hours.")
    return reason


def ask(session: Scoped, parts: Dray, tenant: Tenant, who: Member, reason: str, minutes: int) -> StaffAccess:
    """Ask to look at the tenant in scope. Given at once where the tenant has no administrator; otherwise they get a
    letter and agree. Raises NotAllowed for an empty reason or a time that is too long."""
    at = parts.clock()
    reason = checked(reason, minutes)
    row = _new(who, reason, minutes, Kind.CONSENT, at)
    session.add(row)
    _note(session, row, "staff.access_asked", who.email, at)
    admins = _admins(session, tenant)
    if not admins:
        _give(session, row, "nobody to ask yet", Kind.CONSENT, at)
        return row
    letter = texts.staff_access_asked(parts.settings.product_name, tenant.name, who.email, reason, _address(parts))
    _tell(session, parts, tenant, admins, letter, at)
    return row


def agree(session: Scoped, row: StaffAccess, *, by: str, at: dt.datetime) -> bool:
    """An administrator of the tenant agrees. False where it was decided meanwhile, or too late."""
    if not _waits(row, at):
        return False
    _give(session, row, by, Kind.CONSENT, at)
    return True


def agree_as_colleague(session: Scoped, parts: Dray, tenant: Tenant, row: StaffAccess, colleague: Member) -> bool:
    """In an emergency a second member of the staff agrees; the tenant's administrators are told at once. Raises
    NotAllowed for one's own."""
    at = parts.clock()
    if colleague.user_id == row.user_id:
        raise NotAllowed("Somebody else of the staff has to agree. Ask a colleague.")
    if not _waits(row, at):
        return False
    _give(session, row, colleague.email, Kind.EMERGENCY, at)
    letter = texts.staff_access_opened(
        parts.settings.product_name, tenant.name, row.email, colleague.email, row.reason, _address(parts)
    )
    _tell(session, parts, tenant, _admins(session, tenant), letter, at)
    return True


def end(session: Scoped, row: StaffAccess, *, by: str, at: dt.datetime) -> bool:
    """End it at once, whether it is open or only asked for. False where it was over already."""
    if row.ended_at is not None or row.expires_at <= at:
        return False
    row.ended_at, row.ended_by = at, by
    _note(session, row, "staff.access_ended", by, at)
    return True


def listed(session: Scoped, *, now: dt.datetime, most: int = 50) -> Sequence[StaffAccess]:
    """The accesses to the tenant in scope: what is open or asked for first, then what is over, the newest first."""
    rows = session.scalars(select(StaffAccess).order_by(StaffAccess.id.desc()).limit(most)).all()
    return sorted(rows, key=lambda row: row.ended_at is not None or row.expires_at <= now)


def waiting(session: Scoped, *, now: dt.datetime) -> Sequence[StaffAccess]:
    """What is asked for and not decided, in every tenant that the session sees."""
    return session.scalars(
        select(StaffAccess)
        .where(StaffAccess.granted_at.is_(None), StaffAccess.ended_at.is_(None), StaffAccess.expires_at > now)
        .order_by(StaffAccess.id)
        .limit(100)
    ).all()


def _open_now(user_id: int, now: dt.datetime) -> Select[StaffAccess]:
    return (
        select(StaffAccess)
        .where(
            StaffAccess.user_id == user_id,
            StaffAccess.granted_at.is_not(None),
            StaffAccess.ended_at.is_(None),
            StaffAccess.expires_at > now,
        )
        .order_by(StaffAccess.expires_at.desc())
    )


def _waits(row: StaffAccess, at: dt.datetime) -> bool:
    return row.granted_at is None and row.ended_at is None and row.expires_at > at


def _new(who: Member, reason: str, minutes: int, kind: Kind, at: dt.datetime) -> StaffAccess:
    return StaffAccess(
        public_id=new_public_id("sac"),
        user_id=who.user_id,
        email=who.email,
        kind=kind.value,
        reason=reason[:LONGEST_REASON],
        asked_at=at,
        minutes=minutes,
        expires_at=at + (dt.timedelta(minutes=minutes) if kind is Kind.SETUP else WAITS_FOR),
    )


def _give(session: Scoped, row: StaffAccess, by: str, kind: Kind, at: dt.datetime) -> None:
    row.kind, row.granted_at, row.granted_by = kind.value, at, by
    row.expires_at = at + dt.timedelta(minutes=row.minutes)
    _note(session, row, "staff.access_agreed", by, at)


def _note(session: Scoped, row: StaffAccess, action: str, actor: str, at: dt.datetime) -> None:
    details: dict[str, Any] = {"email": row.email, "reason": row.reason, "minutes": row.minutes, "kind": row.kind}
    audit.record(session, actor=actor, action=action, subject=row.public_id, now=at, details=details)
    session.flush()


def _admins(session: Scoped, tenant: Tenant) -> Sequence[str]:
    """Who may decide about people there."""
    roles = [role for role in Role if Right.MANAGE_PEOPLE in GRANTS[role]]
    return session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant.id, or_(*(Membership.role == role for role in roles)))
        .order_by(User.email)
    ).all()


def _tell(session: Scoped, parts: Dray, tenant: Tenant, emails: Sequence[str], letter: Letter, at: dt.datetime) -> None:
    for email in emails:
        post(session, parts.vault.keys, email, letter, now=at, tenant_id=tenant.id)


def _address(parts: Dray) -> str:
    return f"{parts.settings.public_url}/support-access"
