"""The REST API, version 1: `register(app)` puts it into an application that has `app.extensions["dray"]`."""

from __future__ import annotations

from apiflask import APIFlask
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from dray.api.v1 import (
    companies,
    connections,
    customers,
    documentation,
    invoices,
    operator,
    operator_set_up,
    problems,
    rates,
    routing,
    sending,
    webhook_endpoints,
)
from dray.api.v1.blueprint import api

__all__ = ["register"]

# Importing these registers their operations.
_ROOMS = (
    companies,
    connections,
    customers,
    invoices,
    operator,
    operator_set_up,
    rates,
    routing,
    sending,
    webhook_endpoints,
)

problems.register(api)


def register(app: Flask) -> None:
    """Serve the API, its OpenAPI document at /api/v1/openapi.json and readable documentation at /api/docs."""
    if not isinstance(app, APIFlask):
        raise TypeError("the API needs an APIFlask application, which serves the OpenAPI document")
    app.register_blueprint(api)
    app.register_blueprint(documentation.pages)
    app.spec_processor(documentation.describe(app))
    app.before_request(_say_no_like_the_api)


def _say_no_like_the_api() -> Response | None:
    """An address under /api that does not exist, or not for that method, gets a problem and not a page."""
    ended = request.routing_exception
    if request.path.startswith("/api/") and isinstance(ended, HTTPException) and (ended.code or 0) >= 400:
        return problems.of_exception(ended)
    return None
