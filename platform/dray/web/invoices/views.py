"""Buttons of the views that people keep of the list of invoices."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from dray.billing import views
from dray.billing.given import Missing, Unacceptable
from dray.extensions import dray
from dray.web.access import database, needs, viewer
from dray.web.invoices.filters import Filter
from dray.web.notices import Notice
from dray_tenants.roles import Right


def add_view_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/views", "keep_view", keep_view, methods=["POST"])
    web.add_url_rule("/views/<public_id>/delete", "drop_view", drop_view, methods=["POST"])


@needs(Right.VIEW)
def keep_view() -> Response:
    """Keep the list as it is narrowed. Only who writes invoices shares a view with everybody."""
    query, shared = Filter.read(request.form).query, bool(request.form.get("shared"))
    if shared and not viewer().can(Right.WRITE_INVOICES):
        abort(403)
    try:
        views.keep(
            database(), request.form.get("name", ""), query, owner=viewer().email, shared=shared, at=dray().clock()
        )
    except Unacceptable as refused:
        database().rollback()
        flash(Notice("The view was not kept.", [each.detail for each in refused.complaints]).plain, "s-warn")
    else:
        database().commit()
    return redirect(url_for("web.invoices", **query), 303)


@needs(Right.VIEW)
def drop_view(public_id: str) -> Response:
    """Delete one's own view."""
    try:
        name = views.drop(database(), public_id, owner=viewer().email)
    except Missing:
        abort(404)
    database().commit()
    flash(Notice(f"The view “{name}” is deleted. The invoices are as they were.").plain, "s-ok")
    return redirect(url_for("web.invoices"), 303)
