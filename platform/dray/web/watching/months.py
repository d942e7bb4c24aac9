"""Closing a month: how it stands, what is kept of it, and whether a file is one of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.months import closing, figures
from dray.months.figures import Month, Standing
from dray.months.models import MonthReport
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray.web.words import INVOICE_LOOKS, Look
from dray_tenants.roles import Right
from dray_tenants.scope import ScopedSession

OFFERED: Final = 24
REPORTS: Final = 50

STANDING_LOOKS: Final[Mapping[Standing, Look]] = {
    Standing.IN_THE_BOOKS: Look("s-ok", "lock", "In the books as sent"),
    Standing.CHANGED: Look("s-warn", "book", "Changed in the books"),
    Standing.VOIDED: Look("s-warn", "book", "Voided in the books"),
    Standing.GONE: Look("s-bad", "book", "Deleted in the books"),
    **{Standing(name): look for name, look in INVOICE_LOOKS.items() if name != "synced"},
}

NEXT: Final[Mapping[Standing, str]] = {
    Standing.CHANGED: "Look whether the change there is right.",
    Standing.VOIDED: "It stands there without an amount.",
    Standing.GONE: "It is not there any more, and is never posted again by itself.",
    Standing.DRAFT: "Send it, or mark it as not to be sent.",
    Standing.NEEDS_ATTENTION: "Put it right and send it again.",
    Standing.CHECKING: "Dray asks the books; do not type it in.",
    Standing.PENDING_SYNC: "On its way: it goes with the next run.",
    Standing.SENDING: "On its way: the answer is awaited.",
    Standing.NOT_SENT: "Left out on purpose, each with its reason.",
}


def add_month_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/months", "months", show_months)
    web.add_url_rule("/months/check", "check_month", check_month, methods=["POST"])
    web.add_url_rule("/months/close", "close_month", close_month, methods=["POST"])
    web.add_url_rule("/months/reports/<public_id>", "month_report", show_report)
    web.add_url_rule("/months/reports/<public_id>.csv", "month_file", download_report)


@needs(Right.VIEW)
def show_months() -> str:
    """How one month stands now; the last full one where the address names none."""
    session, now = database(), dray().clock()
    today = now.astimezone(viewer().zone).date()
    first = _month(request.args.get("month", "")) or _before(today.replace(day=1))
    reports = session.scalars(
        select(MonthReport).where(MonthReport.month == first).order_by(MonthReport.id.desc()).limit(REPORTS)
    ).all()
    return render_template(
        "months/month.html",
        month=figures.read(session, first),
        reports=reports,
        offered=_offered(today, first),
        looks=STANDING_LOOKS,
        next=NEXT,
        addresses=_address,
        side=beside.read(session, dray().registry, now),
    )


@needs(Right.DECIDE_DIFFERENCES)
def close_month() -> Response:
    """Keep how the month stands, as a list that is sealed. Can be done again: each is kept."""
    first = _month(request.form.get("month", ""))
    if first is None:
        abort(404)
    parts = dray()
    # Read first and in a session that only reads: the writer waits for nobody.
    with ScopedSession(parts.engines, read_only=True) as reading, reading.tenant(viewer().tenant.id):
        drawn = closing.draw(reading, first)
    report = closing.close(database(), parts.vault, drawn, at=parts.clock(), actor=viewer().actor)
    public_id = report.public_id
    database().commit()
    flash(Notice("The month is kept as it stands. Print it, or take the list as a file.").plain, "s-ok")
    return redirect(url_for("web.month_report", public_id=public_id), 303)


@needs(Right.VIEW)
def show_report(public_id: str) -> str:
    """What was kept, on a page that prints well."""
    report = _report(public_id)
    return render_template(
        "months/report.html",
        report=report,
        month=Month.from_json(report.month, report.figures),
        looks=STANDING_LOOKS,
        side=beside.read(database(), dray().registry, dray().clock()),
    )


@needs(Right.VIEW)
def download_report(public_id: str) -> Response:
    """Every invoice of it, as CSV."""
    report = _report(public_id)
    answer = Answer(closing.file_of(report), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="month-{report.month:%Y-%m}-{report.public_id}.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@needs(Right.VIEW)
def check_month() -> Response:
    """Say whether a file is one of ours, unchanged."""
    given = request.files.get("file")
    content = given.read() if given is not None else b""
    if not content:
        flash(Notice("Choose the file first.").plain, "s-warn")
        return redirect(url_for("web.months"), 303)
    report = closing.is_genuine(database(), dray().vault, content)
    if report is None:
        said = "This file is not one that Dray made for this company, or it was changed since. Download it again."
        flash(Notice(said).plain, "s-bad")
        return redirect(url_for("web.months"), 303)
    said = f"This is the list of {report.month:%B %Y}, as {report.made_by} closed it. Nothing in it was changed."
    flash(Notice(said).plain, "s-ok")
    return redirect(url_for("web.month_report", public_id=report.public_id), 303)


def _report(public_id: str) -> MonthReport:
    report = database().scalar(select(MonthReport).where(MonthReport.public_id == public_id))
    return report if report is not None else abort(404)


def _address(standing: Standing, month: Month) -> str:
    """The list of the invoices behind a line; where the books differ, their problems."""
    if standing in (Standing.CHANGED, Standing.VOIDED, Standing.GONE):
        return url_for("web.problems", cause=f"differs~{standing.value}~")
    state = "synced" if standing is Standing.IN_THE_BOOKS else standing.value
    dates = {"from": month.first.isoformat(), "to": month.last.isoformat()}
    return url_for("web.invoices", state=state, **dates)  # type: ignore[arg-type]  # any name may be an argument


def _offered(today: dt.date, chosen: dt.date) -> list[dt.date]:
    months, each = [], today.replace(day=1)
    for _ in range(OFFERED):
        months.append(each)
        each = _before(each)
    return months if chosen in months else [*months, chosen]


def _before(first: dt.date) -> dt.date:
    return (first - dt.timedelta(days=1)).replace(day=1)


def _month(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if dt.date(2000, 1, 1) <= found <= dt.date(2200, 1, 1) else None
