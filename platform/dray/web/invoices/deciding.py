"""The buttons for an invoice that the books hold, or may hold: it is that one or none, post it anyway, take it back.

None of them is believed blindly; what each of them starts is billing's. Here are the forms.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import deciding, replacing
from dray.billing.given import Missing, NotNow
from dray.billing.models import Invoice
from dray.billing.posting_models import Posting
from dray.billing.send import NotSendable, SendResult
from dray.connections.models import Connection
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped

LONGEST_NUMBER = 60

_SAME = "Dray looks for it there with the next run. It is locked here once the books confirm it; nothing is posted."
_ANYWAY = "It is Pending sync and will be posted, whatever is like it there. Until the next run you can unpend it."
_NONE = "Dray looks there once more with the next run. What is not there goes in line again and is sent once."
_ELSEWHERE = "It is Pending sync. Until the next run you can unpend it."
_BACK = "It becomes a draft as soon as it is proved that the books do not have it."


@needs(Right.PROVE_BY_HAND)
def it_is_that_one(public_id: str) -> Response:
    """The books have it already: under the number that was typed, or as the one of their invoices that was chosen."""
    books_id, number = (request.form.get(name, "").strip()[:LONGEST_NUMBER] for name in ("books_id", "number"))
    if not books_id and not number:
        return _told(public_id, "Give the number that it has in the books.")
    there = {"books_id": books_id} if books_id else {"number": number}
    session = database()
    connection = _connection(session, public_id)
    try:
        result = deciding.it_is_already_there(
            session,
            public_id,
            there,
            connection=connection,
            judge=dray().judge_for(session, connection),
            actor=viewer().actor,
            at=dray().clock(),
        )
    except NotSendable as refused:
        return _told(public_id, str(refused))
    return _answer(public_id, result, _SAME)


@needs(Right.POST_ANYWAY)
def post_it_anyway(public_id: str) -> Response:
    """Post it although the books hold something like it. Asks for a tick, because this can double an invoice there."""
    if not request.form.get("sure"):
        return _told(public_id, "Nothing was posted. Tick that you have looked in the books first.")
    return _sent(deciding.post_anyway, public_id, _connection(database(), public_id), _ANYWAY)


@needs(Right.PROVE_BY_HAND)
def none_of_these(public_id: str) -> Response:
    """A doubt is none of those that the books have."""
    result = deciding.none_of_these(database(), public_id, actor=viewer().actor, at=dray().clock())
    return _answer(public_id, result, _NONE)


@needs(Right.POST_ANYWAY)
def send_it_elsewhere(public_id: str) -> Response:
    """Send what a removed connection left unproved to other books. Asks for a tick: only those who looked know."""
    if not request.form.get("sure"):
        return _told(public_id, "Nothing was sent. Tick that you have looked in those books first.")
    connection = database().scalar(
        select(Connection).where(
            Connection.public_id == request.form.get("connection", ""), Connection.state != "removed"
        )
    )
    if connection is None:
        return _told(public_id, "Nothing was sent. Choose the books that it shall go to.")
    return _sent(deciding.send_elsewhere, public_id, connection, _ELSEWHERE)


@needs(Right.POST_ANYWAY)
def say_additional(public_id: str) -> Response:
    """A copy is charged beside its original. Asks for a tick: it bills that customer twice if that is not so."""
    if not request.form.get("sure"):
        return _told(public_id, "Nothing was changed. Tick that the customer owes both first.")
    session = database()
    try:
        replacing.additional(session, public_id, actor=viewer().actor, at=dray().clock())
    except Missing:
        abort(404)
    except NotNow as refused:
        session.rollback()
        return _told(public_id, str(refused))
    session.commit()
    flash(Notice("It is an additional charge from now on, and can be sent.").plain, "s-ok")
    return redirect(url_for("web.invoice", public_id=public_id), 303)


@needs(Right.UNPEND)
def take_it_back(public_id: str) -> Response:
    """Make a doubt a draft once it is proved that the books do not have it."""
    result = deciding.take_back(database(), public_id, actor=viewer().actor, at=dray().clock())
    return _answer(public_id, result, _BACK)


def _connection(session: Scoped, public_id: str) -> Connection:
    """The connection that the invoice went to last, if it is still there, else the one that it would go to."""
    statement = (
        select(Connection)
        .join(Posting, Posting.connection_id == Connection.id)
        .join(Invoice, Invoice.id == Posting.invoice_id)
        .where(Invoice.public_id == public_id, Connection.state != "removed")
        .order_by(Posting.id.desc())
        .limit(1)
    )
    connection = session.scalar(statement) or beside.default_connection(session)
    if connection is None:
        abort(404)
    return connection


def _sent(decide: Callable[..., SendResult], public_id: str, connection: Connection, done: str) -> Response:
    """Send it to these books by a word of billing's, and say what came of it."""
    session, parts = database(), dray()
    try:
        result = decide(
            session,
            public_id,
            connection=connection,
            judge=parts.judge_for(session, connection),
            actor=viewer().actor,
            at=parts.clock(),
        )
    except NotSendable as refused:
        return _told(public_id, str(refused))
    return _answer(public_id, result, done)


def _answer(public_id: str, result: SendResult, done: str) -> Response:
    if result.state is None:
        abort(404)
    if result.done:
        flash(Notice(done).plain, "s-ok")
        return redirect(url_for("web.invoice", public_id=public_id), 303)
    reasons = [str(problem["detail"]) for problem in result.problems]
    return _told(public_id, "It stayed as it was.", reasons)


def _told(public_id: str, sentence: str, more: list[str] | None = None) -> Response:
    flash(Notice(sentence, more or ()).plain, "s-warn")
    return redirect(url_for("web.invoice", public_id=public_id), 303)
