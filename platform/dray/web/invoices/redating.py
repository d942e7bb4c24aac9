"""The page on which the date of an invoice that is not sent is changed: by whoever writes invoices, and by a bookkeeper
who may change nothing else of it."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import by_hand
from dray.billing.editing import LOCKED_BECAUSE
from dray.billing.given import Complaint, NotNow, Unacceptable
from dray.billing.models import Invoice
from dray.billing.states import EDITABLE, InvoiceState
from dray.connections.binding import bound_books
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import full_day
from dray.web.notices import Notice
from dray.web.plain_form import day_of, errors_of
from dray_tenants.roles import Right


def add_redating_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/invoices/<public_id>/date", "date_of_invoice", show_date)
    web.add_url_rule("/invoices/<public_id>/date", "change_date", change_date, methods=["POST"])


@needs(Right.CHANGE_DATES)
def show_date(public_id: str) -> str | Response:
    """The date as it is, and a field for another one."""
    row = _found(public_id)
    if InvoiceState(row.state) not in EDITABLE:
        flash(Notice(LOCKED_BECAUSE[InvoiceState(row.state)]).plain, "s-warn")
        return redirect(url_for("web.invoice", public_id=public_id), 303)
    return _page(row, row.date.isoformat())


@needs(Right.CHANGE_DATES)
def change_date(public_id: str) -> Response | str | tuple[str, int]:
    """Change it. Where it moves to another month that is shown first, and done when somebody says so."""
    row, session = _found(public_id), database()
    complaints: list[Complaint] = []
    typed = request.form.get("date", "").strip()
    day = day_of(typed, "date", complaints)
    if day is None:
        return _page(row, typed, complaints or [Complaint(("date",), "Give a date.")]), 422
    if _month(day) != _month(row.date) and request.form.get("month") != _month(day):
        return _page(row, typed, moves_to=day)
    version = request.form.get("version", "")
    looked_at = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    before, number = row.date, row.number
    try:
        by_hand.redate(session, public_id, day, version=looked_at, at=dray().clock(), actor=viewer().actor)
    except NotNow as refused:
        session.rollback()
        flash(Notice(str(refused)).plain, "s-warn")
        return redirect(url_for("web.invoice", public_id=public_id), 303)
    except Unacceptable as refused:
        session.rollback()
        return _page(_found(public_id), typed, list(refused.complaints)), 422
    session.commit()
    if day != before:
        flash(Notice(f"{number} is dated {full_day(day)} now; before it was {full_day(before)}.").plain, "s-ok")
    return redirect(url_for("web.invoice", public_id=public_id), 303)


def _found(public_id: str) -> Invoice:
    row = database().scalar(select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None)))
    if row is None:
        abort(404)
    return row


def _page(
    row: Invoice, typed: str, complaints: list[Complaint] | None = None, *, moves_to: dt.date | None = None
) -> str:
    side = beside.read(database(), dray().registry, dray().clock())
    target = beside.default_connection(database())
    books = bound_books(target) if target is not None else None
    errors = errors_of(complaints or [])
    return render_template(
        "invoices/date.html",
        invoice=row,
        typed=typed,
        error=errors.get("date", "") or next(iter(errors.values()), ""),
        moves_to=moves_to,
        month_of=_month,
        closed=books.closing_date if books is not None else None,
        side=side,
    )


def _month(day: dt.date) -> str:
    return f"{day:%B %Y}"
