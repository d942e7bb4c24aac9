"""What every signed-in page shows beside its own subject: the connection's state and how many invoices need someone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from dray.billing.counts import counts
from dray.billing.models import BillingSettings
from dray.billing.states import InvoiceState
from dray.cadence.expecting import Usual, of_cadence, usual
from dray.cadence.models import Cadence
from dray.connections.models import Connection, ConnectionStatus
from dray.leaving import departing
from dray.registry import Registry
from dray.web import held, next_run
from dray.web.held import Held
from dray.web.next_run import NextRun
from dray.web.words import CONNECTION_LOOKS, TROUBLE_LOOKS, Look
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """One connection in a few words. `calls_us`: its books fetch the invoices; others are called. `hours`: when it is
    usually called, as far as that is learned. `advice`: the one thing to do about its silence."""

    public_id: str
    name: str
    title: str
    look: Look
    last_contact_at: dt.datetime | None
    run: NextRun
    calls_us: bool
    hours: str = ""
    advice: str = ""
    key: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """The default connection, the number on the navigation, and the connections that a brake holds, when the company is
    deleted, if somebody asked for it, and how many invoices it has."""

    connection: ConnectionState | None
    needs_attention: int
    held: tuple[Held, ...] = ()
    leaves_at: dt.datetime | None = None
    invoices: int = 0

    @property
    def run(self) -> NextRun:
        """When the default connection will probably call next."""
        return self.connection.run if self.connection else NextRun(None)


def read(session: Scoped, registry: Registry, now: dt.datetime) -> Side:
    """What the tenant in scope has."""
    connection = default_connection(session)
    departure, kept = departing.of(session), counts(session)
    return Side(
        connection=None if connection is None else state_of(session, registry, connection, now),
        needs_attention=kept[InvoiceState.NEEDS_ATTENTION],
        invoices=sum(kept.values()),
        held=held.on_company(session, registry) if departure is None else (),
        leaves_at=departure.due_at if departure is not None else None,
    )


def default_connection(session: Scoped) -> Connection | None:
    """Where invoices go unless somebody says otherwise: the tenant's choice, else its oldest."""
    chosen = session.scalar(select(BillingSettings.default_connection_id))
    if chosen is not None:
        connection = session.scalar(select(Connection).where(Connection.id == chosen, Connection.state != "removed"))
        if connection is not None:
            return connection
    return session.scalar(select(Connection).where(Connection.state != "removed").order_by(Connection.id).limit(1))


def state_of(session: Scoped, registry: Registry, connection: Connection, now: dt.datetime) -> ConnectionState:
    """The connection's state, as calm or alarming as it is."""
    row = session.execute(
        select(ConnectionStatus, Cadence)
        .outerjoin(Cadence, Cadence.connection_id == ConnectionStatus.connection_id)
        .where(ConnectionStatus.connection_id == connection.id, ConnectionStatus.tenant_id == connection.tenant_id)
    ).one_or_none()
    status, cadence = row if row is not None else (None, None)
    return told(registry, connection, status, now, of_cadence(session, cadence, now=now) if cadence else None)


def of_targets(
    session: Scoped, registry: Registry, keys: Collection[int | None], known: ConnectionState | None, now: dt.datetime
) -> Mapping[int | None, ConnectionState]:
    """How each of these connections stands, by its key; `known` is not read again."""
    states: dict[int | None, ConnectionState] = {} if known is None else {known.key: known}
    wanted = sorted(key for key in keys if key is not None and key not in states)
    if not wanted:
        return states
    rows = session.execute(
        select(Connection, ConnectionStatus)
        .join(ConnectionStatus, ConnectionStatus.connection_id == Connection.id)
        .where(Connection.id.in_(wanted), ConnectionStatus.tenant_id == session.require_tenant())
    ).all()
    hours = usual(session, session.require_tenant(), wanted, now=now)
    return states | {row.id: told(registry, row, status, now, hours.get(row.id)) for row, status in rows}


def told(
    registry: Registry,
    connection: Connection,
    status: ConnectionStatus | None,
    now: dt.datetime,
    hours: Usual | None = None,
) -> ConnectionState:
    """The same, where its row in the directory is known, and in which hours it is usually called."""
    connector = registry.get(connection.connector)
    run, last = NextRun(None), None
    if status is not None:
        last = status.last_contact_at
    # only books that call us can be waited for, and can fall silent
    calls_us = connector is None or connector.capabilities.dialled_into
    if status is not None and calls_us:
        run = next_run.expected(last, next_run.interval(last, status.idle_since, status.idle_polls), now, hours)
    return ConnectionState(
        key=connection.id,
        public_id=connection.public_id,
        name=connection.name,
        title=connector.title if connector is not None else connection.connector,
        look=_look(connection, status, run),
        last_contact_at=last,
        run=run,
        calls_us=calls_us,
        hours=hours.in_words if hours is not None and calls_us else "",
        advice=str(hours.silence[0].get("do", "")) if hours is not None and hours.silence else "",
    )


def status_of(session: Scoped, connection: Connection) -> ConnectionStatus | None:
    """The connection's row in the directory. The tenant is in the statement: a directory table has no scope."""
    return session.scalar(
        select(ConnectionStatus).where(
            ConnectionStatus.connection_id == connection.id, ConnectionStatus.tenant_id == connection.tenant_id
        )
    )


def _look(connection: Connection, status: ConnectionStatus | None, run: NextRun) -> Look:
    trouble = status.trouble if status is not None else None
    if trouble and connection.state in ("active", "setting_up") and trouble.get("code") in TROUBLE_LOOKS:
        return TROUBLE_LOOKS[trouble["code"]]
    if trouble and connection.state == "active":
        return Look("s-bad", "stop", "Failing")
    if connection.state == "active" and run.silent_since is not None:
        return Look("s-warn", "clock", "Silent")
    return CONNECTION_LOOKS.get(connection.state, CONNECTION_LOOKS["setting_up"])
