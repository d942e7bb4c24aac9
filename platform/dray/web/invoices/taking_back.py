"""Pages of what can be taken back: every press of Send, and many invoices marked as not to be sent."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.billing import taking_back
from dray.billing.given import Missing, Unacceptable
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import plural
from dray.web.invoices import listing, sending
from dray.web.invoices.filters import Filter
from dray.web.notices import Notice
from dray.web.words import INVOICE_LOOKS, SENDABLE
from dray_tenants.roles import Right

PAGE = 25


def add_taking_back_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/sendings", "sendings", show_sendings)
    web.add_url_rule("/invoices/not-sent", "mark_picked", mark_picked, methods=["POST"])
    web.add_url_rule("/markings/<public_id>/undo", "undo_marking", undo_marking, methods=["POST"])


@needs(Right.VIEW)
def show_sendings() -> str:
    """Every press of Send: who, when, how many, how they stand, and what can still be taken back."""
    session = database()
    found = taking_back.sendings(session, before=request.args.get("after", ""), limit=PAGE + 1)
    return render_template(
        "invoices/sendings.html",
        sendings=found[:PAGE],
        older=found[PAGE - 1].public_id if len(found) > PAGE else None,
        later=bool(request.args.get("after")),
        looks=INVOICE_LOOKS,
        side=beside.read(session, dray().registry, dray().clock()),
    )


@needs(Right.MARK_NOT_SENT)
def mark_picked() -> Response:
    """Mark what is ticked, or all that matches, as not to be sent, with one reason."""
    session = database()
    wanted = Filter.read(request.form)
    if request.form.get("everything"):
        ids = list(listing.matching_ids(session, wanted, SENDABLE))
    else:
        ids = list(sending.read_picks(request.form.getlist("pick")))
    back = redirect(url_for("web.invoices", **wanted.query), 303)
    if not ids:
        flash(Notice("Nothing was ticked. Tick one or more invoices first.").plain, "s-warn")
        return back
    # The reading above opened a transaction; marking works in several of its own.
    session.commit()
    try:
        marking, results = taking_back.mark(
            session, ids, request.form.get("reason", ""), at=dray().clock(), actor=viewer().actor
        )
    except Unacceptable as refused:
        session.rollback()
        flash(Notice("Nothing was marked.", [each.detail for each in refused.complaints]).plain, "s-warn")
        return back
    done, left = [each for each in results if each.done], [each for each in results if not each.done]
    said = f"{plural(len(done), 'invoice is', 'invoices are')} marked as not to be sent." if done else ""
    undo = url_for("web.undo_marking", public_id=marking) if marking else ""
    notice = Notice(said or "Nothing was marked.", sending.why(session, left), undo_at=undo)
    flash(notice.plain, "s-ok" if done else "s-warn")
    return back


@needs(Right.MARK_NOT_SENT)
def undo_marking(public_id: str) -> Response:
    """Take one marking back."""
    session = database()
    try:
        results = taking_back.unmark(session, public_id, at=dray().clock(), actor=viewer().actor)
    except Missing:
        abort(404)
    done = sum(each.done for each in results)
    flash(Notice(f"{plural(done, 'invoice is a draft', 'invoices are drafts')} again.").plain, "s-ok")
    return redirect(url_for("web.invoices", state="draft"), 303)
