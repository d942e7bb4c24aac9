"""The yardstick: parses each SOAP call with lxml and answers it with a constant. No database, no framework."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lxml import etree

_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Body><{name}Response xmlns="http://developer.intuit.com/">{result}</{name}Response></soap:Body>'
    "</soap:Envelope>"
)
_RESULTS = {
    "authenticate": "<authenticateResult><string>none-ticket</string><string>none</string></authenticateResult>",
    "closeConnection": "<closeConnectionResult>OK</closeConnectionResult>",
    "clientVersion": "<clientVersionResult></clientVersionResult>",
    "serverVersion": "<serverVersionResult>1.0</serverVersionResult>",
}
_ANSWERS = {name: _ENVELOPE.format(name=name, result=result).encode() for name, result in _RESULTS.items()}


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    answer = b"OK"
    if body:
        operation = etree.fromstring(body)[0][0]
        answer = _ANSWERS[etree.QName(operation).localname]
    headers = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(answer)))]
    start_response("200 OK", headers)
    return [answer]
