"""What a company chooses for the invoices of one connection, where each field lands there, and what has to be moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import company_settings
from dray.connections import choices
from dray.connections.binding import bound_books
from dray.connections.choices import CHOSEN, Chosen, Rule
from dray.connections.models import Connection
from dray.extensions import dray
from dray.twin import likeness, misplaced, reading
from dray.twin.models import TwinEntry
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.connections import pages as connections
from dray.web.notices import Notice
from dray_sdk import Delivery, Entry, Kind, Landing, Lands, Money
from dray_tenants import audit
from dray_tenants.roles import Right

CALLED: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.ITEM: ("item", "items"),
    Kind.TERMS: ("terms", "terms"),
    Kind.CLASS: ("class", "classes"),
    Kind.DEPARTMENT: ("department", "departments"),
    Kind.REP: ("sales rep", "sales reps"),
    Kind.TAX_CODE: ("sales tax", "sales taxes"),
    Kind.TEMPLATE: ("template", "templates"),
}
"""What a default is chosen for, and what people call one and many of them."""

FILLS: Final[Mapping[Kind, str]] = {
    Kind.ITEM: "for a charge that names no item",
    Kind.TEMPLATE: "on which the books print it",
}

RULES: Final[Mapping[Rule, tuple[str, str]]] = {
    Rule.ACCEPT: ("Accept it", "The difference is shown on the invoice’s own page, and in its history."),
    Rule.WARN: ("Warn us", "It also waits among the problems until somebody has looked."),
    Rule.PAUSE: ("Pause the connection", "As before, and nothing more is sent until somebody resumes."),
}
DELIVERIES: Final[Mapping[str, tuple[str, str]]] = {
    "": ("Neither", "The books put it on no list. Dray’s own way, whatever the habit of the company."),
    Delivery.PRINTED.value: ("To be printed", "It waits on the books’ list of what is to be printed."),
    Delivery.EMAILED.value: ("To be e-mailed", "It waits on the books’ list of what is to be e-mailed."),
}


def add_sending_choices_routes(web: Blueprint) -> None:
    """Add them."""
    one = "/connections/<public_id>"
    web.add_url_rule(f"{one}/choices", "choices", show_choices)
    web.add_url_rule(f"{one}/choices", "set_delivery", set_delivery, methods=["POST"])
    web.add_url_rule(f"{one}/receipt-rule", "set_receipt_rule", set_receipt_rule, methods=["POST"])
    web.add_url_rule(f"{one}/choices/<kind>", "default", show_default)
    web.add_url_rule(f"{one}/choices/<kind>", "set_default", set_default, methods=["POST"])
    web.add_url_rule(f"{one}/fields", "fields", show_fields)
    web.add_url_rule(f"{one}/misplaced", "misplaced", show_misplaced)
    web.add_url_rule(f"{one}/misplaced", "look_misplaced", look_misplaced, methods=["POST"])
    web.add_url_rule(f"{one}/misplaced/<int:line>", "tick_misplaced", tick_misplaced, methods=["POST"])


@needs(Right.VIEW)
def show_choices(public_id: str) -> str:
    """Everything that was chosen, and the forms."""
    session, connection = database(), connections.found(public_id)
    chosen, settings = choices.of(connection), company_settings.read(session)
    ages = {age.kind: age for age in reading.ages(session, connection.id)}
    return render_template(
        "choices/page.html",
        chosen=chosen,
        kinds=_kinds(connection),
        called=CALLED,
        fills=FILLS,
        rules=RULES,
        deliveries=DELIVERIES,
        tolerance=Money(settings.tolerance_minor, settings.currency),
        gone={kind for kind, one in chosen.defaults.items() if kind in ages and _entry(connection, kind, one) is None},
        **_frame(connection),
    )


@needs(Right.MANAGE_CONNECTIONS)
def set_delivery(public_id: str) -> Response:
    """On which list of the books invoices go."""
    session, connection, wanted = database(), connections.found(public_id), request.form.get("delivery", "")
    if wanted not in DELIVERIES:
        abort(400)
    delivery = Delivery(wanted) if wanted else None
    done = choices.set_delivery(session, connection, delivery, at=dray().clock(), actor=viewer().actor)
    session.commit()
    return _kept(public_id, done, f"{DELIVERIES[wanted][0]}: that holds for what is sent from now on.")


@needs(Right.SET_TOLERANCE)
def set_receipt_rule(public_id: str) -> Response:
    """What happens when the books recorded other figures than were sent."""
    session, connection = database(), connections.found(public_id)
    try:
        rule = Rule(request.form.get("rule", ""))
    except ValueError:
        abort(400)
    done = choices.set_rule(session, connection, rule, at=dray().clock(), actor=viewer().actor)
    session.commit()
    return _kept(public_id, done, f"{RULES[rule][0]}: that holds for every receipt from now on.")


@needs(Right.VIEW)
def show_default(public_id: str, kind: str) -> str:
    """The real list, searchable; one of it is ticked by its id."""
    connection = connections.found(public_id)
    return _default(connection, _kind(connection, kind))


@needs(Right.MANAGE_CONNECTIONS)
def set_default(public_id: str, kind: str) -> Response | tuple[str, int]:
    """Use that entry for what leaves the place open, or nothing any more."""
    session, connection = database(), connections.found(public_id)
    wanted, now, actor = _kind(connection, kind), dray().clock(), viewer().actor
    one, _ = CALLED[wanted]
    if request.form.get("how") == "none":
        done = choices.set_default(session, connection, wanted, None, at=now, actor=actor)
        session.commit()
        return _kept(public_id, done, f"No {one} is filled in any more.")
    there = _entry(connection, wanted, Chosen(request.form.get("books_id", "")[:200], ""))
    if there is None or not there.active:
        return _default(connection, wanted, problem="Tick one that is active there."), 422
    chosen = Chosen(there.books_id, there.name or "")
    done = choices.set_default(session, connection, wanted, chosen, at=now, actor=actor)
    session.commit()
    return _kept(
        public_id, done, f"“{chosen.name}” is filled in from the next Send on, where an invoice names no {one}."
    )


@needs(Right.VIEW)
def show_fields(public_id: str) -> str:
    """Where each field of an invoice lands in these books, from the connector's own facts."""
    connection = connections.found(public_id)
    return render_template("choices/fields.html", landings=_landings(connection), **_frame(connection))


@needs(Right.VIEW)
def show_misplaced(public_id: str) -> str:
    """What these books took under a link that was changed since."""
    connection = connections.found(public_id)
    listed = misplaced.listed(database(), connection.id)
    return render_template("choices/misplaced.html", listed=listed, most=misplaced.SHOWN, **_frame(connection))


@needs(Right.EDIT_CUSTOMERS)
def look_misplaced(public_id: str) -> Response:
    """Look all of them up in the next exchange."""
    session, connection = database(), connections.found(public_id)
    count = misplaced.look_again(session, connection.id, dray().clock())
    session.commit()
    flash(Notice("They are looked up with the next call." if count else "Nothing waits to be moved.").plain, "s-ok")
    return redirect(url_for("web.misplaced", public_id=public_id), 303)


@needs(Right.DECIDE_DIFFERENCES)
def tick_misplaced(public_id: str, line: int) -> Response:
    """Somebody says that it is put right."""
    session, connection, now = database(), connections.found(public_id), dray().clock()
    if misplaced.tick(session, line, connection.id, at=now, actor=viewer().actor):
        details = {"name": connection.name, "line": line}
        audit.record(
            session, actor=viewer().actor, action="connection.misplaced_ticked", subject=public_id, now=now,
            details=details,
        )  # fmt: skip
        session.commit()
        flash(Notice("It is ticked off.").plain, "s-ok")
    else:
        flash(Notice("It was ticked off already.").plain, "s-warn")
    return redirect(url_for("web.misplaced", public_id=public_id), 303)


def _frame(connection: Connection) -> dict[str, Any]:
    side = beside.read(database(), dray().registry, dray().clock())
    return {"connection": connection, "side": side, "title": _title(connection)}


def _title(connection: Connection) -> str:
    connector = dray().registry.get(connection.connector)
    return connector.title if connector is not None else "the books"


def _kinds(connection: Connection) -> list[Kind]:
    """What these books have lists of, and a default can be chosen for."""
    connector = dray().registry.get(connection.connector)
    pulls = connector.capabilities.pulls if connector is not None else frozenset()
    return [kind for kind in CHOSEN if kind in pulls]


def _kind(connection: Connection, kind: str) -> Kind:
    found = next((each for each in _kinds(connection) if each.value == kind), None)
    if found is None:
        abort(404)
    return found


def _landings(connection: Connection) -> tuple[Landing, ...]:
    """Nothing where the connector, somebody else's perhaps, does not say."""
    connector = dray().registry.get(connection.connector)
    if connector is None or not isinstance(connector, Lands):
        return ()
    return connector.landings_for(bound_books(connection))


def _entry(connection: Connection, kind: Kind, chosen: Chosen) -> Entry | None:
    row = database().scalar(
        select(TwinEntry).where(
            TwinEntry.connection_id == connection.id,
            TwinEntry.kind == kind.value,
            TwinEntry.books_id == chosen.books_id,
        )
    )
    return Entry(kind, row.books_id, name=row.name, active=row.active) if row is not None and _fits(row, kind) else None


def _fits(row: Any, kind: Kind) -> bool:
    """A form of another kind than invoices is no template for them."""
    return kind is not Kind.TEMPLATE or (row.details or {}).get("form", "Invoice") == "Invoice"


def _default(connection: Connection, kind: Kind, *, problem: str = "") -> str:
    session = database()
    typed = request.values.get("q", "").replace("\0", "").strip()[:200]
    ages = {age.kind: age for age in reading.ages(session, connection.id)}
    found = likeness.search(session, connection.id, kind, typed, limit=40)
    return render_template(
        "choices/default.html",
        kind=kind,
        called=CALLED[kind],
        fills=FILLS.get(kind, ""),
        found=[entry for entry in found if _fits(entry, kind)],
        typed=typed,
        age=ages.get(kind),
        stands=choices.of(connection).defaults.get(kind),
        problem=problem,
        **_frame(connection),
    )


def _kept(public_id: str, done: bool, said: str) -> Response:
    flash(Notice(said if done else "That stands already.").plain, "s-ok" if done else "s-warn")
    return redirect(url_for("web.choices", public_id=public_id), 303)
