"""The items that lines name: the list, and writing one."""

from __future__ import annotations

from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.billing import items
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.models import Item
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import unit_price
from dray.web.notices import Notice
from dray.web.plain_form import errors_of, figure_of, texts
from dray_tenants.roles import Right

_FIELDS: Final = ("name", "description", "unit_price", "taxable")
_TAXED: Final = {"yes": True, "no": False}


@needs(Right.VIEW)
def show_items() -> str:
    """The items by name, or what a search finds."""
    typed = request.args.get("q", "").replace("\0", "").strip()[:200]
    found = items.page(database(), typed, after=request.args.get("after", ""))
    return render_template("items/list.html", typed=typed, found=found, side=_side())


@needs(Right.WRITE_INVOICES)
def new_item() -> str:
    """An empty form."""
    return _page(dict.fromkeys(_FIELDS, ""))


@needs(Right.WRITE_INVOICES)
def create_item() -> Response | tuple[str, int]:
    """Make an item."""
    return _write(None)


@needs(Right.VIEW)
def show_item(public_id: str) -> str:
    """One item, and its form for who may write."""
    item = _found(public_id)
    taxed = "" if item.taxable is None else "yes" if item.taxable else "no"
    price = unit_price(item.unit_price).replace(",", "") if item.unit_price is not None else ""
    form = {"name": item.name, "description": item.description or "", "unit_price": price, "taxable": taxed}
    return _page(form, item=item)


@needs(Right.WRITE_INVOICES)
def save_item(public_id: str) -> Response | tuple[str, int]:
    """Save a change. Lines that exist keep the name and price that they have."""
    return _write(_found(public_id))


def _write(item: Item | None) -> Response | tuple[str, int]:
    session, form = database(), texts(request.form, _FIELDS)
    complaints: list[Complaint] = []
    fields: dict[str, Any] = {
        "name": form["name"],
        "description": form["description"],
        "unit_price": figure_of(form["unit_price"], "unit_price", complaints),
        "taxable": _TAXED.get(form["taxable"]),
    }
    if complaints:
        return _page(form, complaints, item=item), 422
    acting: dict[str, Any] = {"at": dray().clock(), "actor": viewer().actor}
    try:
        if item is None:
            items.add(session, fields, **acting)
        else:
            items.change(session, item.public_id, fields, **acting)
    except Unacceptable as refused:
        session.rollback()
        return _page(form, list(refused.complaints), item=item and _found(item.public_id)), 422
    session.commit()
    flash(Notice(f"{form['name'].strip()} is saved.").plain, "s-ok")
    return redirect(url_for("web.items"), 303)


def _page(form: dict[str, str], complaints: list[Complaint] | None = None, *, item: Item | None = None) -> str:
    return render_template(
        "items/write.html", form=form, errors=errors_of(complaints or ()), item=item, limits={}, side=_side()
    )


def _found(public_id: str) -> Item:
    try:
        return items.find(database(), public_id)
    except Missing:
        abort(404)


def _side() -> beside.Side:
    return beside.read(database(), dray().registry, dray().clock())
