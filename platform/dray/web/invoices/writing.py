"""Writing an invoice: the page of a new one, of a change, and what is judged while somebody types."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import amending, by_hand, customer_lists, customers, items, replacing
from dray.billing.customer_lists import ListedCustomer
from dray.billing.editing import LOCKED_BECAUSE
from dray.billing.given import Complaint, Missing, NotNow, Unacceptable
from dray.billing.models import Customer, Invoice
from dray.billing.names import folded
from dray.billing.settings import settings_of
from dray.billing.states import EDITABLE, InvoiceState
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.invoices import form as invoice_form
from dray.web.invoices import form_rows, judged, merging
from dray.web.invoices.form import NEW, InvoiceForm
from dray.web.notices import Notice
from dray_tenants.roles import Right

SUGGESTED: Final = 200
"""How many items the page suggests by name."""
_PICKED_FROM: Final = 8


@dataclass(frozen=True, slots=True)
class Writing:
    """What the page is about beside the form: a stored invoice with its version, or a new one under its `once`."""

    title: str
    address: str
    version: int | None = None
    seen: str = ""
    once: str = ""
    number: str = ""
    public_id: str = ""
    conflicts: tuple[merging.Conflict, ...] = ()
    taken: tuple[str, ...] = ()
    locked: str = ""
    copy_of: str = ""


@needs(Right.WRITE_INVOICES)
def write_invoice() -> str:
    """An empty form; with `copy` the content of another invoice, with `customer` that customer chosen."""
    form = _copied(request.args["copy"]) if request.args.get("copy") else invoice_form.blank(today=_today())
    if chosen := request.args.get("customer"):
        form = _choose(form, _known_customer(chosen))
    return _page(form, replace(_new(), copy_of=request.args.get("copy", "")))


@needs(Right.WRITE_INVOICES)
def create_invoice() -> Response | tuple[str, int] | str:
    """Make a draft of the form, or do what its other buttons ask."""
    form, copy_of = _posted(), request.form.get("copy_of", "")[:40]
    writing = replace(_new(), once=request.form.get("once", "")[:80], copy_of=copy_of)
    if (asked := form_rows.apply(form, request.form.get("do", ""))) is not None:
        return _page(asked, writing)
    given, complaints = invoice_form.to_given(form)
    session = database()
    if complaints:
        return _page(form, writing, complaints), 422
    try:
        public_id = by_hand.create(session, given, once=writing.once, at=dray().clock(), actor=viewer().actor)
        if copy_of:
            replacing.begin(session, public_id, copy_of, at=dray().clock(), actor=viewer().actor)
    except Unacceptable as refused:
        session.rollback()
        return _page(form, writing, refused.complaints), 422
    session.commit()
    return _saved(public_id, "is written")


@needs(Right.WRITE_INVOICES)
def edit_invoice(public_id: str) -> Response | str:
    """The form of an invoice that may be changed; otherwise its page, saying why not."""
    row = _found(public_id)
    if InvoiceState(row.state) not in EDITABLE:
        flash(Notice(LOCKED_BECAUSE[InvoiceState(row.state)]).plain, "s-warn")
        return redirect(url_for("web.invoice", public_id=public_id), 303)
    form = _stored(row)
    return _page(form, _change(row, form))


@needs(Right.WRITE_INVOICES)
def save_invoice(public_id: str) -> Response | tuple[str, int] | str:
    """Save the change, unless somebody else was faster: then both are shown, and nothing is lost."""
    row, form = _found(public_id), _posted()
    theirs, version = _stored(row), _version()
    do = request.form.get("do", "")
    if InvoiceState(row.state) not in EDITABLE:
        writing = replace(_change(row, theirs), locked=LOCKED_BECAUSE[InvoiceState(row.state)])
        return _page(form, writing), 409
    if row.version != version:
        return _both(row, form, theirs)
    writing = _change(row, theirs)
    if do.startswith("theirs:") and do[7:] in merging.LABELS:
        return _page(merging.take(form, theirs, do[7:]), writing)
    if (asked := form_rows.apply(form, do)) is not None:
        return _page(asked, writing)
    given, complaints = invoice_form.to_given(form, external_id=row.external_id)
    if complaints:
        return _page(form, writing, complaints), 422
    session = database()
    try:
        by_hand.save(session, public_id, given, version=version, at=dray().clock(), actor=viewer().actor)
    except Unacceptable as refused:
        session.rollback()
        return _page(form, writing, refused.complaints), 422
    except NotNow:
        session.rollback()
        return _both(_found(public_id), form, _stored(_found(public_id)))
    session.commit()
    return _saved(public_id, "is saved")


@needs(Right.WRITE_INVOICES)
def judge_invoice() -> str:
    """The parts of the page that follow from what is typed: sums, problems, odd prices. Writes nothing."""
    form = _posted()
    return render_template("invoices/form_live.html", form=form, judged=_judge(form, None))


@needs(Right.WRITE_INVOICES)
def pick_customer() -> str:
    """Customers that match what is typed, to choose one from, or to create it."""
    typed = request.args.get("q", "")[:200]
    return render_template("invoices/picks.html", **_picks(typed, ""))


def _page(form: InvoiceForm, writing: Writing, complaints: Iterable[Complaint] | None = None) -> str:
    session = database()
    target = beside.default_connection(session)
    return render_template(
        "invoices/write.html",
        form=form,
        writing=writing,
        judged=_judge(form, complaints),
        limits=judged.limits_of(dray().registry, target),
        target=target,
        items=[item.name for item in items.page(session, limit=SUGGESTED).items],
        currency=settings_of(session).currency,
        side=beside.read(session, dray().registry, dray().clock()),
        **_picks(form["customer_q"], form["customer_id"]),
    )


def _judge(form: InvoiceForm, complaints: Iterable[Complaint] | None) -> judged.Judged:
    session = database()
    target = beside.default_connection(session)
    judge = dray().judge_for(session, target) if target is not None else lambda document: ()
    return judged.judge_form(session, form, judge, currency=settings_of(session).currency, complaints=complaints)


def _picks(typed: str, chosen: str) -> dict[str, Any]:
    session, typed = database(), typed.strip()
    found = list(customer_lists.search(session, typed.rpartition(" · ")[2], limit=_PICKED_FROM).rows) if typed else []
    if chosen and chosen != NEW:
        own = _listed(chosen)
        found = [own] if own is not None else found
    exact = any(folded(each.customer.name) == folded(typed) for each in found)
    return {"typed": typed, "chosen": chosen, "found": found, "exact": exact, "parents": []}


def _posted() -> InvoiceForm:
    """The form as it was sent. Whoever typed another name than the one that the list was for has not chosen yet;
    a name that exactly one customer has is a choice."""
    form = invoice_form.read(request.form)
    typed = form["customer_q"].strip()
    if form["customer_id"] and typed == request.form.get("customer_for", "").strip():
        return form
    exact = list(customer_lists.namesakes(database(), typed)) if typed else []
    return _choose(form, exact[0]) if len(exact) == 1 else form.with_fields(customer_id="")


def _choose(form: InvoiceForm, customer: ListedCustomer) -> InvoiceForm:
    return form.with_fields(customer_id=customer.customer.public_id, customer_q=customer.full_name)


def _known_customer(public_id: str) -> ListedCustomer:
    found = _listed(public_id)
    if found is None:
        abort(404)
    return found


def _listed(public_id: str) -> ListedCustomer | None:
    try:
        customer = customers.find(database(), public_id)
    except Missing:
        return None
    parent = customer_lists.parent_of(database(), customer)
    return ListedCustomer(customer, parent.name if parent is not None else "")


def _both(row: Invoice, form: InvoiceForm, theirs: InvoiceForm) -> tuple[str, int]:
    """Somebody saved meanwhile. What only they changed is taken over; what both changed is shown side by side."""
    seen = invoice_form.read_plain(request.form.get("seen", "")) or theirs
    merged = merging.merge(seen, form, theirs)
    writing = replace(_change(row, theirs), conflicts=tuple(merged.conflicts), taken=tuple(merged.taken))
    return _page(merged.form, writing), 409


def _copied(public_id: str) -> InvoiceForm:
    """The form of another invoice as a new one of today: without its number, payments and billing's id."""
    row, today = _found(public_id), _today()
    form = _stored(row)
    due = "" if row.due_date is None else (today + (row.due_date - row.date)).isoformat()
    return form.with_fields(number="", date=today.isoformat(), due_date=due, ship_date="").with_rows("payment", ())


def _stored(row: Invoice) -> InvoiceForm:
    session = database()
    given = amending.as_given(session, row)
    public_id = session.scalars(select(Customer.public_id).where(Customer.id == row.customer_id)).one()
    return invoice_form.of_given(given, _known_customer(public_id).full_name)


def _new() -> Writing:
    return Writing("Write an invoice", url_for("web.create_invoice"), once=secrets.token_urlsafe(12))


def _change(row: Invoice, stored: InvoiceForm) -> Writing:
    return Writing(
        f"Edit {row.number}",
        url_for("web.save_invoice", public_id=row.public_id),
        version=row.version,
        seen=stored.plain,
        number=row.number,
        public_id=row.public_id,
    )


def _found(public_id: str) -> Invoice:
    statement = select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None))
    row = database().scalar(statement.execution_options(populate_existing=True))
    if row is None:
        abort(404)
    return row


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _today() -> dt.date:
    return dray().clock().astimezone(viewer().zone).date()


def _saved(public_id: str, what: str) -> Response:
    number = database().scalar(select(Invoice.number).where(Invoice.public_id == public_id))
    flash(Notice(f"{number} {what}. Nothing was sent.").plain, "s-ok")
    return redirect(url_for("web.invoice", public_id=public_id), 303)
