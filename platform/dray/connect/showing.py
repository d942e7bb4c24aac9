"""What a browser that holds a set-up sees: the steps, their changing parts, and the file."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, make_response, render_template, request
from werkzeug.wrappers import Response

from dray.connect.holding import Held, actor_of, held
from dray.connect.remembered import remembered
from dray.connections import opening
from dray.connections.models import Connection
from dray.database import READING
from dray.extensions import dray
from dray.onboarding import progress, rehearsal, setups
from dray.onboarding.confirming import mark_of
from dray.onboarding.progress import Progress
from dray.onboarding.rehearsal import Rehearsal
from dray.onboarding.setups import Ended, Place, Standing
from dray.web.access import database
from dray.web.invoices.pages import unless_same
from dray_sdk import DialsIn
from dray_tenants.scope import ScopedSession

__all__ = ["download", "live", "page", "show_steps"]


def show_steps(public_id: str) -> str:
    """The steps."""
    with held(public_id) as what:
        return page(what)


def live(public_id: str) -> Response:
    """The changing parts of that page."""
    with held(public_id) as what:
        return unless_same(render_template("connect/steps_live.html", **_shown(what)))


def download(public_id: str) -> Response:
    """The file that makes the Web Connector call us. A get, so that it can follow the page by itself; only a browser
    that holds the set-up gets it, and it is written down in a transaction of its own."""
    parts = dray()
    with held(public_id) as what:
        if what.standing is not Standing.CLAIMED:
            abort(410)
        connector = parts.registry.get(what.connection.connector)
        if connector is None or not isinstance(connector, DialsIn):
            abort(404)
        setup, connection_id = what.setup, what.connection.id
        actor, email = actor_of(setup), setup.email or ""
        tenant_id = setup.tenant_id
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        connection = session.get_one(Connection, connection_id)
        file = opening.invitation(
            session, connection, connector, parts.address, at=parts.clock(), actor=actor, issued_to=email
        )
        session.commit()
    response = make_response(file.content)
    response.headers["Content-Type"] = file.media_type
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["Cache-Control"] = "no-store"
    return response


def page(what: Held, **more: Any) -> str:
    """The whole page; `more` is what is shown this once."""
    return render_template("connect/steps.html", **{"password": "", "code": "", "problem": "", **_shown(what), **more})


def _shown(what: Held) -> dict[str, Any]:
    session, parts = database(), dray()
    now = parts.clock()
    seen = progress.read(session, what.connection, now=now)
    if seen.proved and what.setup.ended_at is None and request.method in READING:
        _end(what, now)
    return {
        "held": what,
        "seen": seen,
        "order": {each.step.value: number for number, each in enumerate(seen.steps, 1)},
        "proved": seen.proved,
        "place": what.setup.place or Place.HERE.value,
        "mark": mark_of(what.connection),
        "title": _title(what.connection),
        "waits": _waits(what, seen),
        "first_day": now.astimezone(dt.UTC).date().replace(day=1).isoformat(),
        "installation": parts.settings,
        "address": parts.settings.public_url,
    }


def _waits(what: Held, seen: Progress) -> Rehearsal | None:
    """What waits for these books; None until they were read. Once confirmed, what was ticked then is looked at."""
    if not seen.done("read") or seen.books is None:
        return None
    session, parts = database(), dray()
    key = (what.setup.public_id, what.connection.confirmed_at)
    return remembered(key, lambda: rehearsal.rehearse(session, parts, what.connection))


def _title(connection: Connection) -> str:
    connector = dray().registry.get(connection.connector)
    return connector.title if connector is not None else connection.connector


def _end(what: Held, now: dt.datetime) -> None:
    """The books answered, were the right ones, and somebody confirmed it: the link has done its work."""
    with ScopedSession(dray().engines) as session:
        setup = session.get_one(type(what.setup), what.setup.id)
        setups.end(session, setup, Ended.PROVED, at=now)
        session.commit()
