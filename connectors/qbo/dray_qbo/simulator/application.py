"""The pretend Intuit as a WSGI application: all its hosts behind one address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from dray_qbo.simulator import answers, company_calls, tokens
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.consent import consent
from dray_qbo.simulator.intuit import Intuit

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_Page = Callable[[Intuit, Request], Response]

_PAGES: Mapping[tuple[str, str], _Page] = {
    **{("GET", path): tokens.discovery for path in tokens.DISCOVERY},
    ("GET", tokens.AUTHORIZE): consent,
    ("POST", tokens.AUTHORIZE): consent,
    ("POST", tokens.TOKEN): tokens.token,
    ("POST", tokens.REVOKE): tokens.revoke,
    ("GET", tokens.USER_INFO): tokens.user_info,
    ("GET", tokens.JWKS): tokens.jwks,
}


def application(intuit: Intuit | Company) -> WSGIApplication:
    """Serves this Intuit, or one that knows this company.

    A call that a fault leaves without an answer raises Hung (a TimeoutError) or Cut (a ConnectionResetError); the
    server of this package then gives none, and one that runs the application itself sees the error.
    """
    known = Intuit(intuit) if isinstance(intuit, Company) else intuit

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = _respond(known, request)
        # The length stays what it says, also where only a part of the body follows.
        response.automatically_set_content_length = "Content-Length" not in response.headers
        return response(environ, start_response)

    return answered


def _respond(intuit: Intuit, request: Request) -> Response:
    path = request.path.rstrip("/") or "/"
    page = _PAGES.get((request.method, path))
    if page is not None:
        return page(intuit, request)
    if path.startswith(company_calls.PREFIX):
        return company_calls.call(intuit, request)
    if path == "/" and request.method == "GET":
        return _index(intuit)
    return answers.page(intuit, 404, "404 Not Found")


def _index(intuit: Intuit) -> Response:
    """For people: which companies are here, and what was last posted to them."""
    parts = []
    for realm_id, realm in intuit.realms.items():
        with realm.lock:
            newest = list(realm.company.all("Invoice"))[-20:]
            rows = "".join(
                f"<tr><td>{escape(invoice.get('DocNumber', ''))}<td>{escape(invoice['TxnDate'])}"
                f"<td>{escape(realm.company.name_of('Customer', invoice['CustomerRef']['value']) or '')}"
                f"<td>{invoice['TotalAmt']}"
                for invoice in reversed(newest)
            )
        head = "<tr><th>Number<th>Date<th>Customer<th>Total"
        parts.append(f"<h2>{escape(realm.company.settings.name)} ({escape(realm_id)})</h2><table>{head}{rows}</table>")
    content = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Pretend QuickBooks Online</title>{''.join(parts)}"
    )
    return Response(content, content_type="text/html; charset=utf-8")
