"""The record of who did what: one row per action, in the action's own transaction.

The rows of a tenant become a chain afterwards: the background gives each a number and the SHA-256 of the row before it
and its own content. A row changed, removed or put in between breaks the chain. Removing the newest rows does not: who
wants to notice that keeps `head` somewhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from dray_tenants.database import canonical_json
from dray_tenants.models import AuditEntry, Tenant
from dray_tenants.scope import Scoped

__all__ = ["Break", "Head", "head", "record", "seal", "verify"]

BEFORE_THE_FIRST: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest sealed row: its number (0 for none yet) and its hash."""

    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is first broken, and how."""

    sequence: int
    reason: str


def record(
    session: Scoped, *, actor: str, action: str, subject: str, now: datetime, details: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Note one action of the tenant in scope; it is kept exactly when the transaction of the action is.

    `actor` is who, e.g. `user:usr_…`, `token:tok_…` or `dray`; `action` what, e.g. `invoice.sent`; `subject` to what,
    e.g. `invoice:inv_…`; `details` is JSON without floats and never holds a secret.
    """
    canonical_json(dict(details or {}))
    entry = AuditEntry(
        tenant_id=session.require_tenant(),
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        details=dict(details or {}),
    )
    session.add(entry)
    return entry


def seal(session: Scoped, tenant_id: int, *, limit: int = 1000) -> int:
    """Chain up to `limit` rows of a tenant that are not chained yet, oldest first; gives how many there were.

    Two that run at once wait for each other, so that the chain never forks.
    """
    with session.tenant(tenant_id):
        session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())
        newest = head(session, tenant_id)
        sequence, previous = newest.sequence, newest.hash
        unsealed = select(AuditEntry).where(AuditEntry.sequence.is_(None)).order_by(AuditEntry.id).limit(limit)
        entries = session.scalars(unsealed.execution_options(populate_existing=True)).all()
        for entry in entries:
            sequence += 1
            entry.sequence, entry.previous = sequence, previous
            entry.hash = previous = _hash(entry, sequence, previous)
        session.flush()
        return len(entries)


def head(session: Scoped, tenant_id: int) -> Head:
    """The newest sealed row of a tenant."""
    with session.tenant(tenant_id):
        row = session.execute(
            select(AuditEntry.sequence, AuditEntry.hash)
            .where(AuditEntry.sequence.is_not(None))
            .order_by(AuditEntry.sequence.desc())
            .limit(1)
        ).one_or_none()
        if row is None or row.sequence is None or row.hash is None:
            return Head(0, BEFORE_THE_FIRST)
        return Head(row.sequence, row.hash)


def verify(session: Scoped, tenant_id: int) -> Break | None:
    """Walk the whole chain of a tenant; the first break, or None. Rows not chained yet are not read."""
    chained = select(AuditEntry).where(AuditEntry.sequence.is_not(None)).order_by(AuditEntry.sequence)
    options = {"populate_existing": True, "yield_per": 500}
    with session.tenant(tenant_id), closing(session.scalars(chained, execution_options=options)) as entries:
        return _first_break(entries)


def _first_break(entries: Iterable[AuditEntry]) -> Break | None:
    previous = BEFORE_THE_FIRST
    for expected, entry in enumerate(entries, start=1):
        if entry.sequence != expected:
            return Break(expected, "a row is missing")
        if entry.previous != previous:
            return Break(expected, "the row before it is not the one that it was chained to")
        if entry.hash != _hash(entry, expected, previous):
            return Break(expected, "the row was changed after it was chained")
        previous = entry.hash
    return None


def _hash(entry: AuditEntry, sequence: int, previous: bytes) -> bytes:
    content = {
        "tenant": entry.tenant_id,
        "sequence": sequence,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
    }
    return hashlib.sha256(previous + canonical_json(content).encode()).digest()
