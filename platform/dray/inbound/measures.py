"""Prometheus' view of the web processes: /metrics."""

from __future__ import annotations

import os
from functools import cache
from time import perf_counter
from typing import Final

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["count", "count_told", "register"]

blueprint = Blueprint("measures", __name__)

REQUESTS: Final = Counter("dray_requests", "Requests answered", ["room", "method", "status"])
SECONDS: Final = Histogram(
    "dray_request_seconds",
    "Time from a request's arrival to its answer",
    ["room"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
TOLD: Final = Counter(
    "dray_webhook_changes", "Changes that books told of: of connected books, or of nobody's", ["connector", "books"]
)
# A caller may invent methods; each would be a time series of its own.
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register(app: Flask) -> None:
    """Count and time every request that reaches Flask, and serve what was counted."""
    app.register_blueprint(blueprint)

    @app.after_request
    def measure(response: Response) -> Response:
        room = request.blueprint or ("static" if request.endpoint == "static" else "other")
        count(room, request.method, response.status_code, perf_counter() - g.get("began", perf_counter()))
        return response


def count(room: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    answered, took = _series(room, method if method in METHODS else "other", status)
    answered.inc()
    took.observe(seconds)


def count_told(connector: str, connected: int, unknown: int) -> None:
    """Count the changes that one call told of."""
    TOLD.labels(connector, "connected").inc(connected)
    TOLD.labels(connector, "unknown").inc(unknown)


@cache
def _series(room: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Rooms, methods and statuses are few; looking their series up costs more than counting."""
    return REQUESTS.labels(room, method, str(status)), SECONDS.labels(room)


@blueprint.get("/metrics")
def metrics() -> Response:
    """The measures of all web processes of this machine, in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return Response(generate_latest(together), content_type=CONTENT_TYPE_LATEST)
