"""The addresses of the console."""

from __future__ import annotations

from flask import Blueprint, Flask

from dray.console import accesses, closures, connectors, customers, error_guide, everyday, installs

__all__ = ["register"]

POST = ["POST"]


def register(app: Flask) -> None:
    """Add the pages to the application."""
    console = Blueprint("console", __name__, url_prefix="/console")
    console.add_url_rule("", "home", customers.show_customers)
    console.add_url_rule("/triage", "triage", customers.triage, methods=POST)
    console.add_url_rule("/installs", "begin_install", installs.begin_install, methods=POST)
    console.add_url_rule("/connectors", "connectors", connectors.show_connectors)
    console.add_url_rule("/errors", "errors", error_guide.show_errors)
    console.add_url_rule("/access", "accesses", accesses.show_accesses)
    console.add_url_rule("/access/<public_id>/agree", "agree", accesses.agree, methods=POST)
    console.add_url_rule("/access/<public_id>/end", "end_access", accesses.end_access, methods=POST)
    console.add_url_rule("/closures", "calendars", closures.show_calendars)
    console.add_url_rule("/closures", "add_days", closures.add_days, methods=POST)
    console.add_url_rule("/closures/<public_id>/take-away", "take_days_away", closures.take_days_away, methods=POST)
    one = "/connections/<public_id>"
    console.add_url_rule(one, "install", installs.show_install)
    console.add_url_rule(f"{one}/live", "install_live", installs.install_live)
    console.add_url_rule(f"{one}/access", "ask_access", accesses.ask_access, methods=POST)
    console.add_url_rule(f"{one}/link", "new_link", installs.new_link, methods=POST)
    console.add_url_rule(f"{one}/watch", "watch", everyday.watch, methods=POST)
    console.add_url_rule(f"{one}/password", "rotate", everyday.rotate, methods=POST)
    console.add_url_rule(f"{one}/password/older", "revoke_older", everyday.revoke_older, methods=POST)
    console.add_url_rule(f"{one}/pause", "pause", everyday.pause, methods=POST)
    console.add_url_rule(f"{one}/resume", "resume", everyday.resume, methods=POST)
    console.add_url_rule(f"{one}/rename", "rename", everyday.rename, methods=POST)
    console.add_url_rule(f"{one}/move", "move", everyday.move_to_new_computer, methods=POST)
    console.add_url_rule(f"{one}/care", "care", everyday.look_after, methods=POST)
    console.add_url_rule(f"{one}/retire", "retire", everyday.retire, methods=POST)
    console.add_url_rule(f"{one}/calendar", "follow", closures.follow_for_company, methods=POST)
    app.register_blueprint(console)
