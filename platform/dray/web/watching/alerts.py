"""Who is told what by mail, when nobody is, and a letter to try it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.alerts import choices, letters
from dray.alerts.causes import TITLES, Cause, is_time
from dray.alerts.models import Alert
from dray.extensions import dray
from dray.mail.outbox import post
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray_tenants import audit
from dray_tenants.roles import Right

SHOWN: Final = 20


def add_alert_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/alerts", "alerts", show_alerts)
    web.add_url_rule("/alerts", "choose_alerts", choose_alerts, methods=["POST"])
    web.add_url_rule("/alerts/quiet", "set_quiet_hours", set_quiet_hours, methods=["POST"])
    web.add_url_rule("/alerts/test", "try_alerts", try_alerts, methods=["POST"])


@needs(Right.VIEW)
def show_alerts() -> str:
    """Everybody's choices for who manages people; otherwise one's own."""
    session = database()
    people = choices.recipients(session)
    if not viewer().can(Right.MANAGE_PEOPLE):
        people = [each for each in people if each.user_id == int(current_user.id)]
    standing = session.scalars(
        select(Alert).where(Alert.cleared_at.is_(None)).order_by(Alert.id.desc()).limit(SHOWN)
    ).all()
    return render_template(
        "alerts/page.html",
        people=people,
        causes=TITLES,
        quiet=choices.quiet_hours(session) or ("", ""),
        standing=standing,
        mail=dray().settings.smtp_url is not None,
        side=beside.read(session, dray().registry, dray().clock()),
    )


@needs(Right.VIEW)
def choose_alerts() -> Response:
    """What one person is told from now on: oneself, or anybody for who manages people."""
    session = database()
    known = {each.public_id: each for each in choices.recipients(session)}
    person = known.get(request.form.get("person", ""))
    if person is None:
        abort(404)
    if person.user_id != int(current_user.id) and not viewer().can(Right.MANAGE_PEOPLE):
        abort(403)
    wanted = [cause for cause in Cause if cause.value in request.form.getlist("cause")]
    choices.choose(session, person.user_id, wanted)
    details = {"email": person.email, "causes": sorted(cause.value for cause in wanted)}
    audit.record(
        session, actor=viewer().actor, action="alerts.chosen", subject="alerts", now=dray().clock(), details=details
    )
    session.commit()
    return _back(f"{person.email} is told what is ticked, from now on.", "s-ok")


@needs(Right.MANAGE_PEOPLE)
def set_quiet_hours() -> Response:
    """When nobody is told anything; both empty for never."""
    begin, end = request.form.get("begin", "").strip(), request.form.get("end", "").strip()
    if not begin and not end:
        hours = None
    elif is_time(begin) and is_time(end) and begin != end:
        hours = (begin, end)
    else:
        return _back("Nothing was changed. Give both times, such as 22:00 and 06:30, or neither.", "s-warn")
    session = database()
    choices.set_quiet_hours(session, hours)
    details = {"from": begin, "until": end}
    audit.record(
        session,
        actor=viewer().actor,
        action="alerts.quiet_hours",
        subject="alerts",
        now=dray().clock(),
        details=details,
    )
    session.commit()
    said = f"From {begin} until {end} nobody is told anything." if hours else "Letters are sent at any hour."
    return _back(said, "s-ok")


@needs(Right.VIEW)
def try_alerts() -> Response:
    """A letter to oneself."""
    parts, session = dray(), database()
    settings = parts.settings
    letter = letters.trial(settings.product_name, settings.public_url, viewer().tenant.name)
    post(session, parts.vault.keys, viewer().email, letter, now=parts.clock(), tenant_id=viewer().tenant.id)
    session.commit()
    if settings.smtp_url is None:
        return _back("The letter is written, but this installation has no mail server. Ask whoever runs it.", "s-warn")
    return _back(f"A letter is on its way to {viewer().email}. It should be there within a minute.", "s-ok")


def _back(said: str, tone: str) -> Response:
    flash(Notice(said).plain, tone)
    return redirect(url_for("web.alerts"), 303)
