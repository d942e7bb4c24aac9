"""Logs: one line for each event, as JSON or for a terminal, with the request's id and without secrets."""

from __future__ import annotations

import logging
import re
import sys
import uuid
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request

from dray.settings import MASK

__all__ = ["configure", "register", "request_id", "without_secrets"]

_SECRET_NAME: Final = re.compile(r"(?i)pass(word|wd)?$|secret|token|ticket|authorization|cookie|_key$|vault|credential")
_SECRET_TEXT: Final = re.compile(r"(?i)(://[^:/@\s]*:)\S+@|(bearer\s+)\S+|(<strPassword>)[^<]*")
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_log = structlog.get_logger("dray.requests")


def configure(form: str, level: str) -> None:
    """Send structlog's events, and those of libraries, to stderr: `form` is `json` or `console`."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if getattr(each, "dray", False)]:
        root.removeHandler(old)
    handler.dray = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(max(number, logging.INFO))


def without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what is named like a secret, and passwords inside URLs, headers and SOAP texts."""
    for name, value in event.items():
        if _SECRET_NAME.search(name):
            event[name] = MASK
        elif isinstance(value, str):
            event[name] = _SECRET_TEXT.sub(_masked, value)
    return event


def _masked(found: re.Match[str]) -> str:
    url, bearer, soap = found.groups()
    return f"{url}{MASK}@" if url else f"{bearer or soap}{MASK}"


def register(app: Flask) -> None:
    """Give every request an id, in its log lines and in its answer's X-Request-ID, and log how it ended."""

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id())

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        # The path of a one-time link is a secret; its rule says enough. Probes are told of only when asked.
        rule = request.url_rule.rule if request.url_rule else "(no such address)"
        write = _log.debug if request.blueprint in QUIET and response.status_code < 500 else _log.info
        took = perf_counter() - g.get("began", perf_counter())
        write("request", method=request.method, rule=rule, status=response.status_code, ms=round(took * 1000, 1))
        return response


QUIET: Final = frozenset({"health", "measures"})


def request_id() -> str:
    """The id of the current request: the proxy's, when it sent a plain one, otherwise ours."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
    found: str = g.request_id
    return found
