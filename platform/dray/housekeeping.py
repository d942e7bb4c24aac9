"""What the background does for every tenant: chain the audit, drop what was kept for a time only.

Each piece is a transaction of its own, so that nobody waits for it; any number of workers may do it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select

from dray.alerts import telling
from dray.billing import idempotency
from dray.billing.bulk import pieces
from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections import removal
from dray.connections.models import Connection
from dray.imports import storing
from dray.inbox import putting_right
from dray.installation import Dray
from dray.leaving import exporting
from dray.mail import outbox
from dray.onboarding import observing, operator_answers
from dray.sync import pruning, transcripts
from dray.twin import reading as lists
from dray.webhooks import delivering
from dray_tenants import audit, login, mailed_links, tries
from dray_tenants.models import AuditEntry, Tenant
from dray_tenants.scope import ScopedSession

__all__ = ["Tidied", "chain_audits", "drop_old_exchanges", "drop_the_old", "finish_removals"]


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many transcripts, keys of requests, traces of people (mail, links, sessions, tries), batches and exchanges
    were dropped."""

    transcripts: int
    keys: int
    people: int
    batches: int = 0
    exchanges: int = 0


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
        removed = session.execute(
            select(Connection.tenant_id, Connection.id).where(Connection.state == "removed")
        ).all()
    gone = keys = people = 0
    with ScopedSession(parts.engines) as session:
        for tenant_id, connection_id in connections:
            with session.tenant(tenant_id):
                gone += transcripts.prune(session, connection_id, at=at)
                session.commit()
        for tenant_id, connection_id in removed:
            with session.tenant(tenant_id):
                while lists.forget(session, connection_id):
                    session.commit()
                session.commit()
        for tenant_id in tenants:
            with session.tenant(tenant_id):
                keys += idempotency.sweep(session, at=at)
                session.commit()
                storing.forget_old(session, at=at)
                telling.forget_old(session, at=at)
                session.commit()
                delivering.forget_old(session, at=at)
                observing.forget_old(session, at=at)
                session.commit()
                putting_right.forget_old(session, at=at)
                session.commit()
                exporting.forget_old(session, at=at)
        for sweep in (outbox.forget_old, operator_answers.forget_old, mailed_links.sweep, login.sweep, tries.sweep):
            people += sweep(session, now=at)
            session.commit()
    batches, exchanges = drop_old_exchanges(parts)
    return Tidied(gone, keys, people, batches, exchanges)


def drop_old_exchanges(parts: Dray, *, most: int = 5_000) -> tuple[int, int]:
    """Drop up to `most` batches, and as many exchanges, that nobody needs any more; how many went of each."""
    counts = []
    for find, drop in (
        (pruning.old_batches, pruning.drop_batches),
        (pruning.old_exchanges, pruning.drop_exchanges),
    ):
        with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find what is old"):
            found = find(session, at=parts.clock(), most=most)
        with ScopedSession(parts.engines) as session:
            for tenant_id, ids in found.items():
                with session.tenant(tenant_id):
                    for some in pieces(ids):
                        drop(session, some)
                        session.commit()
        counts.append(sum(len(ids) for ids in found.values()))
    return counts[0], counts[1]


def finish_removals(parts: Dray) -> int:
    """Make drafts of what still waits for connections that were removed: a removal that died in the middle."""
    waits = exists().where(
        Posting.tenant_id == Connection.tenant_id,
        Posting.connection_id == Connection.id,
        Posting.state == PostingState.QUEUED.value,
    )
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find removals to finish"):
        statement = select(Connection.tenant_id, Connection.id).where(Connection.state == "removed", waits)
        unfinished = session.execute(statement).all()
    given_back = 0
    with ScopedSession(parts.engines) as session:
        for tenant_id, connection_id in unfinished:
            with session.tenant(tenant_id):
                connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
                given_back += removal.give_back(session, connection, at=parts.clock(), actor="dray")
                session.commit()
    return given_back
