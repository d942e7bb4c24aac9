"""The page on which somebody lets an application into a company, or does not."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from dray_qbo.simulator.grants import ACCOUNTING
from dray_qbo.simulator.intuit import Intuit

_KNOWN_SCOPES = {
    ACCOUNTING,
    "com.intuit.quickbooks.payment",
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "intuit_name",
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem }}
fieldset {{ border: 1px solid #999; border-radius: 6px; margin: 1rem 0 }}
label {{ display: block; padding: .4rem 0 }}
button {{ font: inherit; padding: .5rem 1.2rem; border-radius: 6px; margin-right: .5rem }}
</style></head><body><main>{content}</main></body></html>
"""


def consent(intuit: Intuit, request: Request) -> Response:
    """GET shows the question, POST carries the answer back to the application.

    A client or redirect address that is not known is told to the person and never to that address.
    """
    asked = request.values
    client, redirect, state = (asked.get(name, "") for name in ("client_id", "redirect_uri", "state"))
    wrong = _wrong(intuit, client, redirect, state, asked.get("response_type", ""))
    if wrong:
        return _page(
            "The connection cannot be made", f"<h1>The connection cannot be made</h1><p>{escape(wrong)}</p>", 400
        )
    scopes = asked.get("scope", "").split()
    if not scopes or not set(scopes) <= _KNOWN_SCOPES:
        return _back(redirect, {"error": "invalid_scope", "state": state})
    if request.method != "POST":
        return _question(intuit, asked)
    realm_id = request.form.get("realm", "")
    if request.form.get("decision") != "allow" or realm_id not in intuit.realms:
        return _back(redirect, {"error": "access_denied", "state": state})
    with intuit.lock:
        code = intuit.grants.consent(realm_id, " ".join(scopes), redirect, intuit.now())
    return _back(redirect, {"code": code, "state": state, "realmId": realm_id})


def _wrong(intuit: Intuit, client: str, redirect: str, state: str, response_type: str) -> str:
    if client != intuit.app.client_id:
        return "The client_id is not one that this pretend Intuit knows."
    known = intuit.app.redirect_uris
    if (known and redirect not in known) or urlsplit(redirect).scheme not in {"http", "https"}:
        return "The redirect_uri is not one of the application's addresses."
    if response_type != "code":
        return "The response_type has to be code."
    return "" if state else "The state is missing."


def _question(intuit: Intuit, asked: Mapping[str, str]) -> Response:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">'
        for name in ("client_id", "redirect_uri", "state", "scope", "response_type")
    )
    choices = "".join(
        f'<label><input type="radio" name="realm" value="{escape(realm_id)}"{" checked" if at == 0 else ""}> '
        f"{escape(realm.company.settings.name)} ({escape(realm_id)})</label>"
        for at, (realm_id, realm) in enumerate(intuit.realms.items())
    )
    return _page(
        "Connect to QuickBooks Online",
        "<h1>Connect to QuickBooks Online</h1>"
        "<p>This is a pretend QuickBooks Online: no real company is behind it.</p>"
        "<p>The application asks to read and write this company's books.</p>"
        f'<form method="post">{hidden}<fieldset><legend>Company</legend>{choices}</fieldset>'
        '<button name="decision" value="allow">Connect</button>'
        '<button name="decision" value="deny">No thanks</button></form>',
        200,
    )


def _page(title: str, content: str, status: int) -> Response:
    return Response(_PAGE.format(title=escape(title), content=content), status, content_type="text/html; charset=utf-8")


def _back(redirect: str, parameters: Mapping[str, str]) -> Response:
    joint = "&" if urlsplit(redirect).query else "?"
    return Response(status=302, headers={"Location": f"{redirect}{joint}{urlencode(parameters)}"})
