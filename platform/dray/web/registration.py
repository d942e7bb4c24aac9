"""Which address leads to which page, and what every template may use."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, g, redirect, url_for
from werkzeug.wrappers import Response

from dray.connections.models import Connection
from dray.extensions import dray
from dray.help import articles
from dray.web import failures, formats
from dray.web.access import Viewer, for_everybody
from dray.web.company.leaving import add_leaving_routes
from dray.web.connections import pages as connections
from dray.web.connections import signing_in_to_books
from dray.web.connections.naming import add_naming_routes
from dray.web.connections.routes import add_connection_life_routes
from dray.web.connections.routing import add_routing_routes
from dray.web.connections.sending_choices import add_sending_choices_routes
from dray.web.help import add_help_routes
from dray.web.imports.routes import add_import_routes
from dray.web.invoices import deciding, prepaid, sending
from dray.web.invoices import pages as invoices
from dray.web.invoices.found_there import add_found_there_routes
from dray.web.invoices.mending import add_mending_routes, ways_out
from dray.web.invoices.redating import add_redating_routes
from dray.web.invoices.routes import add_billing_routes
from dray.web.invoices.taking_back import add_taking_back_routes
from dray.web.invoices.views import add_view_routes
from dray.web.people import personal, sessions
from dray.web.people.routes import add_people_routes, add_session_routes
from dray.web.people.support_access import add_support_access_routes
from dray.web.records.forgetting import add_forgetting_routes
from dray.web.watching.routes import add_watching_routes


@for_everybody
def home() -> Response:
    """Where everything begins."""
    return redirect(url_for("web.overview"), 303)


def register(app: Flask) -> None:
    """Add the pages to the application."""
    sessions.register(app)
    failures.register(app)
    _teach_templates(app)
    web = Blueprint("web", __name__)
    web.add_url_rule("/", "home", home)
    add_session_routes(web)
    add_people_routes(web)
    add_billing_routes(web)
    _add_invoice_routes(web)
    _add_connection_routes(web)
    add_connection_life_routes(web)
    signing_in_to_books.add_consent_routes(web)
    add_help_routes(web)
    add_import_routes(web)
    add_leaving_routes(web)
    add_naming_routes(web)
    add_mending_routes(web)
    add_sending_choices_routes(web)
    add_redating_routes(web)
    add_forgetting_routes(web)
    add_found_there_routes(web)
    add_routing_routes(web)
    add_support_access_routes(web)
    add_taking_back_routes(web)
    add_view_routes(web)
    add_watching_routes(web)
    app.register_blueprint(web)
    signing_in_to_books.register(app)


def _add_invoice_routes(web: Blueprint) -> None:
    web.add_url_rule("/invoices", "invoices", invoices.show_list)
    web.add_url_rule("/invoices/live", "invoices_live", invoices.list_live)
    web.add_url_rule("/invoices/paid-in-billing.csv", "prepaid_file", prepaid.download)
    web.add_url_rule("/invoices/review", "review", sending.review)
    web.add_url_rule("/invoices/review", "start_review", sending.start_review, methods=["POST"])
    web.add_url_rule("/invoices/send", "send_reviewed", sending.send_reviewed, methods=["POST"])
    web.add_url_rule("/invoices/unpend", "unpend_picked", sending.unpend_picked, methods=["POST"])
    web.add_url_rule("/sendings/<public_id>/undo", "undo_sending", sending.undo_sending, methods=["POST"])
    web.add_url_rule("/invoices/<public_id>", "invoice", invoices.show_invoice)
    web.add_url_rule("/invoices/<public_id>/not-sent", "mark_not_sent", sending.mark_not_sent, methods=["POST"])
    one = "/invoices/<public_id>"
    web.add_url_rule(f"{one}/additional", "say_additional", deciding.say_additional, methods=["POST"])
    web.add_url_rule(f"{one}/already-there", "it_is_that_one", deciding.it_is_that_one, methods=["POST"])
    web.add_url_rule(f"{one}/anyway", "post_it_anyway", deciding.post_it_anyway, methods=["POST"])
    web.add_url_rule(f"{one}/none-of-these", "none_of_these", deciding.none_of_these, methods=["POST"])
    web.add_url_rule(f"{one}/elsewhere", "send_it_elsewhere", deciding.send_it_elsewhere, methods=["POST"])
    web.add_url_rule(f"{one}/take-back", "take_it_back", deciding.take_it_back, methods=["POST"])
    web.add_url_rule("/invoices/<public_id>/live", "invoice_live", invoices.invoice_live)


def _add_connection_routes(web: Blueprint) -> None:
    one = "/connections/<public_id>"
    web.add_url_rule("/connections", "connections", connections.show_connections)
    web.add_url_rule("/connections", "create_connection", connections.create_connection, methods=["POST"])
    web.add_url_rule("/connections/new", "new_connection", connections.new_connection)
    web.add_url_rule(one, "connection", connections.show_connection)
    web.add_url_rule(f"{one}/live", "connection_live", connections.connection_live)
    web.add_url_rule(f"{one}/file", "invitation", connections.download_invitation, methods=["POST"])
    web.add_url_rule(f"{one}/password", "password", connections.mint_password, methods=["POST"])
    web.add_url_rule(f"{one}/check", "check_connection", connections.check_now, methods=["POST"])


def _teach_templates(app: Flask) -> None:
    app.add_template_filter(formats.amount, "amount")
    app.add_template_filter(formats.price, "price")
    app.add_template_filter(formats.number, "number")
    app.add_template_filter(formats.unit_price, "unit_price")
    app.add_template_filter(formats.count, "counted")
    app.add_template_filter(formats.plural, "plural")
    app.add_template_filter(formats.initials, "initials")
    app.add_template_filter(formats.full_day, "full_day")
    app.add_template_filter(lambda moment: formats.ago(moment, _now()), "ago")
    app.add_template_filter(lambda moment: formats.until(moment, _now()), "until")
    app.add_template_filter(lambda moment: formats.clock(moment, _zone(), _now()), "clock")
    app.add_template_filter(lambda moment: formats.to_the_second(moment, _zone()), "to_the_second")
    app.add_template_filter(lambda date: formats.day(date, _now().astimezone(_zone()).date()), "day")
    app.add_template_global(lambda name: url_for("static", filename=name), "asset")
    app.add_template_global(_calls_us, "calls_us")
    app.add_template_global(lambda: _zone().key.replace("_", " "), "zone_name")
    app.add_template_global(ways_out, "ways_out")

    @app.context_processor
    def common() -> dict[str, Any]:
        return {"viewer": _viewer(), "now": _now(), "theme": personal.theme(), "article_of": articles.OF_SECTION}


def _calls_us(connection: Connection | None) -> bool:
    """Whether that connection's books call us, so that people have to wait for their call."""
    connector = dray().registry.get(connection.connector) if connection is not None else None
    return connector is None or connector.capabilities.dialled_into


def _viewer() -> Viewer | None:
    found: Viewer | None = g.get("viewer")
    return found


def _zone() -> ZoneInfo:
    chosen: ZoneInfo | None = g.get("page_zone")
    viewer = _viewer()
    return chosen or (viewer.zone if viewer is not None else ZoneInfo("UTC"))


def _now() -> dt.datetime:
    """One moment for a whole page, so that no two of its times disagree."""
    if "page_now" not in g:
        g.page_now = dray().clock()
    moment: dt.datetime = g.page_now
    return moment
