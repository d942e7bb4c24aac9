"""Taking everything along, and leaving: one page for both."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing.given import Missing
from dray.connections.oauth import revoking
from dray.extensions import dray
from dray.leaving import deleting, departing, exporting
from dray.leaving.models import Export
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.invoices.pages import unless_same
from dray.web.notices import Notice
from dray.web.people.personal import unproved
from dray_tenants import audit
from dray_tenants.models import Tenant
from dray_tenants.roles import Right

EXPORTS = 5
STAYING = (
    "Your company stays. Its computers are let in again; books that you signed in to have to be signed in to again."
)


def add_leaving_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/company/leaving", "leaving", show_leaving)
    web.add_url_rule("/company/leaving/live", "leaving_live", leaving_live)
    web.add_url_rule("/company/leaving", "leave", leave, methods=["POST"])
    web.add_url_rule("/company/leaving/undo", "stay", stay, methods=["POST"])
    web.add_url_rule("/company/exports", "ask_for_export", ask_for_export, methods=["POST"])
    web.add_url_rule("/company/exports/<public_id>", "take_export", take_export, methods=["POST"])


@needs(Right.EXPORT)
def show_leaving() -> str:
    """What can be taken along, what happens to a company that leaves, and the form for it."""
    return _page()


@needs(Right.EXPORT)
def leaving_live() -> Response:
    """The parts of the page that change while an export is written."""
    return unless_same(render_template("company/leaving_live.html", **_parts()))


@needs(Right.EXPORT)
def ask_for_export() -> Response:
    """Have everything written as files, in the background."""
    exporting.begin(database(), at=dray().clock(), actor=viewer().actor)
    database().commit()
    flash(Notice("The files are being written. You may leave this page; they are kept for 7 days.").plain, "s-ok")
    return redirect(url_for("web.leaving"), 303)


@needs(Right.EXPORT)
def take_export(public_id: str) -> Response:
    """The archive, as a stream."""
    session, parts = database(), dray()
    try:
        row = exporting.find(session, public_id)
    except Missing:
        abort(404)
    name, export_id, tenant_id = f"dray-{row.ready_at:%Y-%m-%d}.zip", row.id, viewer().tenant.id
    audit.record(session, actor=viewer().actor, action="export.taken", subject=public_id, now=parts.clock())
    session.commit()
    answer = Answer(exporting.stream(parts.engines, tenant_id, export_id), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@needs(Right.DELETE_TENANT)
def leave() -> Response | tuple[str, int]:
    """Ask for the deletion, with the company's name and one's own password."""
    session, parts, form = database(), dray(), request.form
    typed, name = form.get("name", ""), viewer().tenant.name
    if " ".join(typed.split()).casefold() != " ".join(name.split()).casefold():
        return _page(typed=typed, name_problem=f"Type “{name}”. Nothing was changed."), 422
    if problem := unproved(form.get("current", "")):
        return _page(typed=typed, problem=problem), 422
    try:
        row, consents = departing.ask(session, parts, _tenant(), actor=viewer().actor)
    except departing.LeavingAlready as refused:
        session.rollback()
        return _page(problem=str(refused)), 409
    due, tenant_id = row.due_at, viewer().tenant.id
    session.commit()
    told = [revoking.revoke_now(parts, tenant_id, each) for each in consents]
    later = "" if all(told) else " One accounting system could not be told yet; it is told by itself."
    said = f"{name} is deleted on {due:%d %B %Y}. Until then you can take it back on this page.{later}"
    flash(Notice(said, undo_at=url_for("web.stay")).plain, "s-warn")
    return redirect(url_for("web.leaving"), 303)


@needs(Right.DELETE_TENANT)
def stay() -> Response:
    """Take it back."""
    try:
        departing.undo(database(), dray(), _tenant(), actor=viewer().actor)
    except departing.TooLate as refused:
        database().rollback()
        flash(Notice(str(refused)).plain, "s-warn")
        return redirect(url_for("web.leaving"), 303)
    database().commit()
    flash(Notice(STAYING).plain, "s-ok")
    return redirect(url_for("web.leaving"), 303)


def _page(typed: str = "", name_problem: str = "", problem: str = "") -> str:
    parts = _parts()
    live = url_for("web.leaving_live") if any(row.ready_at is None for row in parts["exports"]) else None
    return render_template(
        "company/leaving.html", typed=typed, name_problem=name_problem, problem=problem, live=live, **parts
    )


def _parts() -> dict[str, Any]:
    session, parts = database(), dray()
    departure = departing.of(session)
    return {
        "departure": departure,
        "computers": departing.computers(session, _tenant()) if departure is not None else (),
        "exports": session.scalars(select(Export).order_by(Export.id.desc()).limit(EXPORTS)).all(),
        "grace": departing.GRACE.days,
        "kept_years": deleting.KEPT_AFTER // dt.timedelta(days=365),
        "side": beside.read(session, parts.registry, parts.clock()),
    }


def _tenant() -> Tenant:
    return database().scalars(select(Tenant).where(Tenant.id == viewer().tenant.id)).one()
