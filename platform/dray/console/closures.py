"""Closure calendars that many companies share: the days in them. Which company follows one is said at the company."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.cadence import closures
from dray.console.access import Opened, for_staff, opened, staff
from dray.extensions import dray
from dray.web.access import database
from dray.web.company.closures import days_of
from dray.web.notices import Notice
from dray_tenants.roles import Right

__all__ = ["add_days", "follow_for_company", "show_calendars", "take_days_away"]


@for_staff(Right.VIEW)
def show_calendars() -> str:
    """Every shared calendar, with its days and how many companies are closed on them."""
    return _page()


@for_staff(Right.MANAGE_CONNECTIONS)
def add_days() -> Response | tuple[str, int]:
    """Put days into a calendar, which begins with its first."""
    session, form = database(), request.form
    try:
        first, last = days_of(form.get("first", ""), form.get("last", ""))
        calendar, reason = form.get("calendar", ""), form.get("reason", "")
        closures.add_shared(session, calendar, first, last, reason, at=dray().clock(), actor=staff().actor)
    except ValueError as refused:
        session.rollback()
        return _page(str(refused)), 422
    session.commit()
    return _to("console.calendars", f"{reason} is in {calendar}, for every company that follows it.", "s-ok")


@for_staff(Right.MANAGE_CONNECTIONS)
def take_days_away(public_id: str) -> Response:
    """Take days out of their calendar."""
    session = database()
    done = closures.take_away_shared(session, public_id)
    session.commit()
    return _to("console.calendars", "Taken away." if done else "It was taken away already.", "s-ok")


@for_staff(Right.MANAGE_CONNECTIONS)
def follow_for_company(public_id: str) -> Response:
    """Close the connection's company on the days of a calendar, or no longer; in its audit."""

    def do(what: Opened, at: dt.datetime) -> str:
        calendar = request.form.get("calendar", "")
        if request.form.get("leave"):
            closures.leave(database(), calendar, at=at, actor=staff().actor)
            return f"{what.tenant.name} works on the days of {calendar}."
        closures.follow(database(), calendar, at=at, actor=staff().actor)
        return f"{what.tenant.name} is closed on the days of {calendar}."

    session = database()
    with opened(public_id) as what:
        try:
            said, tone = do(what, dray().clock()), "s-ok"
            session.commit()
        except LookupError:
            session.rollback()
            said, tone = "There is no such calendar any more.", "s-warn"
    return _to("console.install", said, tone, public_id=public_id)


def _page(problem: str = "") -> str:
    session, today = database(), dray().clock().date()
    return render_template(
        "console/calendars.html",
        staff=staff(),
        today=today,
        problem=problem,
        form=request.form,
        calendars=closures.calendars(session),
        shared=closures.shared(session, today=today - dt.timedelta(days=1)),
    )


def _to(endpoint: str, sentence: str, tone: str, **values: Any) -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for(endpoint, **values), 303)
