"""HTTP answers of QuickBooks Online and of what stands in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from dray_qbo.simulator import exact, xml_answers
from dray_qbo.simulator.intuit import Intuit
from dray_qbo.simulator.refusals import Refusal, gateway_fault

JSON = "application/json"
_ENTITY_TYPE = "application/json;charset=utf-8"

_PAGE = "<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>\r\n"


class Hung(TimeoutError):
    """No answer ever comes."""


class Cut(ConnectionResetError):
    """The connection breaks."""


def entity(intuit: Intuit, request: Request, body: Mapping[str, Any], status: int = 200) -> Response:
    """What a company endpoint says: JSON where the client accepts it, XML otherwise."""
    wants_json = "json" in request.headers.get("Accept", "")
    if intuit.faults.strikes("xml") or not wants_json:
        return _whole(intuit, xml_answers.write(body).encode(), "application/xml", status)
    return _whole(intuit, exact.write(body).encode(), _ENTITY_TYPE if status == 200 else JSON, status)


def refused(intuit: Intuit, request: Request, refusal: Refusal, envelope: Mapping[str, Any]) -> Response:
    """A Fault. An Id that is no number is refused before a company is reached, and its Fault has no time."""
    body = {"Fault": envelope["Fault"]} if refusal.code == 2030 else envelope
    return entity(intuit, request, body, refusal.status)


def gateway(intuit: Intuit, status: int, code: int, name: str, kind: str, detail: str | None = None) -> Response:
    """The gateway refuses: its own shape, whatever the client accepts."""
    body = gateway_fault(code, name, status, kind, detail, int(intuit.now().timestamp() * 1000))
    response = _whole(intuit, exact.write(body).encode(), JSON, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
    return response


def throttled(intuit: Intuit, request: Request, *, as_json: bool) -> Response:
    """429, as XML even for a client that accepts only JSON, as it was seen; or as JSON."""
    message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    error = {"Message": message, "Detail": "The request limit was reached.  Try again later", "code": "3001"}
    realm = next(iter(intuit.realms.values()))
    body = realm.envelope({"Fault": {"Error": [error], "type": "SERVICE"}}, intuit.now())
    if as_json:
        return _whole(intuit, exact.write(body).encode(), JSON, 429)
    return _whole(intuit, xml_answers.write(body).encode(), "application/xml", 429)


def page(intuit: Intuit, status: int, title: str) -> Response:
    """A page of HTML from a proxy."""
    return _whole(intuit, _PAGE.format(title=title).encode(), "text/html", status)


def file(intuit: Intuit, content: bytes, kind: str) -> Response:
    """Bytes that are neither JSON nor XML."""
    return _whole(intuit, content, kind, 200)


def truncated(response: Response) -> Response:
    """The same, but only its first half arrives."""
    content = response.get_data()
    length = len(content)
    response.set_data(content[: length // 2])
    response.headers["Content-Length"] = str(length)
    return response


def oauth(intuit: Intuit, body: Mapping[str, Any], status: int = 200) -> Response:
    """What an OAuth endpoint says."""
    response = Response(exact.write(body), status, content_type="application/json;charset=UTF-8")
    response.headers["Cache-Control"] = "no-cache, no-store"
    response.headers["Pragma"] = "no-cache"
    response.headers["intuit_tid"] = _tid(intuit)
    return response


def _whole(intuit: Intuit, content: bytes, kind: str, status: int) -> Response:
    tid = _tid(intuit)
    response = Response(content, status)
    response.headers["Content-Type"] = kind
    response.headers["intuit_tid"] = tid
    response.headers["Intuit-Tid"] = tid
    response.headers["X-Amzn-Trace-Id"] = f"Root={tid}"
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if status == 200:
        response.headers["Qbo-Version"] = "1988.128"
        response.headers["Service-Time"] = "total=85, db=77"
        response.headers["Expires"] = "0"
        response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    return response


def _tid(intuit: Intuit) -> str:
    return f"1-{int(intuit.now().timestamp()):08x}-{intuit.dice.randbytes(12).hex()}"
