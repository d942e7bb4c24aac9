"""Connecting books that we call: off to the other side, back again, and a look at the company before anything is made.

The other side's answer comes to `callback`, which shows nothing itself: a page with a code in its address would be kept
by the browser's history.
"""

from __future__ import annotations

import secrets
from typing import Final

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.connections import opening
from dray.connections.oauth import answering, confirming, leaving, revoking, taking
from dray.connections.oauth.answering import NotConnected
from dray.connections.oauth.application import is_connected_here
from dray.connections.oauth.models import Grant
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, find_viewer, needs, viewer
from dray.web.connections import pages as connections
from dray.web.connections import standstill
from dray.web.connections.leaving_for_books import leave_for, who
from dray.web.notices import Notice
from dray_sdk import Connector
from dray_tenants.roles import Right

__all__ = ["add_consent_routes", "register"]

SIGNED_OUT: Final = "You were signed out meanwhile. Sign in, and connect the books again. Nothing was connected."


def register(app: Flask) -> None:
    """The address that the other side sends browsers to, the same for all companies."""
    oauth = Blueprint("oauth", __name__)
    oauth.add_url_rule("/oauth/<connector>/callback", "callback", callback)
    app.register_blueprint(oauth)


def add_consent_routes(web: Blueprint) -> None:
    """The pages around it."""
    post = ["POST"]
    web.add_url_rule("/connections/company/<public_id>", "books_company", show_books_company)
    web.add_url_rule("/connections/company/<public_id>", "confirm_books_company", confirm_books_company, methods=post)
    web.add_url_rule(
        "/connections/company/<public_id>/decline", "decline_books_company", decline_books_company, methods=post
    )
    web.add_url_rule("/connections/<public_id>/reconnect", "reconnect", reconnect, methods=post)
    web.add_url_rule("/connections/<public_id>/disconnect", "disconnection", show_disconnection)
    web.add_url_rule("/connections/<public_id>/disconnect", "disconnect", disconnect, methods=post)


def callback(connector: str) -> Response:
    """What the other side says, brought by the browser of whoever set out. Leads on to a page in any case."""
    found, speaks = find_viewer(), dray().registry.get(connector)
    if speaks is None or not is_connected_here(speaks):
        abort(404)
    if found is None:
        flash(Notice(SIGNED_OUT).plain, "s-warn")
        return redirect(url_for("web.login", next=url_for("web.connections")), 302)
    if not found.can(Right.BIND_BOOKS):
        abort(403)
    database().rollback()
    try:
        answered = answering.take_answer(dray(), speaks, request.args.to_dict(), who(found))
    except NotConnected as refused:
        return _not_connected(refused)
    if answered.connection:
        flash(Notice(f"{speaks.title} is signed in again. What waited goes on.").plain, "s-ok")
        return redirect(url_for("web.connection", public_id=answered.connection), 302)
    return redirect(url_for("web.books_company", public_id=answered.grant), 302)


@needs(Right.BIND_BOOKS)
def show_books_company(public_id: str) -> str:
    """The company that was read, to be looked at before invoices go there."""
    return _company(_pending(public_id))


@needs(Right.BIND_BOOKS)
def confirm_books_company(public_id: str) -> Response | tuple[str, int]:
    """It is the right one: the connection exists from here on."""
    scoped, parts = database(), dray()
    grant = _pending(public_id, lock=True)
    name = request.form.get("name", "")
    try:
        connection = confirming.confirm(
            scoped,
            grant,
            _connector(grant.connector),
            name,
            at=parts.clock(),
            actor=viewer().actor,
            randomness=secrets.token_bytes,
        )
    except (ValueError, opening.NameTaken, taking.BooksTaken) as refused:
        scoped.rollback()
        return _company(_pending(public_id), name=name, problem=str(refused)), 422
    made, company = connection.public_id, confirming.books_of(grant).name
    scoped.commit()
    flash(Notice(f"Connected to {company}. Invoices that you send go there within seconds.").plain, "s-ok")
    return redirect(url_for("web.connection", public_id=made), 303)


@needs(Right.BIND_BOOKS)
def decline_books_company(public_id: str) -> Response:
    """It is not the right one."""
    scoped, parts = database(), dray()
    grant = _pending(public_id, lock=True)
    key, company = grant.id, confirming.books_of(grant).name
    confirming.decline(scoped, grant, at=parts.clock())
    scoped.commit()
    revoking.revoke_now(parts, viewer().tenant.id, key)
    flash(Notice(f"{company} was not connected, and its permission is given back.").plain, "s-ok")
    return redirect(url_for("web.new_connection"), 303)


@needs(Right.BIND_BOOKS)
def reconnect(public_id: str) -> Response | str:
    """Sign in again, to the same company."""
    connection = connections.found(public_id)
    connector = _connector(connection.connector)
    if not is_connected_here(connector):
        abort(404)
    try:
        return leave_for(connector, again=public_id)
    except NotConnected as refused:
        return _not_connected(refused)


@needs(Right.REMOVE_CONNECTION)
def show_disconnection(public_id: str) -> Response | str:
    """What it comes to, and the button. A connection that nobody signs in for has its own page only."""
    scoped, parts = database(), dray()
    connection = connections.found(public_id)
    connector = _connector(connection.connector)
    if not is_connected_here(connector):
        return redirect(url_for("web.connection", public_id=public_id), 303)
    return render_template(
        "connections/disconnect.html",
        name=connection.name,
        public_id=public_id,
        title=connector.title,
        waiting=standstill.waiting(scoped, connection),
        left=standstill.on_their_way(scoped, connection)[0],
        side=beside.read(scoped, parts.registry, parts.clock()),
    )


@needs(Right.REMOVE_CONNECTION)
def disconnect(public_id: str) -> Response:
    """Give the permission back; everything here stays."""
    scoped, parts = database(), dray()
    connection = connections.found(public_id)
    connector = _connector(connection.connector)
    if not is_connected_here(connector):
        abort(404)
    key = leaving.disconnect(scoped, connection, connector.title, at=parts.clock(), actor=viewer().actor)
    name = connection.name
    scoped.commit()
    if key is None:
        flash(Notice(f"{name} was not signed in any more.").plain, "s-warn")
    else:
        told = revoking.revoke_now(parts, viewer().tenant.id, key)
        after = "" if told else f" {connector.title} could not be told yet; that is tried again."
        flash(Notice(f"{name} is disconnected. Everything here stays.{after}").plain, "s-ok" if told else "s-warn")
    return redirect(url_for("web.connection", public_id=public_id), 303)


def _company(grant: Grant, *, name: str | None = None, problem: str = "") -> str:
    scoped, parts = database(), dray()
    connector, books = _connector(grant.connector), confirming.books_of(grant)
    return render_template(
        "connections/company.html",
        public_id=grant.public_id,
        title=connector.title,
        books=books,
        name=name if name is not None else grant.name or books.name[: opening.LONGEST_NAME].strip(),
        limit=opening.LONGEST_NAME,
        problem=problem,
        taken=taking.holder(scoped, grant.connector, books.id or "", books.name),
        side=beside.read(scoped, parts.registry, parts.clock()),
    )


def _pending(public_id: str, *, lock: bool = False) -> Grant:
    """404 for one that is over, and for anybody else's."""
    grant = confirming.pending(database(), public_id, viewer().actor, at=dray().clock(), lock=lock)
    if grant is None:
        abort(404)
    return grant


def _connector(name: str) -> Connector:
    connector = dray().registry.get(name)
    if connector is None:
        abort(404)
    return connector


def _not_connected(refused: NotConnected) -> Response:
    flash(Notice(str(refused)).plain, "s-warn")
    if refused.connection:
        return redirect(url_for("web.connection", public_id=refused.connection), 302)
    return redirect(url_for("web.connections"), 302)
