"""What a person does with their own account stands in the audit of every company that they belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from dray_tenants import audit
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.scope import Scoped

__all__ = ["in_company", "of_person"]


def of_person(
    session: Scoped,
    user: User,
    action: str,
    *,
    now: dt.datetime,
    actor: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note an action on the user's account, by themselves unless `actor` names somebody else."""
    facts = {"email": user.email, **(details or {})}
    for tenant_id in session.scalars(select(Membership.tenant_id).where(Membership.user_id == user.id)).all():
        with session.tenant(tenant_id):
            audit.record(
                session, actor=actor or user.email, action=action, subject=user.public_id, now=now, details=facts
            )


def in_company(
    session: Scoped,
    tenant: Tenant,
    action: str,
    *,
    subject: str,
    actor: str,
    now: dt.datetime,
    details: Mapping[str, Any],
) -> None:
    """Note an action on one company's people."""
    with session.tenant(tenant.id):
        audit.record(session, actor=actor, action=action, subject=subject, now=now, details=details)
