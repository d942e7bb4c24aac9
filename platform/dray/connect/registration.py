"""The addresses behind a set-up link."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import Gone

from dray.connect import claiming, doing, showing
from dray.web.people import sessions

__all__ = ["register"]

POST = ["POST"]
TRIES = "12 per minute; 60 per hour"
"""Codes from one address: fifty random bits, and each good for half an hour."""


def register(app: Flask) -> None:
    """Add the pages to the application."""
    connect = Blueprint("connect", __name__)
    dam = sessions.limiter.shared_limit(sessions.FLOOD, scope="set-up links", key_func=get_remote_address)
    tries = sessions.limiter.shared_limit(TRIES, scope="set-up codes", key_func=get_remote_address)
    connect.add_url_rule("/connect", "code", claiming.ask_for_code)
    connect.add_url_rule("/connect", "join", tries(claiming.join), methods=POST)
    connect.add_url_rule("/connect/<secret>", "link", claiming.show_link)
    connect.add_url_rule("/connect/<secret>", "claim", dam(claiming.claim), methods=POST)
    one = "/connect/steps/<public_id>"
    connect.add_url_rule(one, "steps", showing.show_steps)
    connect.add_url_rule(f"{one}/live", "live", showing.live)
    connect.add_url_rule(f"{one}/file", "file", showing.download)
    connect.add_url_rule(f"{one}/begin", "hand_over", dam(doing.hand_over), methods=POST)
    connect.add_url_rule(f"{one}/password", "password", dam(doing.make_password), methods=POST)
    connect.add_url_rule(f"{one}/identity", "identity", dam(doing.make_new_file), methods=POST)
    connect.add_url_rule(f"{one}/code", "make_code", dam(doing.make_code), methods=POST)
    connect.add_url_rule(f"{one}/company", "company", dam(doing.confirm_company), methods=POST)
    connect.register_error_handler(Gone, claiming.over)
    app.register_blueprint(connect)
