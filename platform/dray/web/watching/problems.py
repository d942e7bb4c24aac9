"""The problem inbox: all that needs a person, by cause; one press puts right, sends or sets aside all of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import taking_back
from dray.billing.amounts import USE_AMOUNT, USE_PRODUCT
from dray.billing.given import Missing, Unacceptable
from dray.billing.models import Invoice
from dray.billing.send import NotSendable, send
from dray.billing.states import EDITABLE
from dray.connections.models import Connection
from dray.extensions import dray
from dray.inbox import dismissing, putting_right, reading
from dray.inbox.causes import Kind
from dray.inbox.putting_right import Done
from dray.inbox.reading import Group, Trouble
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import plural
from dray.web.invoices import sending
from dray.web.notices import Notice
from dray.web.words import INVOICE_LOOKS
from dray_tenants.roles import Right

FIRST: Final = 5
"""How many invoices of each group the inbox shows."""
GROUPS: Final = 30
OF_ONE: Final = 100
"""How many are shown when one group is opened."""


def add_problem_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/problems", "problems", show_problems)
    web.add_url_rule("/problems/send", "send_problems_again", send_problems_again, methods=["POST"])
    web.add_url_rule("/problems/amounts", "settle_amounts", settle_amounts, methods=["POST"])
    web.add_url_rule("/problems/disagreements", "settle_disagreements", settle_disagreements, methods=["POST"])
    web.add_url_rule("/problems/applied/<public_id>/undo", "undo_fixes", undo_fixes, methods=["POST"])
    web.add_url_rule("/problems/not-sent", "mark_problems", mark_problems, methods=["POST"])
    web.add_url_rule("/problems/aside", "set_aside", set_aside, methods=["POST"])
    web.add_url_rule("/problems/aside/<public_id>/undo", "show_again", show_again, methods=["POST"])
    differences = "/problems/differences"
    web.add_url_rule(f"{differences}/aside", "acknowledge", acknowledge, methods=["POST"])
    web.add_url_rule(f"{differences}/<public_id>/undo", "unacknowledge", unacknowledge, methods=["POST"])


@needs(Right.VIEW)
def show_problems() -> str:
    """Every group with its newest invoices; with `cause`, that group alone and more of them."""
    session, now = database(), dray().clock()
    found = reading.read(session, now=now)
    wanted = request.args.get("cause", "")
    chosen = [group for group in found.groups if group.cause.key == wanted]
    groups = reading.with_invoices(session, chosen or found.groups[:GROUPS], OF_ONE if chosen else FIRST)
    return render_template(
        "problems/list.html",
        inbox=found,
        groups=groups,
        chosen=bool(chosen),
        gone=bool(wanted) and not chosen,
        kinds=Kind,
        looks=INVOICE_LOOKS,
        use_amount=USE_AMOUNT,
        use_product=USE_PRODUCT,
        at_once=putting_right.AT_ONCE,
        side=beside.read(session, dray().registry, now),
    )


@needs(Right.SEND)
def send_problems_again() -> Response:
    """Send what was refused once more, each to where it went before, or the one that `pick` names."""
    session, now = database(), dray().clock()
    group = _group()
    rows = session.execute(
        select(Invoice.public_id, Invoice.version, Invoice.connection_id).where(
            Invoice.id.in_([trouble.invoice_id for trouble in group.troubles]), Invoice.state.in_(EDITABLE)
        )
    ).all()
    default = beside.default_connection(session)
    connections = {row.id: row for row in session.scalars(select(Connection).where(Connection.state != "removed"))}
    session.commit()
    done, left, undo = 0, [], ""
    for connection_id in sorted({row.connection_id or 0 for row in rows}):
        connection = connections.get(connection_id) or default
        if connection is None:
            return _say("Nothing was sent: no books are connected.", "s-warn")
        wanted = {row.public_id: row.version for row in rows if (row.connection_id or 0) == connection_id}
        judge = dray().judge_for(session, connection)
        try:
            results = send(session, wanted, connection=connection, judge=judge, actor=viewer().actor, at=now)
        except NotSendable as refused:
            return _say(f"Nothing was sent. {refused}", "s-bad")
        went = [each for each in results if each.done]
        done += len(went)
        left += [each for each in results if not each.done]
        undo = undo or (sending.sending_of(session, went[0].id) if went else "")
    said = f"{plural(done, 'invoice is', 'invoices are')} Pending sync again." if done else "Nothing was sent."
    if left:
        said += f" {plural(len(left), 'invoice was', 'invoices were')} left out:"
    flash(Notice(said, sending.why(session, left), undo).plain, "s-ok" if done else "s-warn")
    return _back()


@needs(Right.WRITE_INVOICES)
def settle_amounts() -> Response:
    """Settle lines whose amount is not quantity × price, all in the same way."""
    choice = request.form.get("choice", "")
    if choice not in (USE_AMOUNT, USE_PRODUCT):
        abort(400)
    troubles = _group().troubles
    database().commit()
    return _told(putting_right.choose_amounts(database(), troubles, choice, at=dray().clock(), actor=viewer().actor))


@needs(Right.WRITE_INVOICES)
def settle_disagreements() -> Response:
    """Keep ours or take billing's, in all of them."""
    whose = request.form.get("whose", "")
    if whose not in (putting_right.MINE, putting_right.THEIRS):
        abort(400)
    troubles = _group().troubles
    database().commit()
    return _told(putting_right.decide(database(), troubles, whose, at=dray().clock(), actor=viewer().actor))


@needs(Right.WRITE_INVOICES)
def undo_fixes(public_id: str) -> Response:
    """Make the invoices of one press what they were before it."""
    try:
        done = putting_right.undo(database(), public_id, at=dray().clock(), actor=viewer().actor)
    except Missing:
        abort(404)
    said = f"{plural(done.right, 'invoice is', 'invoices are')} as before." if done.right else "Nothing was changed."
    return _say(said, "s-ok" if done.right else "s-warn", [f"{number}: {why}" for number, why in done.left])


@needs(Right.MARK_NOT_SENT)
def mark_problems() -> Response:
    """Mark them as not to be sent, with one reason."""
    session, group = database(), _group()
    ids = session.scalars(
        select(Invoice.public_id).where(Invoice.id.in_([trouble.invoice_id for trouble in group.troubles]))
    ).all()
    session.commit()
    try:
        marking, results = taking_back.mark(
            session, ids, request.form.get("reason", ""), at=dray().clock(), actor=viewer().actor
        )
    except Unacceptable as refused:
        session.rollback()
        return _say("Nothing was marked.", "s-warn", [each.detail for each in refused.complaints])
    done = sum(each.done for each in results)
    undo = url_for("web.undo_marking", public_id=marking) if marking else ""
    said = f"{plural(done, 'invoice is', 'invoices are')} marked as not to be sent." if done else "Nothing was marked."
    left = sending.why(session, [each for each in results if not each.done])
    flash(Notice(said, left, undo_at=undo).plain, "s-ok" if done else "s-warn")
    return _back()


@needs(Right.WRITE_INVOICES)
def set_aside() -> Response:
    """Set problems aside with a reason; nothing about the invoices changes."""
    return _aside(_group(), "web.show_again", differences=False)


@needs(Right.DECIDE_DIFFERENCES)
def acknowledge() -> Response:
    """Set aside what the books did, with a reason."""
    return _aside(_group(), "web.unacknowledge", differences=True)


@needs(Right.WRITE_INVOICES)
def show_again(public_id: str) -> Response:
    """Undo one setting aside."""
    return _show_again(public_id, differences=False)


@needs(Right.DECIDE_DIFFERENCES)
def unacknowledge(public_id: str) -> Response:
    """Undo one acknowledgement."""
    return _show_again(public_id, differences=True)


def _aside(group: Group, undo: str, *, differences: bool) -> Response:
    """Each door sets aside its own kinds: who writes invoices does not decide about the books, nor the reverse."""
    if (group.cause.kind in (Kind.DIFFERS, Kind.FIGURES)) is not differences:
        abort(403)
    session = database()
    try:
        press = dismissing.dismiss(
            session, group.troubles, request.form.get("reason", ""), at=dray().clock(), actor=viewer().actor
        )
    except Unacceptable as refused:
        session.rollback()
        return _say("Nothing was set aside.", "s-warn", [each.detail for each in refused.complaints])
    session.commit()
    said = f"{plural(group.count, 'problem is', 'problems are')} set aside. The invoices are as they were."
    flash(Notice(said, undo_at=url_for(undo, public_id=press)).plain, "s-ok")
    return _back()


def _show_again(press: str, *, differences: bool) -> Response:
    session = database()
    try:
        count = dismissing.take_back(session, press, differences=differences, at=dray().clock(), actor=viewer().actor)
    except Missing:
        abort(404)
    session.commit()
    return _say(f"{plural(count, 'problem is', 'problems are')} in the list again.", "s-ok")


def _group() -> Group:
    """The group that a form names, as it is now; with `pick`, only that invoice of it."""
    session = database()
    found = reading.read(session, now=dray().clock())
    group = next((each for each in found.groups if each.cause.key == request.form.get("cause", "")), None)
    if group is None:
        return abort(_gone())
    picks = sending.read_picks(request.form.getlist("pick"))
    if not picks:
        return group
    ids = set(session.scalars(select(Invoice.id).where(Invoice.public_id.in_(picks))))
    troubles: Sequence[Trouble] = [trouble for trouble in group.troubles if trouble.invoice_id in ids]
    return replace(group, troubles=troubles) if troubles else abort(_gone())


def _gone() -> Response:
    return _say("That is put right already. Nothing was changed.", "s-ok")


def _told(done: Done) -> Response:
    said = f"{plural(done.right, 'invoice is', 'invoices are')} put right." if done.right else "Nothing was changed."
    if done.later:
        said += f" {plural(done.later, 'more waits', 'more wait')} for another press."
    more = [f"{number}: {why}" for number, why in done.left]
    undo = url_for("web.undo_fixes", public_id=done.press) if done.press else ""
    flash(Notice(said, more, undo_at=undo).plain, "s-ok" if done.right else "s-warn")
    return _back()


def _say(said: str, tone: str, more: Sequence[str] = ()) -> Response:
    flash(Notice(said, more).plain, tone)
    return _back()


def _back() -> Response:
    return redirect(url_for("web.problems"), 303)
