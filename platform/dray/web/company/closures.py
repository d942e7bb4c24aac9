"""The days on which a company is closed: then nobody is missed, and the next run is told for the day after."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.cadence import closures
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray_tenants.roles import Right

__all__ = ["add_closure_routes", "days_of"]


def add_closure_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/closures", "closures", show_closures)
    web.add_url_rule("/closures", "add_closure", add_closure, methods=["POST"])
    web.add_url_rule("/closures/calendar", "follow_calendar", follow_calendar, methods=["POST"])
    web.add_url_rule("/closures/<public_id>/take-away", "take_away_closure", take_away_closure, methods=["POST"])


@needs(Right.VIEW)
def show_closures() -> str:
    """The company's own closures, and the calendars that it shares."""
    session, now = database(), dray().clock()
    today = now.astimezone(viewer().zone).date()
    return render_template(
        "closures/page.html",
        today=today,
        own=closures.own(session, today=today),
        shared=closures.shared(session, today=today),
        calendars=closures.calendars(session),
        followed=set(closures.followed(session)),
        side=beside.read(session, dray().registry, now),
    )


@needs(Right.MANAGE_CONNECTIONS)
def add_closure() -> Response:
    """Close on these days."""
    session = database()
    try:
        first, last = days_of(request.form.get("first", ""), request.form.get("last", ""))
        row = closures.add_own(
            session, first, last, request.form.get("reason", ""), at=dray().clock(), actor=viewer().actor
        )
    except ValueError as refused:
        session.rollback()
        return _back(f"Nothing was changed. {refused}", "s-warn")
    reason = row.reason
    session.commit()
    return _back(f"Noted: {reason}. Nobody is missed on those days.", "s-ok")


@needs(Right.MANAGE_CONNECTIONS)
def take_away_closure(public_id: str) -> Response:
    """Open on those days after all."""
    session = database()
    done = closures.take_away_own(session, public_id, at=dray().clock(), actor=viewer().actor)
    session.commit()
    return _back("Taken away." if done else "It was taken away already.", "s-ok" if done else "s-warn")


@needs(Right.MANAGE_CONNECTIONS)
def follow_calendar() -> Response:
    """Close on the days of a shared calendar, or no longer."""
    session, calendar = database(), request.form.get("calendar", "")
    at, actor = dray().clock(), viewer().actor
    if request.form.get("leave"):
        closures.leave(session, calendar, at=at, actor=actor)
        said = f"The days of {calendar} are working days again."
    else:
        try:
            closures.follow(session, calendar, at=at, actor=actor)
        except LookupError:
            return _back("Nothing was changed. There is no such calendar any more.", "s-warn")
        said = f"Closed on the days of {calendar}, those too that are added to it later."
    session.commit()
    return _back(said, "s-ok")


def days_of(first: str, last: str) -> tuple[dt.date, dt.date]:
    """The days as a form gives them; without a last one it is the first. ValueError, for people to read."""
    try:
        begins = dt.date.fromisoformat(first.strip())
        return begins, dt.date.fromisoformat(last.strip()) if last.strip() else begins
    except ValueError:
        raise ValueError("Give the first day and the last one, such as 2026-12-24.") from None


def _back(sentence: str, tone: str) -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for("web.closures"), 303)
