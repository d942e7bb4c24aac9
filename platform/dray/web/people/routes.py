"""The addresses of everything about people: coming in, oneself, the company's people, tokens, and the record."""

from __future__ import annotations

from flask import Blueprint
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import TooManyRequests

from dray.web.people import audit_trail, forgotten, joining, personal, personal_codes, second_step, sessions, tokens
from dray.web.people import pages as people

__all__ = ["add_people_routes", "add_session_routes"]

POST = ["POST"]


def add_session_routes(web: Blueprint) -> None:
    """Signing in and out, forgotten passwords, invitations: what needs nobody signed in."""
    dam = sessions.limiter.shared_limit(sessions.FLOOD, scope="without sign-in", key_func=get_remote_address)
    web.add_url_rule("/login", "login", sessions.show_login)
    web.add_url_rule("/login", "sign_in", dam(sessions.start_session), methods=POST)
    web.add_url_rule("/login/code", "code", second_step.show_code)
    web.add_url_rule("/login/code", "check_code", dam(second_step.check_code), methods=POST)
    web.add_url_rule("/login/set-up", "set_up_code", second_step.show_set_up)
    web.add_url_rule("/login/set-up", "confirm_set_up", dam(second_step.confirm_set_up), methods=POST)
    web.add_url_rule("/login/set-up/code.svg", "set_up_picture", second_step.set_up_picture)
    web.add_url_rule("/logout", "logout", sessions.end_session, methods=POST)
    web.add_url_rule("/switch", "switch", sessions.switch_tenant, methods=POST)
    web.add_url_rule("/forgot", "forgot", forgotten.show_forgotten)
    web.add_url_rule("/forgot", "ask_for_link", dam(forgotten.ask_for_link), methods=POST)
    web.add_url_rule("/reset/<secret>", "reset", forgotten.show_reset)
    web.add_url_rule("/reset/<secret>", "set_password", dam(forgotten.set_password), methods=POST)
    web.add_url_rule("/invitations/<secret>", "invited", joining.show_invitation)
    web.add_url_rule("/invitations/<secret>", "join", dam(joining.take_up_invitation), methods=POST)
    web.register_error_handler(TooManyRequests, lambda error: sessions.too_many_tries())


def add_people_routes(web: Blueprint) -> None:
    """What needs somebody signed in."""
    _add_personal(web)
    web.add_url_rule("/users", "people", people.show_people)
    web.add_url_rule("/users/roles", "roles", people.show_roles)
    web.add_url_rule("/users/invitations", "invite", people.invite, methods=POST)
    one = "/users/invitations/<public_id>"
    web.add_url_rule(f"{one}/renew", "renew_invitation", people.renew_invitation, methods=POST)
    web.add_url_rule(f"{one}/revoke", "revoke_invitation", people.revoke_invitation, methods=POST)
    web.add_url_rule("/users/<public_id>", "person", people.show_person)
    web.add_url_rule("/users/<public_id>/role", "change_role", people.change_role, methods=POST)
    web.add_url_rule("/users/<public_id>/remove", "remove_person", people.remove, methods=POST)
    web.add_url_rule("/tokens", "tokens", tokens.show_tokens)
    web.add_url_rule("/tokens", "create_token", tokens.create_token, methods=POST)
    web.add_url_rule("/tokens/<public_id>/revoke", "revoke_token", tokens.revoke_token, methods=POST)
    web.add_url_rule("/audit", "audit", audit_trail.show_audit)
    web.add_url_rule("/audit/verify", "verify_audit", audit_trail.verify_audit, methods=POST)


def _add_personal(web: Blueprint) -> None:
    web.add_url_rule("/settings", "settings", personal.show_settings)
    web.add_url_rule("/settings/name", "rename", personal.rename, methods=POST)
    web.add_url_rule("/settings/password", "change_password", personal.change_password, methods=POST)
    web.add_url_rule("/settings/email", "change_email", personal.change_email, methods=POST)
    web.add_url_rule("/settings/theme", "choose_theme", personal.choose_theme, methods=POST)
    web.add_url_rule("/settings/sessions/others/end", "end_others", personal.end_other_browsers, methods=POST)
    web.add_url_rule("/settings/sessions/<public_id>/end", "end_browser", personal.end_browser, methods=POST)
    web.add_url_rule("/settings/codes", "codes", personal_codes.show_codes)
    web.add_url_rule("/settings/codes", "begin_codes", personal_codes.begin_codes, methods=POST)
    web.add_url_rule("/settings/codes/code.svg", "codes_picture", personal_codes.codes_picture)
    web.add_url_rule("/settings/codes/confirm", "confirm_codes", personal_codes.confirm_codes, methods=POST)
    web.add_url_rule("/settings/codes/off", "turn_off_codes", personal_codes.turn_off_codes, methods=POST)
    web.add_url_rule("/settings/codes/recovery", "recovery_codes", personal_codes.new_recovery_codes, methods=POST)
    web.add_url_rule("/confirm-address/<secret>", "new_address", personal.show_new_address)
    web.add_url_rule("/confirm-address/<secret>", "confirm_address", personal.confirm_address, methods=POST)
