"""What support staff may see of the company: who, why, until when; agreed to and ended here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.onboarding import access_codes, staff_access
from dray.onboarding.models import StaffAccess
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray_tenants.roles import Right


def add_support_access_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/support-access", "support_access", show_support_access)
    web.add_url_rule("/support-access/code", "access_code", make_access_code, methods=["POST"])
    web.add_url_rule("/support-access/<public_id>/agree", "agree_to_access", agree_to_access, methods=["POST"])
    web.add_url_rule("/support-access/<public_id>/end", "end_access", end_staff_access, methods=["POST"])


@needs(Right.MANAGE_PEOPLE)
def show_support_access() -> str:
    """Every access, what is open or asked for first."""
    return _page()


@needs(Right.MANAGE_PEOPLE)
def make_access_code() -> Response:
    """A code for the telephone, shown in this answer alone."""
    session = database()
    code = access_codes.make(session, by=viewer().actor, at=dray().clock())
    session.commit()
    response = make_response(_page(code))
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Right.MANAGE_PEOPLE)
def agree_to_access(public_id: str) -> Response:
    """Let them look."""
    session, row = database(), _found(public_id)
    done = staff_access.agree(session, row, by=viewer().actor, at=dray().clock())
    session.commit()
    said = f"{row.email} may look for {row.minutes} minutes." if done else "It was decided or taken back meanwhile."
    return _back(said, "s-ok" if done else "s-warn")


@needs(Right.MANAGE_PEOPLE)
def end_staff_access(public_id: str) -> Response:
    """End it now; or refuse, where it was only asked for."""
    session, row = database(), _found(public_id)
    done = staff_access.end(session, row, by=viewer().actor, at=dray().clock())
    session.commit()
    return _back(f"{row.email} sees nothing of your company." if done else "It was over already.", "s-ok")


def _page(code: str = "") -> str:
    session, parts, now = database(), dray(), dray().clock()
    rows = [_shown(row, now) for row in staff_access.listed(session, now=now)]
    return render_template(
        "support_access/list.html",
        rows=rows,
        code=code,
        good_for=access_codes.GOOD_FOR,
        side=beside.read(session, parts.registry, now),
    )


def _found(public_id: str) -> StaffAccess:
    row = database().scalar(select(StaffAccess).where(StaffAccess.public_id == public_id))
    if row is None:
        abort(404)
    return row


def _back(sentence: str, tone: str) -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for("web.support_access"), 303)


def _shown(row: StaffAccess, now: Any) -> dict[str, Any]:
    if row.ended_at is not None or row.expires_at <= now:
        return {"row": row, "word": "Over", "tone": "s-idle", "icon": "minus"}
    if row.granted_at is None:
        return {"row": row, "word": "Asks", "tone": "s-warn", "icon": "help"}
    return {"row": row, "word": "Open", "tone": "s-move", "icon": "search"}
