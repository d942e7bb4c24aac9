"""The pages that say what each of ours is in the books: the customers of a connection, and one decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from dray.billing.customer_lists import ListedCustomer, parent_of
from dray.billing.models import Customer, Invoice, InvoiceLine, Item
from dray.billing.names import folded
from dray.billing.states import InvoiceState
from dray.connections import due, links
from dray.connections.binding import bound_books
from dray.connections.choices import CHOSEN
from dray.connections.links import Key, fold
from dray.connections.models import Connection
from dray.extensions import dray
from dray.twin import likeness, matches, misplaced, name_lists, reading
from dray.twin.choosing import Choosing, NotChosen
from dray.twin.matches import Match
from dray.web import side as beside
from dray.web.access import database, needs, own_address, viewer
from dray.web.connections import pages as connections
from dray.web.notices import Notice
from dray.web.words import Look
from dray_sdk import Kind
from dray_tenants.roles import Right

MATCH_LOOKS: Final[Mapping[str, Look]] = {
    Match.LINKED.value: Look("s-ok", "check", "Linked"),
    Match.SAME_NAME.value: Look("s-ok", "check", "Same name", "Same name there, linked with the first invoice"),
    Match.NEW.value: Look("s-move", "plus", "New", "Created there with its first invoice"),
    Match.CHOSEN.value: Look("s-move", "plus", "New", "Created there under the name that was chosen"),
    Match.TAKEN.value: Look("s-bad", "alert", "Name is taken"),
    Match.INACTIVE.value: Look("s-bad", "alert", "Inactive there"),
    Match.UNCLEAR.value: Look("s-warn", "help", "Needs a decision"),
    Match.MISSING.value: Look("s-bad", "alert", "Not there"),
    Match.UNREAD.value: Look("s-idle", "clock", "Not known yet", "The names in the books were not read yet"),
}

KINDS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.CUSTOMER: ("customer", "customers"),
    Kind.ITEM: ("item", "items"),
    Kind.TERMS: ("terms", "terms"),
    Kind.CLASS: ("class", "classes"),
    Kind.DEPARTMENT: ("department", "departments"),
    Kind.REP: ("sales rep", "sales reps"),
    Kind.TAX_CODE: ("sales tax", "sales taxes"),
}
"""What can be chosen from the books' lists, and what people call one and many of them."""

_OPEN: Final = (InvoiceState.DRAFT.value, InvoiceState.NEEDS_ATTENTION.value, InvoiceState.PENDING_SYNC.value)
_SHOWN: Final = 20


def add_naming_routes(web: Blueprint) -> None:
    """Add them."""
    one = "/connections/<public_id>"
    web.add_url_rule(f"{one}/customers", "names", show_names)
    web.add_url_rule(f"{one}/names/<kind>", "choosing", show_choosing)
    web.add_url_rule(f"{one}/names/<kind>", "choose", choose, methods=["POST"])
    web.add_url_rule(f"{one}/lists", "read_lists", read_lists, methods=["POST"])
    web.add_url_rule("/invoices/<public_id>/choose/<path:field>", "choosing_for", choosing_for)


@needs(Right.VIEW)
def show_names(public_id: str) -> str:
    """What each customer is, or will become, in the books of one connection."""
    session, connection, now = database(), connections.found(public_id), dray().clock()
    typed = _typed("q")
    undecided = request.args.get("show") == "undecided"
    return render_template(
        "names/list.html",
        connection=connection,
        typed=typed,
        undecided=undecided,
        page=matches.page(
            session, connection, now, text=typed, after=request.args.get("after", ""), undecided=undecided
        ),
        looks=MATCH_LOOKS,
        needs_decision=matches.UNDECIDED,
        ages=reading.ages(session, connection.id),
        kinds=KINDS,
        lists=lists_of(connection),
        side=beside.read(session, dray().registry, now),
    )


@needs(Right.VIEW)
def show_choosing(public_id: str, kind: str) -> str | Response:
    """One of ours: what the books have that is like it, and what it may be called there. Without `of`, all of that kind
    that our invoices name."""
    connection = connections.found(public_id)
    if request.args.get("of"):
        return _page(connection, _subject(kind))
    if kind == Kind.CUSTOMER.value:
        return redirect(url_for("web.names", public_id=public_id), 303)
    listed = next((each for each in lists_of(connection) if each.value == kind), None)
    if listed is None:
        abort(404)
    return _list(connection, listed)


@needs(Right.EDIT_CUSTOMERS)
def choose(public_id: str, kind: str) -> Response | tuple[str, int]:
    """Link it, name it, or take the choice back."""
    session = database()
    connection, subject = connections.found(public_id), _subject(kind)
    choosing = Choosing(session, connection, subject.key, subject.name, dray().clock(), viewer().actor)
    try:
        said = _done(choosing, connection)
    except NotChosen as refused:
        session.rollback()
        return _page(connections.found(public_id), _subject(kind), problem=str(refused)), 422
    session.commit()
    flash(Notice(said).plain, "s-ok")
    back = own_address(request.form.get("next")) or url_for("web.names", public_id=public_id)
    return redirect(back, 303)


@needs(Right.EDIT_CUSTOMERS)
def read_lists(public_id: str) -> Response:
    """Have the next call read what changed in the books' lists."""
    session, connection, now = database(), connections.found(public_id), dray().clock()
    reading.ask_again(session, connection.id, now)
    due.mark_due(session, connection.id, now)
    session.commit()
    flash(Notice("The lists are read again with the next call.").plain, "s-ok")
    return redirect(url_for("web.names", public_id=public_id), 303)


@needs(Right.VIEW)
def choosing_for(public_id: str, field: str) -> Response:
    """From a problem of an invoice to the place where it is decided what the books call the thing."""
    session = database()
    invoice = session.scalar(select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None)))
    if invoice is None:
        abort(404)
    connection = session.get(Connection, invoice.connection_id) if invoice.connection_id else None
    connection = connection or beside.default_connection(session)
    found = _named_in(invoice, field)
    if connection is None or found is None:
        return redirect(url_for("web.invoice", public_id=public_id), 303)
    kind, of = found
    back = own_address(request.args.get("next")) or url_for("web.invoice", public_id=public_id)
    return redirect(url_for("web.choosing", public_id=connection.public_id, kind=kind.value, of=of, next=back), 303)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about: what of ours, the key that it is linked under, its full name here. `customer`: where it
    is one."""

    kind: Kind
    of: str
    key: Key
    name: str
    customer: Customer | None = None


def _subject(kind: str) -> Subject:
    session, of = database(), (request.form.get("of") or request.args.get("of", "")).replace("\0", "").strip()[:400]
    known = next((each for each in KINDS if each.value == kind), None)
    if known is None or not of:
        abort(404)
    if known is not Kind.CUSTOMER:
        item = session.scalar(select(Item.public_id).where(Item.name_key == folded(of))) if known is Kind.ITEM else None
        return Subject(known, of, Key(known, item or fold(of)), of)
    customer = session.scalar(select(Customer).where(Customer.public_id == of))
    if customer is None:
        abort(404)
    parent = parent_of(session, customer)
    full = f"{parent.name}:{customer.name}" if parent is not None else customer.name
    return Subject(known, of, Key(known, of), full, customer)


def lists_of(connection: Connection) -> list[Kind]:
    """Which of our names, customers aside, these books have lists for."""
    connector = dray().registry.get(connection.connector)
    pulls = connector.capabilities.pulls if connector is not None else frozenset()
    return [kind for kind in KINDS if kind is not Kind.CUSTOMER and kind in pulls]


def _list(connection: Connection, kind: Kind) -> str:
    session, now = database(), dray().clock()
    typed, undecided = _typed("q"), request.args.get("show") == "undecided"
    after = request.args.get("after", "").replace("\0", "")[:400]
    return render_template(
        "names/kinds.html",
        connection=connection,
        kind=kind,
        called=KINDS[kind],
        typed=typed,
        undecided=undecided,
        page=name_lists.page(session, connection, kind, now, text=typed, after=after, undecided=undecided),
        looks={**MATCH_LOOKS, Match.SAME_NAME.value: Look("s-ok", "check", "Same name")},
        ages=reading.ages(session, connection.id),
        kinds=KINDS,
        lists=lists_of(connection),
        default_kinds=[each.value for each in CHOSEN],
        side=beside.read(session, dray().registry, now),
    )


def _done(choosing: Choosing, connection: Connection) -> str:
    form = request.form
    match form.get("how"):
        case "link":
            there = choosing.link(form.get("books_id", ""))
            return f"“{choosing.name}” is “{there}” in the books from now on.{_left(choosing)}"
        case "name" if choosing.key.kind is Kind.CUSTOMER:
            there = choosing.name_there(form.get("called", ""), _most(connection))
            return f"“{choosing.name}” is created in the books as “{there}” with its first invoice.{_left(choosing)}"
        case "forget":
            choosing.forget()
            return f"The choice for “{choosing.name}” is taken back. It goes by its own name again.{_left(choosing)}"
        case _:
            raise NotChosen("Nothing was changed. Choose one of the answers first.")


def _left(choosing: Choosing) -> str:
    """What somebody has to move in the books now."""
    if not choosing.left:
        return ""
    stand = "1 invoice stands" if choosing.left == 1 else f"{choosing.left:,} invoices stand"
    return f" {stand} there under the name before: they are listed under “To be moved”."


def _page(connection: Connection, subject: Subject, *, problem: str = "") -> str:
    session, now = database(), dray().clock()
    typed = _typed("q")
    last = subject.name.rpartition(":")[2]
    search = likeness.search if typed else likeness.suggestions
    matched = None
    if subject.customer is not None:
        parent = parent_of(session, subject.customer)
        listed = ListedCustomer(subject.customer, parent.name if parent is not None else "")
        matched = matches.match(session, connection, [listed], now)[0]
    most = _most(connection)
    return render_template(
        "names/one.html",
        connection=connection,
        subject=subject,
        called=KINDS[subject.kind],
        matched=matched,
        looks=MATCH_LOOKS,
        link=links.known(session, connection.id, {subject.key}).get(subject.key),
        found=search(session, connection.id, subject.kind, typed or subject.name),
        typed=typed,
        free=likeness.free_names(session, connection.id, last, most) if subject.customer is not None else (),
        most=most,
        problem=problem,
        form=request.form,
        back=own_address(request.values.get("next")) or "",
        ages={age.kind: age for age in reading.ages(session, connection.id)},
        misplaced=misplaced.listed(session, connection.id, subject.key),
        **_invoices(subject, connection),
        side=beside.read(session, dray().registry, now),
    )


def _invoices(subject: Subject, connection: Connection) -> dict[str, Any]:
    """How many invoices wait for the decision, and which were posted under what stands now."""
    if subject.customer is None:
        return {"waiting": 0, "posted": ()}
    session, theirs = database(), Invoice.customer_id == subject.customer.id
    count = (
        select(func.count()).select_from(Invoice).where(theirs, Invoice.state.in_(_OPEN), Invoice.deleted_at.is_(None))
    )
    posted = (
        select(Invoice.public_id, Invoice.number, Invoice.date)
        .where(theirs, Invoice.state == InvoiceState.SYNCED.value, Invoice.connection_id == connection.id)
        .order_by(Invoice.date.desc(), Invoice.id.desc())
        .limit(_SHOWN)
    )
    return {"waiting": session.scalar(count) or 0, "posted": session.execute(posted).all()}


def _most(connection: Connection) -> int:
    """How many characters a customer's name may have there."""
    judges = dray().registry.judge_for(connection.connector)
    limits = judges.limits_for(bound_books(connection)) if judges is not None else ()
    return next((limit.maximum for limit in limits if limit.field == "customer/name"), 100)


def _typed(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:200]


_IN_AN_INVOICE: Final[Mapping[str, tuple[Kind, str]]] = {
    "terms": (Kind.TERMS, "terms"),
    "rep": (Kind.REP, "rep"),
    "accounting_class": (Kind.CLASS, "accounting_class"),
    "department": (Kind.DEPARTMENT, "department"),
    "tax_code": (Kind.TAX_CODE, "tax_code"),
}
_IN_A_LINE: Final[Mapping[str, Kind]] = {"item": Kind.ITEM, "accounting_class": Kind.CLASS}


def _named_in(invoice: Invoice, field: str) -> tuple[Kind, str] | None:
    """What stands at that path of an invoice: its kind, and its name, or for the customer its public id."""
    first, _, rest = field.partition("/")
    if first == "customer":
        customer = database().scalars(select(Customer.public_id).where(Customer.id == invoice.customer_id)).one()
        return Kind.CUSTOMER, customer
    if first in _IN_AN_INVOICE:
        kind, column = _IN_AN_INVOICE[first]
        name = getattr(invoice, column)
        return (kind, name) if name else None
    number, _, part = rest.partition("/")
    if first != "lines" or not number.isdecimal() or len(number) > 5 or part not in _IN_A_LINE:
        return None
    line = database().scalar(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id == invoice.id)
        .order_by(InvoiceLine.position)
        .offset(int(number))
        .limit(1)
    )
    name = getattr(line, part) if line is not None else None
    return (_IN_A_LINE[part], name) if name else None
