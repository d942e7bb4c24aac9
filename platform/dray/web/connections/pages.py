"""A company's connections to its books: making one, its file and password, and what is known of the other side."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections import offers, opening
from dray.connections.models import Connection
from dray.connections.oauth.answering import NotConnected
from dray.connections.oauth.application import NotSetUp, application_of, is_connected_here
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.connections import reading as reading_connection
from dray.web.connections.leaving_for_books import leave_for
from dray.web.invoices.pages import unless_same
from dray.web.notices import Notice
from dray_sdk import Connector, DialsIn
from dray_tenants.roles import Right


@needs(Right.VIEW)
def show_connections() -> str:
    """All connections and how each is."""
    session, parts, now = database(), dray(), dray().clock()
    side = beside.read(session, parts.registry, now)
    keys = session.scalars(select(Connection.id).where(Connection.state != "removed").order_by(Connection.id)).all()
    states = beside.of_targets(session, parts.registry, keys, side.connection, now)
    return render_template("connections/list.html", states=[states[key] for key in keys], side=side)


@needs(Right.VIEW)
def new_connection() -> str:
    """The form: which accounting system, and what to call the connection. Who may not gets a link to pass on."""
    if not viewer().can(Right.MANAGE_CONNECTIONS):
        return _pass_on()
    return _form(name=request.args.get("name", ""), chosen=request.args.get("connector", ""))


@needs(Right.MANAGE_CONNECTIONS)
def create_connection() -> Response | str | tuple[str, int]:
    """Make it, and go on with its set-up; where that begins with signing in to the books, go there first."""
    session, parts = database(), dray()
    name, wanted = request.form.get("name", ""), request.form.get("connector", "")
    connector = next((each for each in _choices() if each.name == wanted), None)
    if connector is None:
        return _form(name=name, problem="Choose the accounting system first."), 422
    if is_connected_here(connector):
        return _sign_in(connector, name)
    try:
        connection = opening.open_connection(
            session, connector, name, at=parts.clock(), actor=viewer().actor, randomness=secrets.token_bytes
        )
    except (ValueError, opening.NameTaken) as refused:
        session.rollback()
        return _form(name=name, chosen=connector.name, problem=str(refused)), 422
    public_id = connection.public_id
    session.commit()
    flash(Notice("The connection is made. The steps below bring it to life.").plain, "s-ok")
    return redirect(url_for("web.connection", public_id=public_id), 303)


@needs(Right.VIEW)
def show_connection(public_id: str) -> str:
    """One connection: its set-up as far as it is, last contact, and its books."""
    return render_template("connections/one.html", password="", **one(found(public_id)))


@needs(Right.VIEW)
def connection_live(public_id: str) -> Response:
    """The changing parts of that page."""
    return unless_same(render_template("connections/one_live.html", password="", **one(found(public_id))))


@needs(Right.MANAGE_CONNECTIONS)
def download_invitation(public_id: str) -> Response:
    """The file that makes the customer's computer call us. It holds no password. A post, because it is written down."""
    session, parts = database(), dray()
    connection = found(public_id)
    connector = parts.registry.get(connection.connector)
    if connector is None or not isinstance(connector, DialsIn):
        abort(404)
    file = opening.invitation(session, connection, connector, parts.address, at=parts.clock(), actor=viewer().actor)
    session.commit()
    response = make_response(file.content)
    response.headers["Content-Type"] = file.media_type
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Right.MANAGE_CONNECTIONS)
def mint_password(public_id: str) -> Response:
    """Make a password and show it in the answer to this post, the only time; nothing keeps it."""
    session, parts = database(), dray()
    connection = found(public_id)
    try:
        password = parts.passwords.mint(session, connection, at=parts.clock(), actor=viewer().actor)
    except LookupError:
        abort(404)
    session.commit()
    response = make_response(render_template("connections/one.html", password=password, **one(found(public_id))))
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Right.MANAGE_CONNECTIONS)
def check_now(public_id: str) -> Response:
    """Have the next call do a full round, whether or not anything waits."""
    session = database()
    connection = found(public_id)
    opening.check_now(session, connection, at=dray().clock())
    session.commit()
    connector = dray().registry.get(connection.connector)
    said = "Everything is checked in a moment."
    if connector is not None and connector.capabilities.dialled_into:
        said = "The next call checks everything. Choose Update Selected there, or wait for it."
    flash(Notice(said).plain, "s-ok")
    return redirect(url_for("web.connection", public_id=public_id), 303)


def found(public_id: str) -> Connection:
    """The connection of the viewer's company; 404 for a removed one, and for anybody else's."""
    connection = database().scalar(
        select(Connection).where(Connection.public_id == public_id, Connection.state != "removed")
    )
    if connection is None:
        abort(404)
    return connection


def one(connection: Connection) -> dict[str, Any]:
    """What the page of one connection shows."""
    session, parts, now = database(), dray(), dray().clock()
    return {
        "connection": reading_connection.read(session, parts, connection, now),
        "side": beside.read(session, parts.registry, now),
    }


def _form(*, name: str = "", chosen: str = "", problem: str = "") -> str:
    session, parts = database(), dray()
    choices = _choices()
    return render_template(
        "connections/new.html",
        choices=choices,
        not_set_up=_not_set_up(choices),
        chosen=chosen if any(each.name == chosen for each in choices) else choices[0].name if choices else "",
        name=name,
        problem=problem,
        limit=opening.LONGEST_NAME,
        side=beside.read(session, parts.registry, parts.clock()),
    )


def _sign_in(connector: Connector, name: str) -> str | tuple[str, int]:
    """Off to the books; the connection is made when somebody comes back and has looked at the company."""
    if not viewer().can(Right.BIND_BOOKS):
        abort(403)
    try:
        return leave_for(connector, name)
    except NotConnected as refused:
        return _form(name=name, chosen=connector.name, problem=str(refused)), 503


def _not_set_up(choices: Sequence[Connector]) -> dict[str, str]:
    """Connector → what an operator has to do first."""
    missing = {}
    for each in choices:
        try:
            if is_connected_here(each):
                application_of(dray().settings, each)
        except NotSetUp as lacking:
            missing[each.name] = str(lacking)
    return missing


def _pass_on() -> str:
    session, parts = database(), dray()
    return render_template(
        "connections/pass_on.html",
        address=f"{parts.settings.public_url}{url_for('web.new_connection')}",
        side=beside.read(session, parts.registry, parts.clock()),
    )


def _choices() -> list[Connector]:
    """The connectors that the company may use and can set up from these pages: by a file and a password, or by signing
    in to the books."""
    every = [each for each in dray().registry.enabled.values() if isinstance(each, DialsIn) or is_connected_here(each)]
    kept_back = offers.withheld(database(), [each.name for each in every])
    return sorted((each for each in every if each.name not in kept_back), key=lambda each: each.title)
