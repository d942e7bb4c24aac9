"""The overview: is everything reaching the books, and if not, what to do. The first page that a person sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import counts
from dray.billing.models import Sending
from dray.cadence.expecting import usual
from dray.connections.binding import bound_books
from dray.connections.models import Connection, ConnectionStatus
from dray.dashboard import charts, figures, queue, runs
from dray.dashboard.runs import Calls
from dray.extensions import dray
from dray.inbox import reading as inbox
from dray.web import next_run
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.invoices.pages import unless_same
from dray.web.invoices.preflight import without_a_carrier
from dray.web.side import ConnectionState
from dray.web.watching.overview_words import health
from dray.web.words import INVOICE_LOOKS
from dray_sdk import DialsIn
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped

CAUSES: Final = 5
ACTIVITY: Final = 8
MOST_CONNECTIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Books:
    """One connection as the overview lists it."""

    row: Connection
    status: ConnectionStatus | None
    state: ConnectionState
    waiting: int
    dials_in: bool

    @property
    def name(self) -> str:
        """The company file, else what the connection is called."""
        books = bound_books(self.row)
        return (books.place or books.name) if books is not None else self.row.name

    @property
    def file(self) -> str:
        """The last part of where the company file lies."""
        return self.name.replace("\\", "/").rpartition("/")[2]

    @property
    def every(self) -> dt.timedelta:
        """How far apart its calls are."""
        status = self.status
        if status is None:
            return next_run.USUAL
        return next_run.interval(status.last_contact_at, status.idle_since, status.idle_polls)


def add_overview_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/overview", "overview", show_overview)
    web.add_url_rule("/overview/live", "overview_live", overview_live)


@needs(Right.VIEW)
def show_overview() -> str:
    """The page; `connection` chooses whose runs it shows."""
    # An argument that is None is left out of the address.
    live = url_for("web.overview_live", connection=request.args.get("connection") or None)
    return render_template("overview/page.html", live=live, **_overview())


@needs(Right.VIEW)
def overview_live() -> Response:
    """The parts that change by themselves; 304 while they have not."""
    return unless_same(render_template("overview/live.html", **_overview()))


def _overview() -> dict[str, Any]:
    session, now = database(), dray().clock()
    side = beside.read(session, dray().registry, now)
    kept = counts.counts(session)
    listed = _connections(session, now)
    main = _chosen(listed, side)
    found = inbox.read(session, now=now)
    over = without_a_carrier(session, now)
    waiting = queue.read(session, kept, over)
    told = figures.read(session, zone=viewer().zone, now=now)
    past = runs.read(session, main.row.id, _calls(main), now=now) if main is not None else None
    trouble = (main.status.trouble or {}) if main is not None and main.status is not None else {}
    return {
        "side": side,
        "run": side.run,
        "main": main,
        "books": listed,
        "health": health(
            main.state if main is not None else None,
            books=main.state.title if main is not None else "",
            trouble=trouble if main is not None and main.row.state != "paused" else {},
            stopped=main is not None and any(each.public_id == main.row.public_id for each in side.held),
            needs=found.count,
            waiting=kept["pending_sync"],
            drafts=kept["draft"],
            invoices=sum(kept.values()),
        ),
        "counts": kept,
        "inbox": found,
        "causes": found.groups[:CAUSES],
        "figures": told,
        "day_chart": charts.columns([(day.accepted, day.refused) for day in told.days]),
        "took_chart": charts.columns([(span.invoices, 0) for span in told.took], left=0),
        "share": charts.share,
        "queue": waiting,
        "oldest": queue.oldest(session, main.row.id) if main is not None else None,
        "work": _seconds_of_work(main),
        "runs": past,
        "activity": _activity(session, past),
        "looks": INVOICE_LOOKS,
    }


def _activity(session: Scoped, past: runs.Runs | None) -> list[tuple[dt.datetime, runs.Run | None, Sending | None]]:
    """The newest runs that did something, and presses of Send, the newest first."""
    sendings = session.scalars(select(Sending).order_by(Sending.id.desc()).limit(ACTIVITY))
    happened: list[tuple[dt.datetime, runs.Run | None, Sending | None]] = [(each.at, None, each) for each in sendings]
    happened += [(run.at, run, None) for run in (past.newest if past is not None else ())]
    return sorted(happened, key=lambda each: each[0], reverse=True)[:ACTIVITY]


def _connections(session: Scoped, now: dt.datetime) -> list[Books]:
    """Every connection with how it stands: as many statements, however many there are."""
    statement = (
        select(Connection, ConnectionStatus)
        .outerjoin(
            ConnectionStatus,
            (ConnectionStatus.connection_id == Connection.id) & (ConnectionStatus.tenant_id == Connection.tenant_id),
        )
        .where(Connection.state != "removed")
        .order_by(Connection.id)
        .limit(MOST_CONNECTIONS)
    )
    rows = session.execute(statement).all()
    waiting = queue.waiting_by_connection(session) if rows else {}
    registry = dray().registry
    hours = usual(session, session.require_tenant(), [row.id for row, _ in rows], now=now) if rows else {}
    return [
        Books(
            row,
            status,
            beside.told(registry, row, status, now, hours.get(row.id)),
            waiting.get(row.id, 0),
            isinstance(registry.get(row.connector), DialsIn),
        )
        for row, status in rows
    ]


def _chosen(listed: Sequence[Books], side: beside.Side) -> Books | None:
    """The connection that the address names, else the default one."""
    wanted = request.args.get("connection", "")
    by_id = {each.row.public_id: each for each in listed}
    default = side.connection.public_id if side.connection is not None else ""
    return by_id.get(wanted) or by_id.get(default) or next(iter(listed), None)


def _calls(main: Books) -> Calls:
    status = main.status
    if status is None:
        return Calls()
    return Calls(status.idle_since, status.last_contact_at, main.state.run.silent_since)


def _seconds_of_work(main: Books | None) -> int | None:
    """How long the books will take for what waits, as fast as they took the last ones; None before that is known."""
    if main is None or not main.waiting or main.row.write_ms is None:
        return None
    return max(round(main.waiting * main.row.write_ms / 1000), 1)
