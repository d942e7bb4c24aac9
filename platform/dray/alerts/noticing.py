"""What needs somebody just now, over all tenants: a few statements, however many tenants there are. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, func, or_, select

from dray.alerts.causes import LOGIN_ENDS_IN, Cause
from dray.billing.models import StateCount
from dray.billing.receipt_models import BookState
from dray.billing.states import InvoiceState
from dray.cadence.causes import OURS
from dray.cadence.models import Cadence
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth.models import Grant, GrantState
from dray.inbox.causes import Kind
from dray.inbox.models import Dismissal
from dray.inbox.reading import TO_DECIDE
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that needs somebody of one tenant. `subject`: the connection's public id, or empty."""

    tenant_id: int
    cause: Cause
    subject: str
    sentence: str


def notice(session: Scoped, *, now: dt.datetime) -> list[Noticed]:
    """Everything. The session reads every tenant."""
    return [
        *_silences(session),
        *_stops(session),
        *_logins(session, now),
        *_refusals(session),
        *_differences(session),
    ]


def _silences(session: Scoped) -> Iterator[Noticed]:
    """What the last sweep found silent, and nothing of which the fault is ours."""
    statement = (
        select(
            Connection.tenant_id,
            Connection.public_id,
            Connection.name,
            Cadence.silent_since,
            Cadence.time_zone,
            Cadence.silence,
        )
        .join(Cadence, Cadence.connection_id == Connection.id)
        .where(Connection.state == "active", Cadence.silent_since.is_not(None))
    )
    for tenant_id, public_id, name, since, zone, causes in session.execute(statement):
        likeliest = (causes or [{}])[0]
        if likeliest.get("code") == OURS:
            continue
        last = since.astimezone(ZoneInfo(zone))
        at = f"{last:%I:%M %p}".lstrip("0").lower()
        said = (
            f"{name} has not been called since {last:%A}, {last:%B} {last.day}, {at}. {likeliest.get('because', '')} "
            f"{likeliest.get('do', '')}"
        )
        yield Noticed(tenant_id, Cause.SILENCE, public_id, " ".join(said.split()))


def _stops(session: Scoped) -> Iterator[Noticed]:
    statement = (
        select(Connection.tenant_id, Connection.public_id, Connection.name, ConnectionStatus.trouble)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Connection.state.in_(("active", "setting_up")), ConnectionStatus.trouble.is_not(None))
    )
    for tenant_id, public_id, name, trouble in session.execute(statement):
        said = f"Nothing is sent to {name}. {(trouble or {}).get('sentence') or 'The last run stopped.'}"
        yield Noticed(tenant_id, Cause.STOPPED, public_id, said)
    paused = select(Connection.tenant_id, Connection.public_id, Connection.name, Connection.paused_for).where(
        Connection.state == "paused", Connection.paused_for.is_not(None)
    )
    for tenant_id, public_id, name, why in session.execute(paused):
        yield Noticed(tenant_id, Cause.STOPPED, public_id, f"Nothing more is sent to {name}. {why}")


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
