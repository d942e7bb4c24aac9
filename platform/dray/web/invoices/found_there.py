"""The page of invoices that the books have already, exactly as they are here: one press for all of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.billing import found_there
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import plural
from dray.web.invoices import sending
from dray.web.notices import Notice
from dray_tenants.roles import Right


def add_found_there_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/invoices/found-there", "found_there", show_found_there)
    web.add_url_rule("/invoices/found-there", "link_found", link_found, methods=["POST"])


@needs(Right.VIEW)
def show_found_there() -> str:
    """Ours and theirs, side by side; what is ticked is linked."""
    session = database()
    return render_template(
        "invoices/found_there.html",
        found=found_there.found(session),
        at_once=found_there.AT_ONCE,
        side=beside.read(session, dray().registry, dray().clock()),
    )


@needs(Right.PROVE_BY_HAND)
def link_found() -> Response:
    """Say of all that is ticked that it is the one there."""
    chosen = dict(each.split(" ", 1) for each in request.form.getlist("same") if " " in each)
    if not chosen:
        return _say("Nothing was ticked. Tick the invoices that are the same there.", "s-warn")
    session = database()
    # The reading of who this is opened a transaction; linking works in its own.
    session.commit()
    results = found_there.link(session, chosen, judge_for=dray().judge_for, actor=viewer().actor, at=dray().clock())
    done = sum(each.done for each in results)
    left = sending.why(session, [each for each in results if not each.done])
    said = "Nothing was changed."
    if done:
        said = (
            f"{plural(done, 'invoice is', 'invoices are')} said to be there. The next run looks each of them up, and "
            "locks it here once the books confirm it. Nothing is posted."
        )
    return _say(said, "s-ok" if done else "s-warn", left)


def _say(said: str, tone: str, more: list[str] | None = None) -> Response:
    flash(Notice(said, more or ()).plain, tone)
    return redirect(url_for("web.found_there"), 303)
