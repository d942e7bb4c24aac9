"""The two answers that only an administrator gives: this is the right company file, and this older copy is right.

Both can put invoices into wrong books. So each asks for a tick, and holds for what the page showed and nothing else.
"""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dray.connections import binding, due, questions
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.connections import pages as connections
from dray.web.connections import standstill
from dray.web.formats import plural
from dray.web.notices import Notice
from dray_tenants.roles import Right

_CHANGED = "Nothing was changed. Other books have been open since you looked. Look again, then confirm."


@needs(Right.BIND_BOOKS)
def confirm_company_file(public_id: str) -> Response:
    """The same company: moved, renamed, restored, or a new file for a new year. Or a sample company, for testing."""
    if not request.form.get("sure"):
        return _told(public_id, "Nothing was changed. Tick the sentence above the button first.")
    session = database()
    connection = connections.found(public_id)
    other = standstill.other_file(connection, beside.status_of(session, connection))
    if other is None or other.mark != request.form.get("seen", ""):
        return _told(public_id, _CHANGED)
    try:
        binding.confirm_books(
            session,
            connection,
            other.books,
            at=dray().clock(),
            actor=viewer().actor,
            for_testing=other.books.sample and other.ours is None,
        )
    except binding.NotConfirmable as refused:
        session.rollback()
        return _told(public_id, f"Nothing was changed. {refused}")
    session.commit()
    goes = f"Invoices go to {other.books.name} from now on. What waits goes with the next call."
    return _told(public_id, goes, "s-ok")


@needs(Right.BIND_BOOKS)
def confirm_older_copy(public_id: str) -> Response:
    """The open file is the right one although much has vanished from it."""
    if not request.form.get("sure"):
        return _told(public_id, "Nothing was changed. Tick the sentence above the button first.")
    session = database()
    connection = connections.found(public_id)
    # What is asked must not change between here and the answer.
    due.take_turn(session, connection.id)
    session.refresh(connection)
    try:
        if standstill.mark_of_question(connection) != request.form.get("asked", ""):
            raise questions.NothingAsked("The books were looked at again since you looked. Look again, then answer.")
        gone = questions.confirm_older_copy(session, connection, at=dray().clock(), actor=viewer().actor)
    except questions.NothingAsked as refused:
        session.rollback()
        return _told(public_id, f"Nothing was changed. {refused}")
    session.commit()
    noted = f"{plural(gone, 'invoice')} noted as deleted in the books; nothing is sent again by itself."
    return _told(public_id, f"Sending goes on. {noted}", "s-ok")


def _told(public_id: str, sentence: str, tone: str = "s-warn") -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for("web.connection", public_id=public_id), 303)
