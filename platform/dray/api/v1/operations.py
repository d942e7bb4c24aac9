"""One decorator for every operation of the API: who may call it, what it takes, what it answers.

What it says is kept on the view, and the OpenAPI document is made from that: it cannot say other than what runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from flask import Response, request
from pydantic import BaseModel, ValidationError

from dray.api.v1 import access, strict_json
from dray.api.v1.problems import ApiProblem, unacceptable
from dray.billing.given import Complaint
from dray_tenants.models import TokenScope

Model = TypeVar("Model", bound=BaseModel)
Arguments = ParamSpec("Arguments")
View = Callable[..., Response]

_VERSION: Final = re.compile(r'(?:W/)?(?:"([0-9]{1,9})"|([0-9]{1,9}))')
_JSON: Final = frozenset({"", "application/json"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What one operation is. `body` and `query` are the models that the view gets under these names; several bodies are
    told apart by the view itself. `answers`: status → the model of a successful answer, None for no body. `operator`:
    it takes a token of whoever runs the installation, and not one of a tenant."""

    scope: TokenScope
    answers: Mapping[int, type[BaseModel] | None]
    body: tuple[type[BaseModel], ...] = ()
    query: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()
    idempotent: bool = False
    versioned: bool = False
    operator: bool = False


def operation(described: Operation) -> Callable[[View], View]:
    """Guard and describe a view. One body model is read and handed in as `body`, the query as `query`."""

    def decorate(view: View) -> View:
        @(access.needs_operator if described.operator else access.needs)(described.scope)
        @wraps(view)
        def called(*args: Any, **kwargs: Any) -> Response:
            if any("\0" in str(value) for value in kwargs.values()):
                raise ApiProblem(404, "There is nothing at this address.")
            if described.query is not None:
                kwargs["query"] = read_query(described.query)
            elif request.args:
                raise ApiProblem(422, f"There is no parameter called {next(iter(request.args))!r} here.")
            if len(described.body) == 1:
                kwargs["body"] = parse(described.body[0], read_json())
            return view(*args, **kwargs)

        called.operation = described  # type: ignore[attr-defined]
        return called

    return decorate


def read_json() -> Any:
    """The body of the request. Ends it with 415 or 400 where that is no JSON."""
    media_type = request.mimetype
    if media_type not in _JSON and not media_type.endswith("+json"):
        raise ApiProblem(415, "Send the body as JSON, with “Content-Type: application/json”.")
    try:
        return strict_json.read(request.get_data(cache=True))
    except strict_json.NotJson as wrong:
        raise ApiProblem(400, str(wrong)) from None


def parse(model: type[Model], data: Any) -> Model:
    """The data as a model. Ends the request with 422 and a pointer to every field that is wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as wrong:
        raise _problem_of(complaints_of(wrong)) from None


def read_query(model: type[Model]) -> Model:
    """The query as a model; a parameter that is given twice ends the request."""
    values: dict[str, str] = {}
    for name, given in request.args.lists():
        if len(given) > 1:
            raise ApiProblem(422, f"The parameter {name!r} is given more than once.")
        values[name] = given[0]
    return parse(model, values)


def complaints_of(wrong: ValidationError) -> list[Complaint]:
    """What pydantic found, in words for people."""
    return [Complaint(_path(error["loc"]), _sentence(error)) for error in wrong.errors(include_url=False)]


def version_looked_at() -> int | None:
    """The version in `If-Match`, with or without quotes; None where there is none, or for `*`."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return None
    named = _VERSION.fullmatch(header)
    if named is None:
        raise ApiProblem(400, "If-Match names the version that you looked at, such as 3.")
    return int(named[1] or named[2])


def answered(body: Any, status: int = 200, **headers: str) -> Response:
    """A JSON response."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status=status, content_type="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def _problem_of(complaints: list[Complaint]) -> ApiProblem:
    body = unacceptable(complaints)
    return ApiProblem(422, body["detail"], complaints)


# Pydantic puts the branch of a union into the path; a caller never wrote that.
_BRANCHES: Final = ("list[", "dict[", "function-", "constrained-")


def _path(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return tuple(part for part in location if not (isinstance(part, str) and part.startswith(_BRANCHES)))


def _sentence(error: Mapping[str, Any]) -> str:
    known = _SENTENCES.get(error["type"])
    if known is not None:
        return known.format(**{"expected": "", **error.get("ctx", {})})
    if error["type"] == "value_error":
        said = str(error.get("ctx", {}).get("error", error["msg"]))
        return said[:1].upper() + said[1:] + "."
    return f"{error['msg']}."


_SENTENCES: Final = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such field. Check its spelling.",
    "string_type": "This is a text: write it in quotes.",
    "string_too_long": "This has more than the {max_length} characters that can be kept.",
    "string_too_short": "This is empty. Give it, or leave it out.",
    "string_unicode": "This holds half a character (a lone surrogate), which cannot be kept.",
    "string_pattern_mismatch": "A currency is three capital letters, such as USD.",
    "bool_type": "This is true or false, without quotes.",
    "int_type": "This is a whole number, without quotes.",
    "list_type": "This is a list.",
    "dict_type": "This is an object.",
    "model_type": "This is an object.",
    "model_attributes_type": "This is an object.",
    "too_long": "There are {actual_length} of them; {max_length} can be taken at once.",
    "too_short": "The list is empty.",
    "enum": "This is one of {expected}.",
    "greater_than_equal": "This is at least {ge}.",
    "less_than_equal": "This is at most {le}.",
    "int_parsing": "This is a whole number.",
}
