"""What needs somebody just now, over all tenants: a few statements, however many tenants there are. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select

from dray.alerts.causes import FORGOTTEN_AFTER, LOGIN_ENDS_IN, SILENT_FOR, Cause, is_silent
from dray.billing.models import BookState, Posting, StateCount
from dray.billing.states import InvoiceState, PostingState
from dray.connections import calling
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth.models import Grant, GrantState
from dray.inbox.causes import Kind
from dray.inbox.models import Dismissal
from dray.inbox.reading import TO_DECIDE
from dray.registry import Registry
from dray_sdk import DialsIn
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that needs somebody of one tenant. `subject`: the connection's public id, or empty."""

    tenant_id: int
    cause: Cause
    subject: str
    sentence: str


def notice(session: Scoped, registry: Registry, *, now: dt.datetime) -> list[Noticed]:
    """Everything. The session reads every tenant."""
    return [
        *_silences(session, registry, now),
        *_stops(session),
        *_logins(session, now),
        *_refusals(session),
        *_differences(session),
    ]


def _silences(session: Scoped, registry: Registry, now: dt.datetime) -> Iterator[Noticed]:
    waits = exists().where(
        Posting.tenant_id == Connection.tenant_id,
        Posting.connection_id == Connection.id,
        Posting.state == PostingState.QUEUED.value,
    )
    statement = (
        select(Connection.tenant_id, Connection.public_id, Connection.name, Connection.connector, waits.label("waits"))
        .add_columns(ConnectionStatus.last_contact_at, ConnectionStatus.idle_since, ConnectionStatus.idle_polls)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(
            Connection.state == "active",
            ConnectionStatus.last_contact_at < now - SILENT_FOR,
            ConnectionStatus.last_contact_at > now - FORGOTTEN_AFTER,
        )
    )
    for row in session.execute(statement):
        if isinstance(registry.get(row.connector), DialsIn) and _too_long(row, now):
            said = (
                f"{row.name} has not been called since {row.last_contact_at:%B} {row.last_contact_at.day}. Check that"
                " the computer is on, that the Web Connector is open there, and that Auto-Run is ticked."
            )
            yield Noticed(row.tenant_id, Cause.SILENCE, row.public_id, said)


def _too_long(row: Row[*tuple[Any, ...]], now: dt.datetime) -> bool:
    every = calling.interval(row.last_contact_at, row.idle_since, row.idle_polls)
    return is_silent(now=now, last=row.last_contact_at, every=every, patience=calling.PATIENCE, waiting=bool(row.waits))


def _stops(session: Scoped) -> Iterator[Noticed]:
    statement = (
        select(Connection.tenant_id, Connection.public_id, Connection.name, ConnectionStatus.trouble)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Connection.state.in_(("active", "setting_up")), ConnectionStatus.trouble.is_not(None))
    )
    for tenant_id, public_id, name, trouble in session.execute(statement):
        said = f"Nothing is sent to {name}. {(trouble or {}).get('sentence') or 'The last run stopped.'}"
        yield Noticed(tenant_id, Cause.STOPPED, public_id, said)


def _logins(session: Scoped, now: dt.datetime) -> Iterator[Noticed]:
    soon = now + LOGIN_ENDS_IN
    ends = and_(Grant.state == GrantState.LIVE, or_(Grant.refresh_ends_at < soon, Grant.grant_ends_at < soon))
    statement = (
        select(Grant.tenant_id, Connection.public_id, Connection.name, Grant.state)
        .join(Connection, (Connection.tenant_id == Grant.tenant_id) & (Connection.id == Grant.connection_id))
        .where(Connection.state != "removed", or_(Grant.state == GrantState.ENDED, ends))
    )
    for tenant_id, public_id, name, state in session.execute(statement):
        when = "has ended" if state is GrantState.ENDED else "ends within two weeks"
        said = f"The sign-in to {name} {when}. Sign in there again on the connection's page; nothing is lost meanwhile."
        yield Noticed(tenant_id, Cause.LOGIN, public_id, said)


def _refusals(session: Scoped) -> Iterator[Noticed]:
    statement = select(StateCount.tenant_id, StateCount.invoices).where(
        StateCount.state == InvoiceState.NEEDS_ATTENTION.value, StateCount.invoices > 0
    )
    for tenant_id, invoices in session.execute(statement):
        need = "1 invoice needs" if invoices == 1 else f"{invoices:,} invoices need"
        yield Noticed(tenant_id, Cause.REFUSALS, "", f"{need} somebody before the books take them.")


def _differences(session: Scoped) -> Iterator[Noticed]:
    seen = exists().where(
        Dismissal.tenant_id == BookState.tenant_id,
        Dismissal.invoice_id == BookState.invoice_id,
        Dismissal.kind == Kind.DIFFERS.value,
        Dismissal.at >= BookState.since,
    )
    statement = (
        select(BookState.tenant_id, func.count())
        .where(BookState.kind.in_(TO_DECIDE), ~seen)
        .group_by(BookState.tenant_id)
    )
    for tenant_id, invoices in session.execute(statement):
        was = "1 invoice was" if invoices == 1 else f"{invoices:,} invoices were"
        yield Noticed(tenant_id, Cause.DIFFERENCES, "", f"{was} changed, voided or deleted in the books.")
