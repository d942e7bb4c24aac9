"""The company endpoints: `/v3/company/<realm>/…`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from dray_qbo.simulator import answers, batches, exact
from dray_qbo.simulator.facts import BY_WORD, FORM_KINDS
from dray_qbo.simulator.grants import ACCOUNTING
from dray_qbo.simulator.intuit import Intuit
from dray_qbo.simulator.pdf import one_page
from dray_qbo.simulator.realm import Realm, check_request_id
from dray_qbo.simulator.refusals import Refusal
from dray_qbo.simulator.sales import Options
from dray_qbo.simulator.throttle import TooMany

PREFIX = "/v3/company/"


def call(intuit: Intuit, request: Request) -> Response:
    """One call to a company. Hung or Cut where a fault leaves it without an answer."""
    realm_id, _, rest = request.path.removeprefix(PREFIX).partition("/")
    stopped = _at_the_gateway(intuit, request, realm_id)
    if stopped is not None:
        return stopped
    realm = intuit.realms[realm_id]
    parts = rest.strip("/").split("/")
    try:
        with intuit.throttle.call(realm_id, intuit.now(), batch=parts == ["batch"]):
            if intuit.faults.slow:
                intuit.pause(intuit.faults.slow)
            return _answered(intuit, request, realm, parts)
    except TooMany:
        return answers.throttled(intuit, request, as_json=False)


def _at_the_gateway(intuit: Intuit, request: Request, realm_id: str) -> Response | None:
    """What never reaches the company: 401, 403, 429, 500, 502, 503; None for a call that may pass."""
    strikes = intuit.faults.strikes
    if strikes("unavailable"):
        return answers.page(intuit, 503, "503 Service Temporarily Unavailable")
    if strikes("bad_gateway"):
        return answers.page(intuit, 502, "502 Bad Gateway")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    with intuit.lock:
        grant = intuit.grants.holder(bearer, intuit.now()) if scheme.lower() == "bearer" else None
    if strikes("unauthorized") or grant is None:
        return _unauthorized(intuit, bearer)
    wrong = grant.realm_id != realm_id or realm_id not in intuit.realms or grant.disconnected
    if strikes("forbidden") or wrong or ACCOUNTING not in grant.scope.split():
        return answers.gateway(intuit, 403, 3100, "ApplicationAuthorizationFailed", "SERVICE")
    if strikes("throttled"):
        return answers.throttled(intuit, request, as_json=False)
    if strikes("throttled_json"):
        return answers.throttled(intuit, request, as_json=True)
    if strikes("system_failure"):
        return _system_failure(intuit, request, intuit.realms[realm_id])
    return None


def _answered(intuit: Intuit, request: Request, realm: Realm, parts: list[str]) -> Response:
    writes = request.method == "POST" and parts != ["query"]
    if writes and intuit.faults.strikes("timeout_before"):
        raise answers.Hung
    if writes and intuit.faults.strikes("reset_before"):
        raise answers.Cut
    breaks = parts == ["batch"] and intuit.faults.strikes("unauthorized_mid_batch")
    with realm.lock:
        if writes and request.args.get("requestid") and intuit.faults.strikes("forget_requests"):
            realm.company.remembered.clear()
        try:
            response = _routed(intuit, request, realm, parts, breaks=breaks)
        except Refusal as refusal:
            response = answers.refused(intuit, request, refusal, realm.envelope({"Fault": refusal.body()}))
    if breaks:
        return _unauthorized(intuit, request.headers.get("Authorization", "").partition(" ")[2])
    return _spoiled(intuit, request, realm, response, writes=writes)


def _routed(intuit: Intuit, request: Request, realm: Realm, parts: list[str], *, breaks: bool) -> Response:
    match request.method, parts:
        case "GET", ["query"]:
            return _said(intuit, request, realm, lambda: realm.query(request.args.get("query", "")))
        case "POST", ["query"]:
            statement = _text(request.get_data())
            return _said(intuit, request, realm, lambda: realm.query(statement))
        case "GET", ["cdc"]:
            entities, since = request.args.get("entities", ""), request.args.get("changedSince", "")
            return _said(intuit, request, realm, lambda: realm.changes(entities, since))
        case "POST", ["batch"]:
            return _batch(intuit, request, realm, breaks=breaks)
        case "GET", ["preferences" as word] | [word, _] if word in BY_WORD:
            return _said(intuit, request, realm, lambda: realm.read(BY_WORD[word], parts[-1], _options(request)))
        case "GET", [word, identity, "pdf"] if BY_WORD.get(word) in FORM_KINDS:
            shown = realm.read(BY_WORD[word], identity)[BY_WORD[word]]
            title = f"{BY_WORD[word]} {shown.get('DocNumber', identity)}: {exact.write(shown['TotalAmt'])}"
            return answers.file(intuit, one_page(title), "application/pdf")
        case "POST", [word, identity, "send"] if word in BY_WORD:
            return _written(intuit, request, realm, lambda: _send(realm, request, BY_WORD[word], identity))
        case "POST", [word] if word in BY_WORD:
            body = _json(request)
            operation = _operation(request)
            options = _options(request)
            return _written(intuit, request, realm, lambda: realm.write(BY_WORD[word], body, operation, options))
    raise Refusal(
        500,
        f"Operation Could not find resource for relative : {request.path} of full path: {request.base_url} "
        "is not supported.",
    )


def _said(intuit: Intuit, request: Request, realm: Realm, answer: Callable[[], dict[str, Any]]) -> Response:
    now = realm.clock()
    return answers.entity(intuit, request, realm.envelope(answer(), now))


def _written(intuit: Intuit, request: Request, realm: Realm, answer: Callable[[], dict[str, Any]]) -> Response:
    """A write, or the answer that its requestid had before."""
    requestid = request.args.get("requestid", "")
    check_request_id(requestid)

    def done() -> tuple[int, Any]:
        try:
            return 200, realm.envelope(answer())
        except Refusal as refusal:
            return refusal.status, realm.envelope({"Fault": refusal.body()})

    asked = ""
    if requestid:
        content = f"{request.method} {request.path}\n".encode() + request.get_data()
        asked = hashlib.sha256(content).hexdigest()
    status, body = realm.once(requestid, asked, done)
    return answers.entity(intuit, request, body, status)


def _batch(intuit: Intuit, request: Request, realm: Realm, *, breaks: bool) -> Response:
    body = _json(request)
    now = realm.clock()
    many = len(body.get("BatchItemRequest", [])) if isinstance(body, dict) else 0
    only = many // 2 if breaks else batches.MOST
    found = batches.run(realm, body, request.args.get("requestid", ""), only=only)
    return answers.entity(intuit, request, realm.envelope({"BatchItemResponse": _disturbed(intuit, found)}, now))


def _disturbed(intuit: Intuit, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    strikes = intuit.faults.strikes
    if found and strikes("batch_missing"):
        found = found[:-1]
    if found and strikes("batch_doubled"):
        found = [*found, found[0]]
    if found and strikes("batch_extra"):
        found = [*found, {**found[0], "bId": "nobody"}]
    return found[::-1] if strikes("batch_reversed") else found


def _spoiled(intuit: Intuit, request: Request, realm: Realm, response: Response, *, writes: bool) -> Response:
    """What can still happen to an answer on its way."""
    strikes = intuit.faults.strikes
    if writes and strikes("timeout_after"):
        raise answers.Hung
    if writes and strikes("reset_after"):
        raise answers.Cut
    if writes and strikes("gateway_timeout"):
        return answers.page(intuit, 504, "504 Gateway Time-out")
    if writes and strikes("system_failure_after"):
        return _system_failure(intuit, request, realm)
    if writes and strikes("truncated"):
        return answers.truncated(response)
    if strikes("html"):
        return answers.page(intuit, 200, "Welcome to the hotel's network")
    if strikes("wrong_type"):
        response.headers["Content-Type"] = "text/plain"
    return response


def _send(realm: Realm, request: Request, kind: str, identity: str) -> dict[str, Any]:
    return realm.send(kind, identity, request.args.get("sendTo"))


def _options(request: Request) -> Options:
    asked = {word.strip().lower() for word in request.args.get("include", "").split(",")}
    return Options("allowduplicatedocnum" in asked, "invoicelink" in asked)


def _operation(request: Request) -> str:
    """Void comes as operation=void, or as operation=update with include=void."""
    if "void" in request.args.get("include", "").lower().split(","):
        return "void"
    return request.args.get("operation", "")


def _json(request: Request) -> Any:
    """The body. Refusal 500 for bytes that are not UTF-8, 1050 and 2010 for what is no JSON."""
    content = _text(request.get_data())
    if "json" not in request.headers.get("Content-Type", ""):
        raise Refusal(1050, f"Content type {request.headers.get('Content-Type', '')} is not supported.")
    try:
        return exact.read(content or "null")
    except (ValueError, RecursionError):
        raise Refusal(
            2010, "Property Name:Unexpected character or end of input specified is unsupported or invalid"
        ) from None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Refusal(
            500, "Operation MalformedByteSequenceException: Invalid byte in UTF-8 sequence is not supported."
        ) from None


def _unauthorized(intuit: Intuit, bearer: str) -> Response:
    detail = f"Token expired: {bearer[-40:]}" if bearer else "AuthenticationErrorGeneral: no token"
    return answers.gateway(intuit, 401, 3200, "AuthenticationFailed", "AUTHENTICATION", detail)


def _system_failure(intuit: Intuit, request: Request, realm: Realm) -> Response:
    refusal = Refusal(10000, "System Failure Error: An application error has occurred.")
    return answers.refused(intuit, request, refusal, realm.envelope({"Fault": refusal.body()}))
