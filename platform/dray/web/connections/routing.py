"""The page that says which invoices go to which books, and from which day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import routing
from dray.billing.given import Missing, Unacceptable
from dray.connections.models import Connection
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped


def add_routing_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/routing", "routing", show_routing)
    web.add_url_rule("/routing", "add_rule", add_rule, methods=["POST"])
    web.add_url_rule("/routing/start", "set_start", set_start, methods=["POST"])
    web.add_url_rule("/routing/<public_id>/up", "move_rule_up", move_rule_up, methods=["POST"])
    web.add_url_rule("/routing/<public_id>/delete", "drop_rule", drop_rule, methods=["POST"])


@needs(Right.VIEW)
def show_routing() -> str:
    """The rules, what they would do with the last 50 invoices, and the first day of each connection."""
    session = database()
    connections = session.scalars(select(Connection).where(Connection.state != "removed").order_by(Connection.id)).all()
    default = beside.default_connection(session)
    return render_template(
        "routing/list.html",
        rules=routing.rules_of(session),
        fields={field: words for field, (words, _) in routing.FIELDS.items()},
        connections=connections,
        names={each.id: each.name for each in connections},
        default=default,
        starts=routing.starts(session),
        tried=routing.tried(session) if len(connections) > 1 else (),
        side=beside.read(session, dray().registry, dray().clock()),
    )


@needs(Right.BIND_BOOKS)
def add_rule() -> Response:
    """A new rule, behind the others."""
    form = request.form
    return _do(
        lambda session, how: routing.add_rule(
            session, form.get("field", ""), form.get("value", ""), form.get("connection", ""), **how
        ),
        "The rule is added. Look below at what it would do.",
    )


@needs(Right.BIND_BOOKS)
def move_rule_up(public_id: str) -> Response:
    """Ask a rule earlier."""
    return _do(lambda session, how: routing.move_up(session, public_id, **how), "The rule is asked earlier now.")


@needs(Right.BIND_BOOKS)
def drop_rule(public_id: str) -> Response:
    """Delete a rule."""
    return _do(lambda session, how: routing.drop_rule(session, public_id, **how), "The rule is deleted.")


@needs(Right.BIND_BOOKS)
def set_start() -> Response:
    """From which day on invoices go into these books."""
    text = request.form.get("first_day", "").strip()
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        abort(400)
    connection = request.form.get("connection", "")
    said = "From now on older invoices arrive as “not sent”." if day else "Invoices of any date go there."
    return _do(lambda session, how: routing.set_start(session, connection, day, **how), said)


def grouped(session: Scoped, picked: Mapping[str, int | None], default: Connection | None) -> dict[str, list[str]]:
    """Public id of the proposed connection → the invoices, of what was picked; nothing where there is no connection."""
    proposed = routing.targets(session, list(picked))
    names: dict[int, str] = dict(session.execute(select(Connection.id, Connection.public_id)).all())
    groups: dict[str, list[str]] = {}
    for public_id in picked:
        key = proposed.get(public_id) or (default.id if default is not None else None)
        if key is not None:
            groups.setdefault(names[key], []).append(public_id)
    return groups


def _do(act: Any, said: str) -> Response:
    session = database()
    try:
        act(session, {"at": dray().clock(), "actor": viewer().actor})
    except Missing:
        abort(404)
    except Unacceptable as refused:
        session.rollback()
        flash(Notice("Nothing was changed.", [each.detail for each in refused.complaints]).plain, "s-warn")
    else:
        session.commit()
        flash(Notice(said).plain, "s-ok")
    return redirect(url_for("web.routing"), 303)
