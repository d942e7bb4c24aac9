"""What the buttons of the invoices' pages do: review, send, unpend, undo. The rules are billing's; here is the form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import not_sent
from dray.billing.given import Unacceptable
from dray.billing.models import Invoice, Posting, Sending
from dray.billing.price_check import check_prices
from dray.billing.routing import ALREADY_THERE
from dray.billing.send import NotSendable, SendResult, send
from dray.billing.states import InvoiceState, PostingState
from dray.billing.unpend import unpend
from dray.connections.binding import bound_books
from dray.connections.models import Connection
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.connections.routing import grouped
from dray.web.formats import clock, plural
from dray.web.invoices import listing, previewing, taxes
from dray.web.invoices.filters import Filter
from dray.web.notices import Notice
from dray.web.words import SENDABLE
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped

SHOWN: Final = 50
"""How many invoices the review page shows in full."""
_NAMED: Final = 100
_PICK: Final = re.compile(r"(\w{1,40})\.(\d{1,9})", re.ASCII)


@needs(Right.SEND)
def start_review() -> Response:
    """From the tick boxes to the review, which is an address of its own."""
    if request.form.get("everything"):
        return redirect(url_for("web.review", everything=1, **Filter.read(request.form).query), 303)
    picks = request.form.getlist("pick")
    return redirect(url_for("web.review", pick=picks), 303) if picks else _nothing_ticked()


@needs(Right.UNPEND)
def unpend_picked() -> Response:
    """Take back what is ticked, or all that matches, as far as it has not left."""
    if request.form.get("everything"):
        wanted = listing.matching_ids(database(), Filter.read(request.form), [InvoiceState.PENDING_SYNC])
        return _unpend(list(wanted))
    picks = request.form.getlist("pick")
    return _unpend(list(read_picks(picks))) if picks else _nothing_ticked()


@needs(Right.SEND)
def review() -> str:
    """What sending these would do. Sends nothing; can be reloaded and linked. What rules propose for several sets of
    books is reviewed for each of them by itself."""
    session, picked = database(), _picked()
    connections = _connections(session)
    default = beside.default_connection(session)
    groups = grouped(session, picked, default)
    if only := request.args.get("only", ""):
        picked = {public_id: picked[public_id] for public_id in groups.get(only, ())}
    chosen = request.args.get("connection", "")
    if not chosen and not only and len(groups) > 1:
        return _targets(connections, groups)
    proposed = next(iter(groups)) if len(groups) == 1 else only
    connection = _connection(connections, chosen) or _connection(connections, proposed) or default
    side = beside.read(session, dray().registry, dray().clock())
    connector = dray().registry.get(connection.connector) if connection is not None else None
    preview = previewing.preview(
        session,
        picked,
        connection=connection,
        judge=dray().judge_for(session, connection) if connection is not None else lambda document: (),
        capabilities=connector.capabilities if connector is not None else None,
    )
    run = side.run
    if connection is not None:
        run = beside.state_of(session, dray().registry, connection, dray().clock()).run
    return render_template(
        "invoices/review.html",
        preview=preview,
        totals=previewing.sums(row.document.total for row in preview.rows),
        prices=check_prices(session, {row.public_id: row.document for row in preview.going}),
        numbers={row.public_id: row.document for row in preview.going},
        connection=connection,
        connections=connections,
        books=bound_books(connection) if connection is not None else None,
        again=[(name, value) for name, value in request.args.items(multi=True) if name != "connection"],
        shown=SHOWN,
        taxes=taxes.taxes_there(session, connection, [each for row in preview.rows for each in row.problems]),
        here=request.full_path,
        side=side,
        run=run,
    )


def _targets(connections: Sequence[Connection], groups: Mapping[str, Sequence[str]]) -> str:
    """Which sets of books these go to, and a review for each."""
    arguments: dict[str, Any] = dict(request.args.to_dict(flat=False))
    shown = [
        (connection, len(groups[connection.public_id]), url_for("web.review", **arguments, only=connection.public_id))
        for connection in connections
        if connection.public_id in groups
    ]
    side = beside.read(database(), dray().registry, dray().clock())
    return render_template("invoices/targets.html", groups=shown, side=side)


@needs(Right.SEND)
def send_reviewed() -> Response:
    """Send what was reviewed, in the versions that were looked at; say what did not go and why."""
    session, now = database(), dray().clock()
    connection = _connection(_connections(session), request.form.get("connection", ""))
    if connection is None:
        abort(404)
    wanted = read_picks(request.form.get("seen", "").split())
    if not wanted or len(wanted) > listing.AT_MOST:
        flash(Notice("Nothing was sent. Choose the invoices again.").plain, "s-warn")
        return redirect(url_for("web.invoices"), 303)
    judge, actor = dray().judge_for(session, connection), viewer().actor
    try:
        results = send(session, wanted, connection=connection, judge=judge, actor=actor, at=now)
    except NotSendable as refused:
        flash(Notice(f"Nothing was sent. {refused}").plain, "s-bad")
        return redirect(url_for("web.invoices"), 303)
    _say_what_went(session, results, connection)
    return redirect(url_for("web.invoices", state=InvoiceState.PENDING_SYNC.value), 303)


@needs(Right.UNPEND)
def undo_sending(public_id: str) -> Response:
    """Take back everything of one press of Send that has not left yet."""
    session = database()
    sending = session.scalar(select(Sending).where(Sending.public_id == public_id))
    if sending is None:
        abort(404)
    ids = session.scalars(
        select(Invoice.public_id)
        .join(Posting, Posting.invoice_id == Invoice.id)
        .where(Posting.sending_id == sending.id, Posting.state != PostingState.WITHDRAWN)
        .order_by(Posting.id)
    )
    return _unpend(list(ids))


@needs(Right.MARK_NOT_SENT)
def mark_not_sent(public_id: str) -> Response:
    """Say that this one is never to be sent, and why; or, with `undo`, that it is after all."""
    session, now, actor = database(), dray().clock(), viewer().actor
    try:
        if request.form.get("undo") and _is_there_already(session, public_id) and not request.form.get("sure"):
            flash(
                Notice("Nothing was changed. Look into the books first, and tick that it is not there.").plain, "s-warn"
            )
            return redirect(url_for("web.invoice", public_id=public_id), 303)
        if request.form.get("undo"):
            (result,) = not_sent.unmark(session, [public_id], at=now, actor=actor)
        else:
            (result,) = not_sent.mark(session, [public_id], request.form.get("reason", ""), at=now, actor=actor)
    except Unacceptable as refused:
        session.rollback()
        flash(Notice("It was not marked.", [each.detail for each in refused.complaints]).plain, "s-warn")
        return redirect(url_for("web.invoice", public_id=public_id), 303)
    if result.state is None:
        abort(404)
    session.commit()
    if not result.done:
        flash(Notice(_reason(result)).plain, "s-warn")
    return redirect(url_for("web.invoice", public_id=public_id), 303)


def _is_there_already(session: Scoped, public_id: str) -> bool:
    """Whether it arrived as older than its connection: sending it may double what the books hold."""
    reason = session.scalar(select(Invoice.not_sent).where(Invoice.public_id == public_id))
    return (reason or "").startswith(ALREADY_THERE)


def read_picks(picks: Sequence[str]) -> dict[str, int | None]:
    """Public id → version, of what tick boxes and the review form send. What has another form is left out."""
    found = (_PICK.fullmatch(pick) for pick in picks)
    return {match[1]: int(match[2]) for match in found if match is not None}


def _picked() -> Mapping[str, int | None]:
    if request.args.get("everything"):
        return {**listing.matching_ids(database(), Filter.read(request.args), SENDABLE)}
    return read_picks(request.args.getlist("pick"))


def _connections(session: Scoped) -> Sequence[Connection]:
    return session.scalars(select(Connection).where(Connection.state != "removed").order_by(Connection.id)).all()


def _connection(connections: Sequence[Connection], public_id: str) -> Connection | None:
    return next((each for each in connections if each.public_id == public_id), None)


def _nothing_ticked() -> Response:
    flash(Notice("Nothing was ticked. Tick one or more invoices first.").plain, "s-warn")
    return _back()


def _unpend(public_ids: Sequence[str]) -> Response:
    session = database()
    # The read above opened a transaction; unpend works in several of its own.
    session.commit()
    results = unpend(session, public_ids, actor=viewer().actor, at=dray().clock())
    done, late = [each for each in results if each.done], [each for each in results if not each.done]
    if done:
        said = f"{plural(len(done), 'invoice is', 'invoices are')} back in Draft. Nothing of them had left."
    else:
        said = "Nothing was unpended."
    flash(Notice(said, why(session, late)).plain, "s-ok" if done else "s-warn")
    return _back()


def _say_what_went(session: Scoped, results: Sequence[SendResult], connection: Connection) -> None:
    done, left = [each for each in results if each.done], [each for each in results if not each.done]
    now = dray().clock()
    run = beside.state_of(session, dray().registry, connection, now).run
    if done:
        from_when = f" The next run is about {clock(run.at, viewer().zone, now)}." if run.at else ""
        said = f"{plural(len(done), 'invoice is', 'invoices are')} Pending sync for {connection.name}.{from_when}"
    else:
        said = "Nothing was sent."
    if done and left:
        said += f" {plural(len(left), 'invoice was', 'invoices were')} left out:"
    undo = sending_of(session, done[0].id) if done else ""
    flash(Notice(said, why(session, left), undo).plain, "s-ok" if done else "s-warn")


def sending_of(session: Scoped, public_id: str) -> str:
    """The press of Send that put this invoice in line."""
    statement = (
        select(Sending.public_id)
        .join(Posting, Posting.sending_id == Sending.id)
        .join(Invoice, Invoice.id == Posting.invoice_id)
        .where(Invoice.public_id == public_id)
        .order_by(Posting.id.desc())
        .limit(1)
    )
    return session.scalar(statement) or ""


def why(session: Scoped, left: Sequence[SendResult]) -> list[str]:
    """One line for each that did not do what was asked, by number and reason."""
    rows = session.execute(
        select(Invoice.public_id, Invoice.number).where(Invoice.public_id.in_([each.id for each in left[:_NAMED]]))
    )
    numbers = dict(rows.all())
    return [f"{numbers.get(each.id, 'An invoice')}: {_reason(each)}" for each in left]


def _reason(result: SendResult) -> str:
    stops = [problem for problem in result.problems if problem.get("severity") != "warns"]
    return str(stops[0]["detail"]) if stops else "It stayed as it was."


def _back() -> Response:
    """To the page that the button was on: one invoice's, or the list as it was narrowed."""
    one = request.form.get("back", "")
    if one:
        return redirect(url_for("web.invoice", public_id=one), 303)
    return redirect(url_for("web.invoices", **Filter.read(request.form).query), 303)
