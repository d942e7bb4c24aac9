"""What the background does for every tenant: chain the audit, drop what was kept for a time only.

Each piece is a transaction of its own, so that nobody waits for it; any number of workers may do it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from dray.billing import idempotency
from dray.connections.models import Connection
from dray.installation import Dray
from dray.mail import outbox
from dray.sync import transcripts
from dray_tenants import audit, login, mailed_links, tries
from dray_tenants.models import AuditEntry, Tenant
from dray_tenants.scope import ScopedSession

__all__ = ["Tidied", "chain_audits", "drop_the_old"]


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many transcripts, keys of requests, and traces of people (mail, links, sessions, tries) were dropped."""

    transcripts: int
    keys: int
    people: int


def chain_audits(parts: Dray) -> int:
    """Chain what was recorded since; how many rows."""
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find audits to chain"):
        statement = select(AuditEntry.tenant_id).where(AuditEntry.sequence.is_(None)).distinct()
        waiting = session.scalars(statement).all()
    chained = 0
    with ScopedSession(parts.engines) as session:
        for tenant_id in waiting:
            chained += audit.seal(session, tenant_id)
            session.commit()
    return chained


def drop_the_old(parts: Dray) -> Tidied:
    """Drop what was kept for a time only, and the time is over."""
    at = parts.clock()
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find what is old"):
        tenants = session.scalars(select(Tenant.id)).all()
        connections = session.execute(select(Connection.tenant_id, Connection.id)).all()
    gone = keys = people = 0
    with ScopedSession(parts.engines) as session:
        for tenant_id, connection_id in connections:
            with session.tenant(tenant_id):
                gone += transcripts.prune(session, connection_id, at=at)
                session.commit()
        for tenant_id in tenants:
            with session.tenant(tenant_id):
                keys += idempotency.sweep(session, at=at)
                session.commit()
        for sweep in (outbox.forget_old, mailed_links.sweep, login.sweep, tries.sweep):
            people += sweep(session, now=at)
            session.commit()
    return Tidied(gone, keys, people)
