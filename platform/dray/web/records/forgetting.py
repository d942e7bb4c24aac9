"""A customer who is a person asks to be forgotten: what that means, and the button."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.billing import customers, forgetting
from dray.billing.given import Missing, NotNow
from dray.billing.models import Customer
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import plural
from dray.web.notices import Notice
from dray_tenants.roles import Right


def add_forgetting_routes(web: Blueprint) -> None:
    """Add them."""
    address = "/customers/<public_id>/forget"
    web.add_url_rule(address, "forgetting", show_forgetting)
    web.add_url_rule(address, "forget_person", forget_person, methods=["POST"])


@needs(Right.FORGET_PEOPLE)
def show_forgetting(public_id: str) -> str:
    """Ask once more: it cannot be undone."""
    return _page(_found(public_id))


@needs(Right.FORGET_PEOPLE)
def forget_person(public_id: str) -> Response | tuple[str, int]:
    """Do it."""
    session, customer = database(), _found(public_id)
    typed = request.form.get("name", "")
    if " ".join(typed.split()).casefold() != " ".join(customer.name.split()).casefold():
        return _page(customer, typed, f"Type “{customer.name}”. Nothing was changed."), 422
    try:
        changed = forgetting.forget(session, public_id, at=dray().clock(), actor=viewer().actor)
    except NotNow as refused:
        session.rollback()
        return _page(_found(public_id), typed, str(refused)), 409
    invoices = plural(changed, "invoice that was", "invoices that were")
    said = f"The person is forgotten, also in {invoices} not sent."
    flash(Notice(said).plain, "s-ok")
    return redirect(url_for("web.customer", public_id=public_id), 303)


def _page(customer: Customer, typed: str = "", problem: str = "") -> str:
    session = database()
    return render_template(
        "customers/forget.html",
        customer=customer,
        unsettled=forgetting.unsettled(session, customer),
        typed=typed,
        problem=problem,
        side=beside.read(session, dray().registry, dray().clock()),
    )


def _found(public_id: str) -> Customer:
    try:
        return customers.find(database(), public_id)
    except Missing:
        abort(404)
