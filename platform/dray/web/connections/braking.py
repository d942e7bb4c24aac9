"""The button that stops handing out to one connection at once, and the one that lets it go on."""

from __future__ import annotations

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from dray.connections import brakes, due
from dray.connections.brakes import Reach, Scope
from dray.extensions import dray
from dray.web import held
from dray.web.access import database, needs, viewer
from dray.web.connections import pages as connections
from dray.web.notices import Notice
from dray_tenants.roles import Right


@needs(Right.MANAGE_CONNECTIONS)
def pull_brake(public_id: str) -> Response:
    """Stop handing out to this connection, until somebody of the company takes it back."""
    session, at = database(), dray().clock()
    connection = connections.found(public_id)
    reach = Reach(Scope.CONNECTION, connection.public_id)
    # Two people who press at once wait for each other; and a hand-out that has begun is over before this is said.
    due.take_turn(session, connection.id)
    done = brakes.pull(session, reach, at=at, actor=viewer().actor, reason="by page")
    session.commit()
    said = "Nothing is handed out any more." if done else "It was stopped already."
    flash(Notice(f"{said} What waits keeps waiting; answers that are on their way are still taken.").plain, "s-warn")
    return redirect(url_for("web.connection", public_id=public_id), 303)


@needs(Right.MANAGE_CONNECTIONS)
def release_brake(public_id: str) -> Response:
    """Let it go on. Only what the company's own people stopped."""
    session, at = database(), dray().clock()
    connection = connections.found(public_id)
    now_held = held.on_connection(session, connection, held.version_of(dray().registry, connection))
    if now_held is not None and not now_held.by:
        return _told(public_id, "This was stopped by whoever runs Dray for you. They let it go on; ask your support.")
    if not brakes.release(session, Reach(Scope.CONNECTION, connection.public_id), at=at, actor=viewer().actor):
        session.rollback()
        return _told(public_id, "It was not stopped. Sending goes on as usual.")
    session.commit()
    flash(Notice("Sending goes on. What waits goes with the next call.").plain, "s-ok")
    return redirect(url_for("web.connection", public_id=public_id), 303)


def _told(public_id: str, sentence: str) -> Response:
    flash(Notice(sentence).plain, "s-warn")
    return redirect(url_for("web.connection", public_id=public_id), 303)
