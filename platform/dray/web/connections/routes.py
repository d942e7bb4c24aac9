"""The addresses of a connection's life: pausing, confirming, braking, removing."""

from __future__ import annotations

from flask import Blueprint

from dray.web.connections import braking, confirming_books, setup_links
from dray.web.connections import life as connection_life

__all__ = ["add_connection_life_routes"]

POST = ["POST"]


def add_connection_life_routes(web: Blueprint) -> None:
    """Every one of them is below the connection's own address."""
    one = "/connections/<public_id>"
    web.add_url_rule(f"{one}/pause", "pause_connection", connection_life.pause_connection, methods=POST)
    web.add_url_rule(f"{one}/resume", "resume_connection", connection_life.resume_connection, methods=POST)
    web.add_url_rule(f"{one}/brake", "pull_brake", braking.pull_brake, methods=POST)
    web.add_url_rule(f"{one}/brake/off", "release_brake", braking.release_brake, methods=POST)
    web.add_url_rule(f"{one}/password/older", "end_older_password", connection_life.end_older_password, methods=POST)
    web.add_url_rule(f"{one}/identity", "renew_identity", connection_life.renew_identity, methods=POST)
    web.add_url_rule(f"{one}/link", "setup_link", setup_links.make_setup_link, methods=POST)
    web.add_url_rule(f"{one}/books", "confirm_books", confirming_books.confirm_company_file, methods=POST)
    web.add_url_rule(f"{one}/older-copy", "confirm_older_copy", confirming_books.confirm_older_copy, methods=POST)
    web.add_url_rule(f"{one}/remove", "removal", connection_life.show_removal)
    web.add_url_rule(f"{one}/remove", "remove_connection", connection_life.remove_connection, methods=POST)
