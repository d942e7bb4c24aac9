"""What must be doubted after a backup was put back, in the transaction that did it.

The books went on while the database was set back. Hence: nothing that waits is believed to be absent there, nothing
that was on its way is believed to be lost or to have arrived, no conversation goes on, and everybody signs in again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, insert, null, or_, select, update

from dray.billing.models import Invoice, Posting, StateCount, TimelineEntry
from dray.billing.states import InvoiceState, Move, PostingState
from dray.connections.models import Connection as ToBooks
from dray.connections.models import ConnectionStatus
from dray.mail.models import Mail
from dray.onboarding.models import Setup
from dray.sync.batches import BatchState
from dray.sync.models import Exchange, SyncBatch
from dray_tenants.models import AuditEntry, Tenant, WebSession

_ACTOR: Final = "command line"


def settle(connection: Connection, made_at: dt.datetime, *, at: dt.datetime) -> None:
    """Set everything to be asked again. The connection sees every tenant's rows, and the locks are lifted."""
    _doubt_what_was_on_its_way(connection, at)
    postings = _of(Posting)
    connection.execute(
        update(postings)
        .where(postings.c.state.in_((PostingState.QUEUED.value, PostingState.IN_DOUBT.value)))
        .values(looked_for_at=null(), number_looked_for_at=null(), anyway=False, not_before=null())
    )
    _end_conversations(connection, at)
    connection.execute(update(_of(ToBooks)).values(restored_at=at, batch_size=1))
    connection.execute(delete(_of(WebSession)))
    # A link that was ended since would work again.
    links = _of(Setup)
    connection.execute(update(links).where(links.c.ended_at.is_(None)).values(ended_at=at, ended_for="revoked"))
    mails = _of(Mail)
    connection.execute(
        update(mails)
        .where(mails.c.sent_at.is_(None), mails.c.given_up_at.is_(None))
        .values(given_up_at=at, trouble="the database was put back from a backup; it may have been sent already")
    )
    _audit(connection, made_at, at)


def _doubt_what_was_on_its_way(connection: Connection, at: dt.datetime) -> None:
    postings, invoices = _of(Posting), _of(Invoice)
    sending = connection.execute(
        select(postings.c.tenant_id, postings.c.invoice_id, _of(ToBooks).c.name)
        .join(_of(ToBooks), _of(ToBooks).c.id == postings.c.connection_id)
        .where(postings.c.state == PostingState.SENDING.value)
    ).all()
    connection.execute(
        update(postings).where(postings.c.state == PostingState.SENDING.value).values(state=PostingState.IN_DOUBT.value)
    )
    connection.execute(
        update(invoices)
        .where(invoices.c.state == InvoiceState.SENDING.value)
        .values(state=InvoiceState.CHECKING.value, updated_at=at)
    )
    told = [
        {
            "tenant_id": tenant_id,
            "invoice_id": invoice_id,
            "at": at,
            "kind": Move.ANSWER_LOST.value,
            "actor": _ACTOR,
            "details": {"connection_name": name, "reason": "the database was put back from a backup"},
        }
        for tenant_id, invoice_id, name in sending
    ]
    if told:
        connection.execute(insert(_of(TimelineEntry)), told)
    _count_again(connection)


def _count_again(connection: Connection) -> None:
    """The kept counts of the two states that were just made one."""
    counts, invoices = _of(StateCount), _of(Invoice)
    both = (InvoiceState.SENDING.value, InvoiceState.CHECKING.value)
    connection.execute(delete(counts).where(counts.c.state.in_(both)))
    now = connection.execute(
        select(invoices.c.tenant_id, invoices.c.state, func.count())
        .where(invoices.c.state.in_(both), invoices.c.deleted_at.is_(None), invoices.c.not_sent.is_(None))
        .group_by(invoices.c.tenant_id, invoices.c.state)
    ).all()
    rows = [{"tenant_id": tenant_id, "state": state, "invoices": count} for tenant_id, state, count in now]
    if rows:
        connection.execute(insert(counts), rows)


def _end_conversations(connection: Connection, at: dt.datetime) -> None:
    """Whoever comes next takes over, and finds what was out to be in doubt; mere questions are forgotten."""
    batches, exchanges, status = _of(SyncBatch), _of(Exchange), _of(ConnectionStatus)
    out = batches.c.state == BatchState.SENT.value
    connection.execute(update(batches).where(out, batches.c.writes > 0).values(state=BatchState.LOST.value))
    connection.execute(
        update(batches)
        .where(out, or_(batches.c.writes == 0, batches.c.writes.is_(None)))
        .values(state=BatchState.SETTLED.value, settled_at=at, contents=null(), request=null(), answer=null())
    )
    lost = batches.c.state == BatchState.LOST.value
    connection.execute(update(batches).where(lost).values(asked_at=null(), looked_at=null()))
    connection.execute(update(exchanges).where(exchanges.c.closed_at.is_(None)).values(closed_at=at))
    connection.execute(
        update(status).values(lease=status.c.lease + 1, lease_until=at, holder=null(), holder_seen_at=null(), due_at=at)
    )


def _audit(connection: Connection, made_at: dt.datetime, at: dt.datetime) -> None:
    tenants = connection.scalars(select(_of(Tenant).c.id)).all()
    rows = [
        {
            "tenant_id": tenant_id,
            "at": at,
            "actor": _ACTOR,
            "action": "database.restored",
            "subject": "database",
            "details": {"made_at": made_at.isoformat()},
        }
        for tenant_id in tenants
    ]
    if rows:
        connection.execute(insert(_of(AuditEntry)), rows)


def _of(kind: Any) -> Table:
    table: Table = kind.__table__
    return table
