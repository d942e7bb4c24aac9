"""The rate card's page: what each item costs, from when on, for whom; adding, correcting and ending a price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.billing import customer_lists, items, rate_card
from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.rate_card import GivenRate, Listed
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import unit_price
from dray.web.notices import Notice
from dray.web.plain_form import day_of, errors_of, figure_of, texts
from dray_tenants.roles import Right

_FIELDS: Final = ("item", "customer", "unit", "price", "first_day", "last_day")


@needs(Right.VIEW)
def show_rate_card() -> str:
    """The prices by item; those that hold today are marked."""
    typed = request.args.get("q", "").replace("\0", "").strip()[:200]
    found = rate_card.page(database(), typed, after=request.args.get("after", ""))
    return render_template("rate_card/list.html", typed=typed, found=found, today=_today(), side=_side())


@needs(Right.WRITE_INVOICES)
def new_rate() -> str:
    """An empty form, holding from today; `item` and `customer` may be given."""
    form = dict.fromkeys(_FIELDS, "") | {"first_day": _today().isoformat(), "item": request.args.get("item", "")[:255]}
    return _page(form)


@needs(Right.WRITE_INVOICES)
def create_rate() -> Response | tuple[str, int]:
    """Put a price on the card."""
    return _write(None)


@needs(Right.VIEW)
def show_rate(public_id: str) -> str:
    """One price, and its form for who may write."""
    found = _found(public_id)
    return _page(_stored(found), listed=found)


@needs(Right.WRITE_INVOICES)
def save_rate(public_id: str) -> Response | tuple[str, int]:
    """Correct a price. Invoices that exist keep what they say."""
    return _write(_found(public_id))


@needs(Right.WRITE_INVOICES)
def end_rate(public_id: str) -> Response:
    """Let a price hold until today, or where it begins later, for no day but its first."""
    found, session = _found(public_id), database()
    given, _ = _given(_stored(found))
    last = max(_today(), found.rate.first_day)
    ended = replace(given, last_day=last, customer=found.customer_id or None)
    rate_card.change(session, public_id, ended, at=dray().clock(), actor=viewer().actor)
    session.commit()
    flash(Notice(f"The price of {found.item} holds until {last:%b} {last.day}, {last.year}.").plain, "s-ok")
    return redirect(url_for("web.rate_card"), 303)


def _write(listed: Listed | None) -> Response | tuple[str, int]:
    session, form = database(), texts(request.form, _FIELDS)
    given, complaints = _given(form)
    given, unclear = _whose(given, form["customer"])
    complaints += unclear
    if complaints:
        return _page(form, complaints, listed=listed), 422
    acting: dict[str, Any] = {"at": dray().clock(), "actor": viewer().actor}
    try:
        if listed is None:
            rate_card.add(session, given, **acting)
        else:
            rate_card.change(session, listed.rate.public_id, given, **acting)
    except Unacceptable as refused:
        session.rollback()
        again = _found(listed.rate.public_id) if listed is not None else None
        return _page(form, list(refused.complaints), listed=again), 422
    session.commit()
    flash(Notice(f"The price of {given.item.strip()} is on the card.").plain, "s-ok")
    return redirect(url_for("web.rate_card"), 303)


def _given(form: dict[str, str]) -> tuple[GivenRate, list[Complaint]]:
    complaints: list[Complaint] = []
    given = GivenRate(
        item=form["item"],
        price=figure_of(form["price"], "price", complaints),
        first_day=day_of(form["first_day"], "first_day", complaints),
        unit=form["unit"],
        last_day=day_of(form["last_day"], "last_day", complaints),
    )
    return given, complaints


def _whose(given: GivenRate, typed: str) -> tuple[GivenRate, list[Complaint]]:
    """The price with the customer whose name was typed ("Above · Below" for a site); nobody is everybody."""
    typed = typed.strip()
    if not typed:
        return given, []
    parent, _, name = typed.rpartition(" · ")
    alike = [each for each in customer_lists.namesakes(database(), name) if not parent or each.parent == parent]
    if len(alike) == 1:
        return replace(given, customer=alike[0].customer.public_id), []
    said = "Several customers have this name. Write the one above it in front, as “Above · Name”."
    if not alike:
        said = f"No customer is called {typed[:60]}. Choose one that is there, or leave it empty for everybody."
    return given, [Complaint(("customer_name",), said)]


def _page(form: dict[str, str], complaints: Sequence[Complaint] = (), *, listed: Listed | None = None) -> str:
    session = database()
    return render_template(
        "rate_card/write.html",
        form=form,
        errors=errors_of(complaints, {"customer_name": "customer"}),
        listed=listed,
        items=[item.name for item in items.page(session, limit=200).items],
        customers=customer_lists.top_names(session),
        side=_side(),
    )


def _stored(found: Listed) -> dict[str, str]:
    rate = found.rate
    return {
        "item": found.item,
        "customer": f"{found.customer} · {found.site}" if found.site else found.customer,
        "unit": rate.unit or "",
        "price": unit_price(rate.price).replace(",", ""),
        "first_day": rate.first_day.isoformat(),
        "last_day": rate.last_day.isoformat() if rate.last_day else "",
    }


def _found(public_id: str) -> Listed:
    try:
        return rate_card.find(database(), public_id)
    except Missing:
        abort(404)


def _today() -> dt.date:
    return dray().clock().astimezone(viewer().zone).date()


def _side() -> beside.Side:
    return beside.read(database(), dray().registry, dray().clock())
