"""Customers in their two levels: the list, one with its sites and invoices, writing one."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import customer_edits, customer_lists, customers
from dray.billing.given import Complaint, Missing, NotNow, Unacceptable
from dray.billing.models import Customer, Invoice
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.invoices import judged
from dray.web.notices import Notice
from dray.web.plain_form import address_fields, address_of, errors_of, texts, with_address
from dray.web.words import INVOICE_LOOKS
from dray_sdk import Money
from dray_tenants.roles import Right

RECENT: Final = 20
"""How many of its newest invoices the page of a customer shows."""
_TEXTS: Final = ("name", "parent", "external_id", "company_name", "email", "phone")
_FIELDS: Final = (*_TEXTS, *address_fields("bill_to"), *address_fields("ship_to"))
_NAMES: Final = {"billing_address": "bill_to", "shipping_address": "ship_to"}
_LIMITS: Final = {
    "name": "customer-name", "company_name": "customer-company_name", "email": "customer-email",
    "phone": "customer-phone",
}  # fmt: skip


@needs(Right.VIEW)
def show_customers() -> str:
    """The upper level, or what a search finds on both."""
    typed = request.args.get("q", "").replace("\0", "").strip()[:200]
    found = customer_lists.search(database(), typed, after=request.args.get("after", ""))
    return render_template("customers/list.html", typed=typed, found=found, side=_side())


@needs(Right.VIEW)
def show_customer(public_id: str) -> str:
    """One customer, the sites below it, and its newest invoices."""
    session, customer = database(), _found(public_id)
    rows = session.execute(
        select(
            Invoice.public_id,
            Invoice.number,
            Invoice.date,
            Invoice.total_minor,
            Invoice.currency,
            Invoice.state,
            Invoice.not_sent,
        )
        .where(Invoice.customer_id == customer.id, Invoice.deleted_at.is_(None))
        .order_by(Invoice.date.desc(), Invoice.id.desc())
        .limit(RECENT + 1)
    ).all()
    return render_template(
        "customers/one.html",
        customer=customer,
        parent=customer_lists.parent_of(session, customer),
        sites=customer_lists.below(session, customer.id),
        invoices=[(row, Money(row.total_minor, row.currency)) for row in rows[:RECENT]],
        more=len(rows) > RECENT,
        looks=INVOICE_LOOKS,
        namesakes=customer_lists.namesakes(session, customer.name, but=public_id),
        side=_side(),
    )


@needs(Right.EDIT_CUSTOMERS)
def new_customer() -> str:
    """An empty form; with `parent` for a site below that customer."""
    form = dict.fromkeys(_FIELDS, "")
    if above := request.args.get("parent"):
        form["parent"] = _found(above).name
    return _page(form)


@needs(Right.EDIT_CUSTOMERS)
def create_customer() -> Response | tuple[str, int]:
    """Make a customer. One who is called like another is made only when a person says so."""
    session, form = database(), texts(request.form, _FIELDS)
    alike = customer_lists.namesakes(session, form["name"]) if form["name"].strip() else []
    if alike and not request.form.get("sure"):
        return _page(form, alike=alike), 409
    try:
        made = customer_edits.create(session, _given(form), at=dray().clock(), actor=viewer().actor)
    except Unacceptable as refused:
        session.rollback()
        return _page(form, refused.complaints), 422
    session.commit()
    return _saved(made.public_id, f"{made.name} is a customer now.")


@needs(Right.EDIT_CUSTOMERS)
def edit_customer(public_id: str) -> str:
    """The form of a customer."""
    customer = _found(public_id)
    return _page(_stored(customer), customer=customer)


@needs(Right.EDIT_CUSTOMERS)
def save_customer(public_id: str) -> Response | tuple[str, int]:
    """Save a change, unless somebody else was faster. Invoices that were sent keep what they said."""
    session, customer, form = database(), _found(public_id), texts(request.form, _FIELDS)
    alike = customer_lists.namesakes(session, form["name"], but=public_id) if form["name"] != customer.name else []
    if alike and not request.form.get("sure"):
        return _page(form, customer=customer, alike=alike), 409
    version = request.form.get("version", "")
    looked_at = int(version) if version.isdecimal() and len(version) < 10 else 0
    acting: dict[str, Any] = {"version": looked_at, "at": dray().clock(), "actor": viewer().actor}
    try:
        customer_edits.change(session, public_id, _given(form), **acting)
    except Unacceptable as refused:
        session.rollback()
        return _page(form, refused.complaints, customer=_found(public_id)), 422
    except NotNow:
        session.rollback()
        now = _found(public_id)
        return _page(form, customer=now, theirs=_stored(now)), 409
    session.commit()
    return _saved(public_id, f"{form['name'].strip()} is saved.")


def _page(
    form: dict[str, str],
    complaints: tuple[Complaint, ...] = (),
    *,
    customer: Customer | None = None,
    alike: Any = (),
    theirs: dict[str, str] | None = None,
) -> str:
    session = database()
    limits = judged.limits_of(dray().registry, beside.default_connection(session))
    own = {name: limits[known] for name, known in _LIMITS.items() if known in limits}
    return render_template(
        "customers/write.html",
        form=form,
        errors=errors_of(complaints, _NAMES),
        limits={**limits, **own},
        customer=customer,
        version=customer.version if customer is not None else 0,
        alike=alike,
        differing=[(name, form[name], theirs[name]) for name in _FIELDS if theirs and theirs[name] != form[name]],
        parents=customer_lists.top_names(session),
        side=_side(),
    )


def _given(form: dict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {name: form[name].strip() or None for name in _TEXTS}
    given["billing_address"] = address_of(form, "bill_to") or None
    given["shipping_address"] = address_of(form, "ship_to") or None
    return given


def _stored(customer: Customer) -> dict[str, str]:
    parent = customer_lists.parent_of(database(), customer)
    form = {name: getattr(customer, name) or "" for name in _TEXTS if name != "parent"}
    form["parent"] = parent.name if parent is not None else ""
    return {
        **form,
        **with_address("bill_to", customer.billing_address),
        **with_address("ship_to", customer.shipping_address),
    }


def _found(public_id: str) -> Customer:
    try:
        return customers.find(database(), public_id)
    except Missing:
        abort(404)


def _saved(public_id: str, sentence: str) -> Response:
    flash(Notice(sentence).plain, "s-ok")
    return redirect(url_for("web.customer", public_id=public_id), 303)


def _side() -> beside.Side:
    return beside.read(database(), dray().registry, dray().clock())
