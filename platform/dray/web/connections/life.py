"""Buttons for a connection's life: pause and resume, an older password ended, a new identity, removal."""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections import lifecycle, removal
from dray.connections.models import Connection
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.connections import pages as connections
from dray.web.connections import standstill
from dray.web.formats import plural
from dray.web.notices import Notice
from dray_tenants.roles import Right


@needs(Right.MANAGE_CONNECTIONS)
def pause_connection(public_id: str) -> Response:
    """Settle doubts and read, but send nothing more."""
    session = database()
    connection = connections.found(public_id)
    try:
        done = lifecycle.pause(session, connection, at=dray().clock(), actor=viewer().actor)
    except lifecycle.NotNow as refused:
        return _gone(refused)
    session.commit()
    said = "Sending is paused. What waits keeps waiting." if done else "Sending was paused already."
    return _back(public_id, said, "s-ok" if done else "s-warn")


@needs(Right.MANAGE_CONNECTIONS)
def resume_connection(public_id: str) -> Response:
    """Send again."""
    session = database()
    connection = connections.found(public_id)
    try:
        done = lifecycle.resume(session, connection, at=dray().clock(), actor=viewer().actor)
    except lifecycle.NotNow as refused:
        return _gone(refused)
    session.commit()
    said = "Sending goes on. What waits goes with the next call." if done else "It was not paused."
    return _back(public_id, said, "s-ok" if done else "s-warn")


@needs(Right.MANAGE_CONNECTIONS)
def end_older_password(public_id: str) -> Response:
    """Only the newest password opens from now on."""
    session = database()
    connection = connections.found(public_id)
    try:
        done = lifecycle.end_older_passwords(session, connection, at=dray().clock(), actor=viewer().actor)
    except LookupError:
        abort(404)
    session.commit()
    if not done:
        return _back(public_id, "There is no older password any more. Only the newest one works.", "s-warn")
    return _back(public_id, "The older password opens nothing any more. Only the newest one works.")


@needs(Right.MANAGE_CONNECTIONS)
def renew_identity(public_id: str) -> Response:
    """A new set-up file and user name for the same connection, for a computer that refuses the one it has."""
    session = database()
    connection = connections.found(public_id)
    try:
        lifecycle.new_identity(
            session, connection, at=dray().clock(), actor=viewer().actor, randomness=secrets.token_bytes
        )
    except lifecycle.NotNow as refused:
        return _gone(refused)
    except LookupError:
        abort(404)
    session.commit()
    return _back(public_id, "The new set-up begins with its file. The old one works until the new one has called.")


@needs(Right.REMOVE_CONNECTION)
def show_removal(public_id: str) -> str:
    """What removing it comes to, and the form."""
    return _removal(connections.found(public_id))


@needs(Right.REMOVE_CONNECTION)
def remove_connection(public_id: str) -> Response | tuple[str, int]:
    """Remove it, once its name was typed."""
    session = database()
    connection = connections.found(public_id)
    name, typed = connection.name, request.form.get("name", "")
    if " ".join(typed.split()) != name:
        problem = f"Nothing was removed. Type the name as it is written here: {name}"
        return _removal(connection, typed=typed, name_problem=problem), 422
    wanted = request.form.get("default", "")
    default = connections.found(wanted) if wanted else None
    try:
        removed = removal.remove_connection(
            session, connection, at=dray().clock(), actor=viewer().actor, default=default
        )
    except (removal.StillOnTheirWay, removal.UnfitDefault) as refused:
        return _removal(connections.found(public_id), typed=typed, problem=f"Nothing was removed. {refused}"), 409
    drafts = f" {plural(removed.drafts, 'invoice')} that waited became Draft again." if removed.drafts else ""
    flash(Notice(f"{name} is removed.{drafts} What was accepted stays.").plain, "s-ok")
    return redirect(url_for("web.connections"), 303)


def _removal(connection: Connection, *, typed: str = "", problem: str = "", name_problem: str = "") -> str:
    session, parts = database(), dray()
    default, connector = beside.default_connection(session), parts.registry.get(connection.connector)
    others = session.scalars(
        select(Connection).where(Connection.state != "removed", Connection.id != connection.id).order_by(Connection.id)
    ).all()
    count, some = standstill.on_their_way(session, connection)
    shown: dict[str, Any] = {
        "name": connection.name,
        "public_id": connection.public_id,
        "dials_in": connector is None or connector.capabilities.dialled_into,
        "waiting": standstill.waiting(session, connection),
        "left": count,
        "some": some,
        "is_default": default is not None and default.id == connection.id,
        "others": others,
        "typed": typed,
        "problem": problem,
        "name_problem": name_problem,
        "side": beside.read(session, parts.registry, parts.clock()),
    }
    return render_template("connections/remove.html", **shown)


def _back(public_id: str, sentence: str, tone: str = "s-ok") -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for("web.connection", public_id=public_id), 303)


def _gone(refused: lifecycle.NotNow) -> Response:
    """Somebody removed it while the button was pressed."""
    database().rollback()
    flash(Notice(str(refused)).plain, "s-warn")
    return redirect(url_for("web.connections"), 303)
