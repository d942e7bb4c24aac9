"""Errors as RFC 9457 problems, with a JSON pointer (RFC 6901) for every field that is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from dray.billing.given import Complaint, Missing, NotNow, Unacceptable

MEDIA_TYPE: Final = "application/problem+json"

TITLES: Final = {
    400: "The request cannot be read",
    401: "A token is needed",
    403: "This token may not do that",
    404: "There is no such thing",
    405: "This address does not take that method",
    409: "It cannot be changed now",
    413: "The request is too large",
    415: "The request is not JSON",
    422: "Some of it cannot be taken",
    429: "Too many requests",
    500: "Something broke on our side",
    503: "Not available for a moment",
}

_SENTENCES: Final = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "A request may have up to 16 MB. Send the invoices in several requests.",
    429: "Wait a moment, then send the request again.",
    500: "Nothing that was reported as done is lost. Send the request again, with the same Idempotency-Key.",
}


class ApiProblem(Exception):
    """Ends the request with this problem."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[Complaint] = (), *, retry_after: int | None = None
    ) -> None:
        self.body = problem(status, detail, errors)
        self.retry_after = retry_after
        super().__init__(detail)


def problem(status: int, detail: str, errors: Sequence[Complaint] = ()) -> dict[str, Any]:
    """The problem as JSON. `errors` name the fields."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"pointer": each.pointer, "detail": each.detail} for each in errors]
    return body


def unacceptable(complaints: Sequence[Complaint]) -> dict[str, Any]:
    """The problem of fields that cannot be taken."""
    many = len(complaints)
    detail = complaints[0].detail if many == 1 else f"{many} fields cannot be taken as they are. Nothing was changed."
    return problem(422, detail, complaints)


def answer(body: dict[str, Any]) -> Response:
    """The response that carries a problem."""
    response = Response(json.dumps(body), status=body["status"], content_type=MEDIA_TYPE)
    if body["status"] == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="dray"'
    return response


def register(blueprint: Blueprint) -> None:
    """Answer every way in which a request of this blueprint can end early."""
    blueprint.register_error_handler(ApiProblem, _ended)
    blueprint.register_error_handler(Unacceptable, lambda refused: answer(unacceptable(refused.complaints)))
    blueprint.register_error_handler(NotNow, lambda locked: answer(problem(409, str(locked))))
    blueprint.register_error_handler(Missing, lambda missing: answer(problem(404, str(missing))))
    # By code as well as by class: a page's handler for one code would come before a handler for the class.
    for status in TITLES:
        blueprint.register_error_handler(status, of_exception)
    blueprint.register_error_handler(HTTPException, of_exception)


def _ended(ended: ApiProblem) -> Response:
    response = answer(ended.body)
    if ended.retry_after is not None:
        response.headers["Retry-After"] = str(ended.retry_after)
    return response


def of_exception(ended: HTTPException) -> Response:
    """The problem that stands for an HTTP error raised by Flask or Werkzeug."""
    status = ended.code or 500
    response = answer(problem(status, _SENTENCES.get(status) or ended.description or HTTPStatus(status).phrase))
    valid_methods = getattr(ended, "valid_methods", None)
    if valid_methods:
        response.headers["Allow"] = ", ".join(sorted(valid_methods))
    return response
