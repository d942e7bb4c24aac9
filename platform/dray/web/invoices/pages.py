"""The list of invoices and one invoice's page: looking only. What the buttons do is in `sending`."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.billing import differences, found_there, replacing, views
from dray.billing.counts import counts
from dray.billing.send import Judge
from dray.connections.models import Connection
from dray.connections.oauth.application import page_in_books
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.invoices import elsewhere, listing, taxes
from dray.web.invoices import reading as reading_invoice
from dray.web.invoices.filters import Filter
from dray.web.invoices.reading import InvoicePage
from dray.web.next_run import NextRun
from dray.web.words import INVOICE_LOOKS, TABS
from dray_sdk import Kind, Money
from dray_tenants.roles import Right

_COUNTED = 50
"""How far the others that were found in the books are counted."""


@needs(Right.VIEW)
def show_list() -> str:
    """The list; with `everything=1`, all that the filter matches is selected."""
    wanted = Filter.read(request.args)
    everything = listing.matching(database(), wanted) if request.args.get("everything") else None
    live = None if everything else url_for("web.invoices_live", **_arguments())
    return render_template("invoices/list.html", live=live, **_list(wanted, everything))


@needs(Right.VIEW)
def list_live() -> Response:
    """The parts of the same view that change by themselves; 304 while they have not."""
    wanted = Filter.read(request.args)
    return unless_same(render_template("invoices/live.html", **_list(wanted, None)))


@needs(Right.VIEW)
def show_invoice(public_id: str) -> str:
    """One invoice. Another tenant's is not there."""
    page = _found(public_id)
    document = page.document
    return render_template(
        "invoices/one.html",
        bill_to=reading_invoice.address_lines(document.bill_to),
        ship_to=reading_invoice.address_lines(document.ship_to),
        **_one(page),
    )


@needs(Right.VIEW)
def invoice_live(public_id: str) -> Response:
    """The changing parts of one invoice's page."""
    return unless_same(render_template("invoices/one_live.html", **_one(_found(public_id))))


def unless_same(html: str) -> Response:
    """The fragment, or 304 when the browser has exactly this one already."""
    response = make_response(html)
    response.set_etag(hashlib.sha256(html.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-store"
    return response.make_conditional(request)


def _list(wanted: Filter, everything: listing.Matching | None) -> dict[str, Any]:
    session, now = database(), dray().clock()
    found = listing.page(
        session,
        wanted,
        judge=_judge(None),
        now=now,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    side = beside.read(session, dray().registry, now)
    return {
        "filter": wanted,
        "page": found,
        "everything": everything,
        "counts": counts(session),
        "tabs": TABS,
        "looks": INVOICE_LOOKS,
        "side": side,
        "run": side.run,
        "targets": beside.of_targets(
            session, dray().registry, {row.target for row in found.rows if row.may == "unpend"}, side.connection, now
        ),
        "at_most": listing.AT_MOST,
        "views": views.views_of(session, viewer().email),
        "bounded": listing.is_bounded(session, wanted),
        "narrowing": listing.narrowing(session, wanted),
    }


def _arguments() -> dict[str, Any]:
    """The address's arguments that choose the view, and nothing else that somebody put there."""
    chosen = {name: request.args[name] for name in ("after", "before") if request.args.get(name)}
    return {**Filter.read(request.args).query, **chosen}


def _found(public_id: str) -> InvoicePage:
    page = reading_invoice.read(database(), public_id, judge_for=_judge, now=dray().clock())
    if page is None:
        abort(404)
    return page


def _judge(connection: Connection | None) -> Judge:
    """The judge of this connection, or of the one that invoices go to by default."""
    target = connection or beside.default_connection(database())
    return dray().judge_for(database(), target) if target is not None else lambda document: ()


def _one(page: InvoicePage) -> dict[str, Any]:
    side = beside.read(database(), dray().registry, dray().clock())
    receipt = page.receipt
    balance = receipt.balance_minor if receipt is not None else None
    target = page.connection or beside.default_connection(database())
    differs = differences.of(database(), [page.key]).get(page.key)
    return {
        "invoice": page,
        "target": target,
        "taxes": taxes.taxes_there(database(), target, page.problems),
        "compared": reading_invoice.compare(page),
        "receipt_says": reading_invoice.receipt_sentence(database(), page),
        "differs": differs,
        "differing_total": _money(differs.total_minor, page) if differs is not None else None,
        "differing_balance": _money(differs.balance_minor, page) if differs is not None else None,
        "balance": None if balance is None else Money(balance, page.document.currency),
        "looks": INVOICE_LOOKS,
        "side": side,
        "run": side.run,
        "in_books_at": _in_books_at(page),
        "its_run": _run_of(page, side.run),
        "elsewhere": elsewhere.read(database(), page.key, dray().clock()) if page.sendable else None,
        "more_found_there": _more_found_there(page),
        "replaces": replacing.of(database(), [page.key]).get(page.key),
        "replaced_by": replacing.by(database(), page.key),
    }


def _run_of(page: InvoicePage, default: NextRun) -> NextRun:
    """When the books that this invoice went to are asked next."""
    if page.connection is None or page.connection.state == "removed":
        return default
    return beside.state_of(database(), dray().registry, page.connection, dray().clock()).run


def _more_found_there(page: InvoicePage) -> str:
    """How many the books have exactly as they are here, where this is one of several; a plus where there are more."""
    if not page.sendable or not page.candidates:
        return ""
    count = len(found_there.found(database(), limit=_COUNTED))
    return "" if count < 2 else f"{count}+" if count == _COUNTED else str(count)


def _in_books_at(page: InvoicePage) -> str:
    if page.receipt is None or page.connection is None:
        return ""
    parts, connection = dray(), page.connection
    return page_in_books(parts.settings, parts.registry.get(connection.connector), Kind.INVOICE, page.receipt.books_id)


def _money(minor: int | None, page: InvoicePage) -> Money | None:
    return None if minor is None else Money(minor, page.document.currency)
