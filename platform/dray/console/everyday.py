"""What staff do with a connection later: passwords, pausing, another name, another computer, the end."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

from flask import flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from dray.connections import lifecycle, opening, removal
from dray.console import installs
from dray.console.access import Opened, for_staff, opened, staff
from dray.extensions import dray
from dray.onboarding import care, provisioning, setups
from dray.web.access import database
from dray.web.notices import Notice
from dray_tenants import audit
from dray_tenants.roles import Right

__all__ = [
    "look_after",
    "move_to_new_computer",
    "pause",
    "rename",
    "resume",
    "retire",
    "revoke_older",
    "rotate",
    "watch",
]

WATCHED_FOR = dt.timedelta(hours=1)


@for_staff(Right.VIEW)
def watch(public_id: str) -> Response:
    """Note every call of the connection for an hour."""

    def do(what: Opened, at: dt.datetime) -> str:
        session, connection = database(), what.connection
        setups.watch(session, connection, at=at, until=at + WATCHED_FOR, actor=staff().actor)
        details = {"name": connection.name}
        audit.record(
            session, actor=staff().actor, action="staff.watches", subject=connection.public_id, now=at, details=details
        )
        return "Every call is noted for an hour."

    answer = _do(public_id, do)
    dray().observer.watches.look_again()
    return answer


@for_staff(Right.MANAGE_CONNECTIONS)
def rotate(public_id: str) -> Response:
    """A new password, shown in this answer alone. The one before works until it has been used."""
    session, parts = database(), dray()
    with opened(public_id) as what:
        password = parts.passwords.mint(session, what.connection, at=parts.clock(), actor=staff().actor)
        if request.form.get("now"):
            lifecycle.end_older_passwords(session, what.connection, at=parts.clock(), actor=staff().actor)
        session.commit()
    with opened(public_id) as what:
        response = make_response(installs.page(what, password=password))
    response.headers["Cache-Control"] = "no-store"
    return response


@for_staff(Right.MANAGE_CONNECTIONS)
def revoke_older(public_id: str) -> Response:
    """Only the newest password opens from now on."""

    def do(what: Opened, at: dt.datetime) -> str:
        done = lifecycle.end_older_passwords(database(), what.connection, at=at, actor=staff().actor)
        return "Only the newest password works now." if done else "There was no older password any more."

    return _do(public_id, do)


@for_staff(Right.MANAGE_CONNECTIONS)
def pause(public_id: str) -> Response:
    """Settle and read, send nothing."""

    def do(what: Opened, at: dt.datetime) -> str:
        done = lifecycle.pause(database(), what.connection, at=at, actor=staff().actor)
        return "Sending is paused. What waits keeps waiting." if done else "It was paused already."

    return _do(public_id, do)


@for_staff(Right.MANAGE_CONNECTIONS)
def resume(public_id: str) -> Response:
    """Send again."""

    def do(what: Opened, at: dt.datetime) -> str:
        done = lifecycle.resume(database(), what.connection, at=at, actor=staff().actor)
        return "Sending goes on." if done else "It was not paused."

    return _do(public_id, do)


@for_staff(Right.MANAGE_CONNECTIONS)
def rename(public_id: str) -> Response:
    """Call the connection something else."""

    def do(what: Opened, at: dt.datetime) -> str:
        name = request.form.get("name", "")
        done = lifecycle.rename(database(), what.connection, name, at=at, actor=staff().actor)
        return f"It is called {what.connection.name} now." if done else "It has that name already."

    return _do(public_id, do)


@for_staff(Right.MANAGE_CONNECTIONS)
def move_to_new_computer(public_id: str) -> Response | tuple[str, int]:
    """A new identity and a new link: for another computer, for a copied file, and for QBWC1039. The old computer goes
    on until the new one has called."""
    session, parts = database(), dray()
    if away := installs.unreached():
        with opened(public_id) as what:
            return installs.page(what, away=away, again="console.move"), 409
    with opened(public_id) as what:
        at, actor = parts.clock(), staff().actor
        try:
            lifecycle.new_identity(session, what.connection, at=at, actor=actor, randomness=secrets.token_bytes)
        except (lifecycle.NotNow, LookupError) as refused:
            session.rollback()
            return _back(public_id, str(refused), "s-warn")
        begun = setups.renew_link(session, what.connection, at=at, actor=actor)
        provisioning.mail_link(session, parts, what.tenant, begun)
        address = provisioning.link_address(parts, begun)
        session.commit()
    parts.observer.watches.look_again()
    with opened(public_id) as what:
        response = make_response(installs.page(what, link=address))
    response.headers["Cache-Control"] = "no-store"
    return response


@for_staff(Right.VIEW)
def look_after(public_id: str) -> Response:
    """Who looks after it, until when it may wait, and a note."""

    def do(what: Opened, at: dt.datetime) -> str:
        kept = care.care_of(database(), what.connection)
        mine, text = bool(request.form.get("mine")), request.form.get("days", "0")
        days = int(text) if text.isdecimal() and len(text) < 4 else 0
        others = kept.assigned_to if kept is not None and kept.assigned_to != staff().email else None
        care.keep(
            database(),
            what.connection,
            assigned_to=staff().email if mine else others,
            snoozed_until=at + dt.timedelta(days=days) if days else None,
            note=request.form.get("note", ""),
            at=at,
            actor=staff().actor,
        )
        return "Kept."

    return _do(public_id, do)


@for_staff(Right.REMOVE_CONNECTION)
def retire(public_id: str) -> Response:
    """Remove the connection, once its name was typed. Whoever still calls hears so, at the cost of a poll."""
    session = database()
    with opened(public_id) as what:
        name = what.connection.name
        if " ".join(request.form.get("name", "").split()) != name:
            return _back(public_id, f"Nothing was removed. Type the name as it is written: {name}", "s-warn")
        try:
            removed = removal.remove_connection(session, what.connection, at=dray().clock(), actor=staff().actor)
        except removal.StillOnTheirWay as refused:
            return _back(public_id, f"Nothing was removed. {refused}", "s-warn")
    flash(Notice(f"{name} is removed. {removed.drafts} invoices that waited are drafts again.").plain, "s-ok")
    return redirect(url_for("console.home"), 303)


def _do(public_id: str, act: Callable[[Opened, dt.datetime], str]) -> Response:
    session = database()
    with opened(public_id) as what:
        try:
            said = act(what, dray().clock())
        except (lifecycle.NotNow, opening.NameTaken, ValueError, LookupError) as refused:
            session.rollback()
            return _back(public_id, str(refused), "s-warn")
        session.commit()
    return _back(public_id, said, "s-ok")


def _back(public_id: str, sentence: str, tone: str) -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for("console.install", public_id=public_id), 303)
