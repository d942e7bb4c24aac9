"""The OpenAPI 3.1 document, made from the operations themselves, and a page that shows it to people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, cast

from apiflask import APIFlask
from flask import Blueprint, current_app, render_template
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from dray.api.v1 import problems
from dray.api.v1.operations import Operation
from dray.api.v1.replies import ProblemDetails
from dray.api.v1.requests import REFERENCE

pages = Blueprint("api_docs", __name__, template_folder="templates")

_TEMPLATE: Final = REFERENCE + "{model}"
_ALWAYS: Final = (400, 401, 403, 429)
_BEARER: Final = "bearer"
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A text of your choice. The same key and body give the first answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_VERSION: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The version that you looked at. What changed since is not overwritten: 409.",
    "schema": {"type": "string", "pattern": '^("?[0-9]{1,9}"?|[*])$'},
}


@pages.get("/api/docs")
def show() -> str:
    """The API, for people."""
    spec = cast(APIFlask, current_app)._get_spec("json")
    return render_template("api_docs.html", spec=spec, operations=list(_listed(cast(Mapping[str, Any], spec))))


def describe(app: APIFlask) -> Callable[[Any], Any]:
    """What makes the document of `app` say what its operations say."""

    def processor(spec: Any) -> Any:
        found = list(_operations(app))
        schemas = _schemas(operation for _, _, _, operation in found)
        paths: dict[str, Any] = {}
        for rule, method, view, operation in found:
            path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            paths.setdefault(path, {})[method] = _path_item(rule, view, operation)
        document = dict(spec)
        document["info"] = {
            "title": "Dray",
            "version": "1",
            "description": "Invoices in, and into the books exactly once. Money and decimals are texts, exact.",
        }
        document["paths"] = dict(sorted(paths.items()))
        document["components"] = {
            "schemas": schemas,
            "securitySchemes": {_BEARER: {"type": "http", "scheme": "bearer"}},
        }
        document["security"] = [{_BEARER: []}]
        document["tags"] = [{"name": name} for name in ("Customers", "Invoices", "Connections")]
        return document

    return processor


def _operations(app: APIFlask) -> Iterator[tuple[Rule, str, Callable[..., Any], Operation]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        operation = getattr(view, "operation", None)
        if isinstance(operation, Operation):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method.lower(), view, operation


def _schemas(operations: Iterator[Operation]) -> dict[str, Any]:
    requests: set[type[BaseModel]] = set()
    replies: set[type[BaseModel]] = {ProblemDetails}
    for operation in operations:
        requests.update(operation.body)
        replies.update(model for model in operation.answers.values() if model is not None)
    wanted = [*((model, "validation") for model in requests), *((model, "serialization") for model in replies)]
    ordered = sorted(wanted, key=lambda each: each[0].__name__)
    _, definitions = models_json_schema(cast(Any, ordered), ref_template=_TEMPLATE)
    return dict(sorted(definitions["$defs"].items()))


def _path_item(rule: Rule, view: Callable[..., Any], operation: Operation) -> dict[str, Any]:
    summary, _, rest = (view.__doc__ or view.__name__).strip().partition("\n")
    item: dict[str, Any] = {
        "operationId": view.__name__,
        "tags": [rule.rule.split("/")[3].capitalize()],
        "summary": summary,
        "parameters": list(_parameters(rule, operation)),
        "responses": {str(status): _response(status, model) for status, model in operation.answers.items()},
    }
    if rest.strip():
        item["description"] = " ".join(rest.split())
    if operation.body:
        item["requestBody"] = {"required": True, "content": {"application/json": {"schema": _body(operation)}}}
    for status in sorted({*_ALWAYS, *operation.errors, *((415,) if operation.body else ()), 422}):
        item["responses"].setdefault(str(status), _error(status))
    return item


def _body(operation: Operation) -> dict[str, Any]:
    references = [{"$ref": REFERENCE + model.__name__} for model in operation.body]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _parameters(rule: Rule, operation: Operation) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=_TEMPLATE)
        defs = schema.get("$defs", {})
        for name, field in schema["properties"].items():
            yield {
                "name": name,
                "in": "query",
                "required": False,
                "description": field.pop("description", ""),
                "schema": _plain(field, defs),
            }
    if operation.idempotent:
        yield _KEY
    if operation.versioned:
        yield _VERSION


def _plain(field: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """A query parameter is there or not, and never null; what it refers to is written out."""
    (chosen,) = [each for each in field.get("anyOf", [field]) if each.get("type") != "null"]
    if "$ref" in chosen:
        chosen = defs[chosen["$ref"].rpartition("/")[2]]
    return {name: value for name, value in chosen.items() if name not in {"title", "default"}}


def _response(status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    if model is None:
        return {"description": phrase}
    return {
        "description": phrase,
        "content": {"application/json": {"schema": {"$ref": REFERENCE + model.__name__}}},
    }


def _error(status: int) -> dict[str, Any]:
    return {
        "description": problems.TITLES.get(status, HTTPStatus(status).phrase),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": f"{REFERENCE}ProblemDetails"}}},
    }


def _listed(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in spec["paths"].items():
        for method, item in methods.items():
            yield {"path": path, "method": method.upper(), **item}
