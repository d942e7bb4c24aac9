"""Fixes in place: a way out of a problem, for one invoice or as a rule for all that are alike; the page of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import documents, fixing, problems, rules
from dray.billing.amounts import problems_of
from dray.billing.given import Missing, NotNow, Unacceptable
from dray.billing.mending import FOR_RULES, Offer, Way, mend_of, offers
from dray.billing.mending_models import MendingRule
from dray.billing.models import Invoice
from dray.billing.rules import pattern_of
from dray.connections.binding import bound_books
from dray.connections.links import Key
from dray.connections.models import Connection
from dray.extensions import dray
from dray.twin.choosing import Choosing, NotChosen
from dray.twin.judging import BooksJudge
from dray.web import side as beside
from dray.web.access import database, needs, own_address, viewer
from dray.web.invoices import taxes
from dray.web.invoices.sending import read_picks
from dray.web.notices import Notice
from dray_sdk import Invoice as Document
from dray_sdk import Problem
from dray_tenants.roles import Right
from dray_tenants.scope import Scoped

_LONGEST: Final = 10_000
_BESIDES: Final[Mapping[Way, Right]] = {Way.BOOKS_DECIDE: Right.POST_ANYWAY, Way.NAME_THERE: Right.EDIT_CUSTOMERS}
"""What a way asks for beside the right to write invoices."""


def add_mending_routes(web: Blueprint) -> None:
    """Add them."""
    web.add_url_rule("/invoices/<public_id>/mend", "mend_invoice", mend_invoice, methods=["POST"])
    web.add_url_rule("/rules", "rules", show_rules)
    web.add_url_rule("/rules", "keep_rule", keep_rule, methods=["POST"])
    web.add_url_rule("/rules/try", "try_rule", try_rule)
    web.add_url_rule("/rules/<public_id>/delete", "delete_rule", delete_rule, methods=["POST"])


@needs(Right.WRITE_INVOICES)
def mend_invoice(public_id: str) -> Response:
    """Take one way out of one problem of one invoice, in the version that was looked at."""
    session = database()
    named, _, about = request.form.get("way", "").partition(" ")
    way = _way(named)
    invoice = session.scalar(select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None)))
    if invoice is None or way is None:
        abort(404)
    if (besides := _BESIDES.get(way)) is not None and not viewer().can(besides):
        abort(403)
    acting: dict[str, Any] = {"at": dray().clock(), "actor": viewer().actor}
    version = read_picks(request.form.getlist("pick")).get(public_id)
    try:
        if way is Way.NAME_THERE:
            _name_there(session, invoice, about, acting)
        elif way is Way.PICK:
            tax = taxes.named(session, _target(session, invoice), request.form.get("tax", ""))
            fixing.choose_tax(session, public_id, tax, version=version, **acting)
        else:
            _mend(session, invoice, way, about, version, acting)
    except Missing:
        session.rollback()
        abort(404)
    except (NotNow, NotChosen) as refused:
        session.rollback()
        flash(Notice(f"Nothing was changed. {refused}").plain, "s-warn")
    except Unacceptable as refused:
        session.rollback()
        flash(Notice("Nothing was changed.", [each.detail for each in refused.complaints]).plain, "s-warn")
    else:
        session.commit()
        flash(Notice(f"{invoice.number} is put right there. Nothing was sent.").plain, "s-ok")
    return redirect(_anew(public_id), 303)


def _mend(session: Scoped, invoice: Invoice, way: Way, about: str, version: int | None, acting: dict[str, Any]) -> None:
    """Only what a problem that is there offers is done; its own text, or the one that somebody wrote in its place."""
    code, _, field = about.partition(" ")
    connection = _target(session, invoice)
    document = documents.build(session, [invoice.id])[invoice.id]
    found = [*problems_of(document), *_findings(session, connection, document)]
    problem = next((each for each in found if (each.code, each.field) == (code, field)), None)
    text = request.form.get(f"text {about}")
    mend = None if problem is None else mend_of(problem, way, _typed(text) if way is Way.USE and text else None)
    if mend is None:
        raise NotNow("That is put right already, or the invoice was changed meanwhile. Look at it again.")
    fixing.fix(session, invoice.public_id, mend, version=version, **acting)


def _name_there(session: Scoped, invoice: Invoice, about: str, acting: Mapping[str, Any]) -> None:
    """The customer of this invoice has another name in these books, with all of its invoices."""
    connection = _target(session, invoice)
    if connection is None:
        raise NotNow("No books are connected yet.")
    customer = documents.build(session, [invoice.id])[invoice.id].customer
    choosing = Choosing(session, connection, Key.of(customer), customer.name, acting["at"], acting["actor"])
    judges = dray().registry.judge_for(connection.connector)
    limits = judges.limits_for(bound_books(connection)) if judges is not None else ()
    most = next((limit.maximum for limit in limits if limit.field == "customer/name"), 100)
    choosing.name_there(_typed(request.form.get(f"text {about}", "")), most)


@needs(Right.VIEW)
def show_rules() -> str:
    """Every rule, with what it does."""
    session = database()
    connections = _connections(session)
    return render_template(
        "rules/list.html",
        rules=[_told(rule, connections[rule.connection_id]) for rule in rules.rules_of(session)],
        side=beside.read(session, dray().registry, dray().clock()),
    )


@needs(Right.VIEW)
def try_rule() -> str:
    """What one decision would do with the last invoices, before it becomes a rule, and after."""
    session = database()
    connection, key, way = _asked(session, request.args)
    judge = dray().judge_for(session, connection)
    known = next((rule for rule in rules.rules_of(session, connection.id) if (rule.code, rule.field) == key), None)
    return render_template(
        "rules/try.html",
        told=Told("", connection, key, way, _words(connection, key, way), known.made_by if known else ""),
        known=known,
        tried=rules.tried(session, key, way, judge.without_rules if isinstance(judge, BooksJudge) else judge),
        looked_at=rules.TRIED,
        ways=_ways_for(connection, key),
        back=own_address(request.args.get("next")) or "",
        side=beside.read(session, dray().registry, dray().clock()),
    )


@needs(Right.WRITE_INVOICES)
def keep_rule() -> Response:
    """Make the rule, or change the one that there is."""
    session = database()
    connection, key, way = _asked(session, request.form)
    try:
        rules.keep(session, connection.id, key, way, at=dray().clock(), actor=viewer().actor)
    except Unacceptable as refused:
        session.rollback()
        flash(Notice("No rule was made.", [each.detail for each in refused.complaints]).plain, "s-warn")
    else:
        session.commit()
        flash(Notice("The rule holds from now on, for all invoices that are not sent yet.").plain, "s-ok")
    return redirect(own_address(request.form.get("next")) or url_for("web.rules"), 303)


@needs(Right.WRITE_INVOICES)
def delete_rule(public_id: str) -> Response:
    """Delete a rule. What was sent under it stays."""
    session = database()
    try:
        rules.drop(session, public_id, at=dray().clock(), actor=viewer().actor)
    except Missing:
        session.rollback()
        abort(404)
    session.commit()
    flash(Notice("The rule is deleted. What was sent under it stays as it is.").plain, "s-ok")
    return redirect(url_for("web.rules"), 303)


@dataclass(frozen=True, slots=True)
class Told:
    """A rule as people read it."""

    public_id: str
    connection: Connection
    key: rules.Key
    way: Way
    words: str
    made_by: str

    @property
    def query(self) -> dict[str, str]:
        """What the page that tries it is asked with."""
        code, field = self.key
        return {"connection": self.connection.public_id, "code": code, "field": field, "way": self.way.value}


def ways_out(stored: Mapping[str, Any]) -> tuple[Offer, ...]:
    """The ways out of a problem in stored form."""
    return offers(problems.unstored(stored))


def _findings(session: Scoped, connection: Connection | None, document: Document) -> tuple[Problem, ...]:
    if connection is None:
        return ()
    judge = dray().judge_for(session, connection)
    return judge.without_rules(document) if isinstance(judge, BooksJudge) else judge(document)


def _target(session: Scoped, invoice: Invoice) -> Connection | None:
    """The connection that the page was about: the one that the form names, else the invoice's, else the default."""
    named = request.form.get("connection", "")
    statement = select(Connection).where(Connection.state != "removed")
    if named:
        return session.scalar(statement.where(Connection.public_id == named)) or abort(404)
    if invoice.connection_id is not None:
        return session.scalar(statement.where(Connection.id == invoice.connection_id))
    return beside.default_connection(session)


def _asked(session: Scoped, given: Mapping[str, str]) -> tuple[Connection, rules.Key, Way]:
    way = _way(given.get("way", ""))
    connection = session.scalar(select(Connection).where(Connection.public_id == given.get("connection", "")))
    if connection is None or way not in FOR_RULES or way is None:
        abort(404)
    key = (given.get("code", "")[:40], pattern_of(given.get("field", "")[:120]))
    return connection, key, way


def _connections(session: Scoped) -> dict[int, Connection]:
    return {each.id: each for each in session.scalars(select(Connection))}


def _way(named: str) -> Way | None:
    return next((way for way in Way if way.value == named), None)


def _typed(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()[:_LONGEST]


def _anew(public_id: str) -> str:
    """Back to the page that the button was on. A review asks for versions: this invoice's is a new one now, so it is
    asked for by the newest."""
    back = own_address(request.form.get("next"))
    if back is None:
        return url_for("web.invoice", public_id=public_id)
    session = database()
    version = session.scalar(select(Invoice.version).where(Invoice.public_id == public_id))
    pick = request.form.get("pick", "")
    return back.replace(pick, f"{public_id}.{version}") if pick and version else back


# ---- words

_CODES: Final[Mapping[str, str]] = {
    "too_long": "is too long",
    "characters": "has letters that the books do not hold",
    "line_break": "has line breaks or tabs",
    "email": "is no e-mail address",
    "missing_message": "is not in the books’ list of messages",
    "inactive": "is inactive there",
    "class_tracking_off": "is given, and class tracking is off",
    "departments_off": "is given, and locations are off",
    "sales_tax_off": "is given, and sales tax is off",
}
_WAYS: Final[Mapping[tuple[str, Way], str]] = {
    ("too_long", Way.USE): "it is shortened as suggested: words abbreviated first, then the end cut off",
    ("characters", Way.USE): "it is written in letters that they hold",
    ("line_break", Way.USE): "it is put on one line",
}
_OTHERWISE: Final[Mapping[Way, str]] = {
    Way.USE: "the suggested text is sent",
    Way.SPLIT: "the rest goes on a text line below",
    Way.TO_MEMO: "all of it goes into the memo",
    Way.LEAVE_OUT: "it is left out",
}


def _told(rule: MendingRule, connection: Connection) -> Told:
    key, way = (rule.code, rule.field), Way(rule.way)
    return Told(rule.public_id, connection, key, way, _words(connection, key, way), rule.made_by)


def _words(connection: Connection, key: rules.Key, way: Way) -> str:
    code, field = key
    judges = dray().registry.judge_for(connection.connector)
    limits = judges.limits_for(bound_books(connection)) if judges is not None else ()
    label = next((limit.label for limit in limits if limit.field == field), "")
    label = label or field.replace("lines/*/", "").replace("_", " ").replace("/", ", ").capitalize()
    if field.startswith("lines/*/") and "line" not in label.lower():
        label = f"{label} of a line"
    happens = _WAYS.get((code, way), _OTHERWISE[way])
    return f"{label} {_CODES.get(code, code.replace('_', ' '))}: {happens}."


def _ways_for(connection: Connection, key: rules.Key) -> list[tuple[str, str]]:
    """The other ways that this kind of problem may have, to change the rule to."""
    code, field = key
    possible = {
        "description": (Way.SPLIT,),
        "email": (Way.USE,),
    }.get(field.rpartition("/")[2], (Way.USE, Way.TO_MEMO) if code == "too_long" else (Way.USE,))
    if code in ("missing_message", "inactive"):
        possible = (Way.TO_MEMO, Way.LEAVE_OUT)
    if code.endswith("_off"):
        possible = (Way.LEAVE_OUT,)
    return [(way.value, _WAYS.get((code, way), _OTHERWISE[way])) for way in possible]
