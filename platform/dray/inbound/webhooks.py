"""Where books tell that something in them changed: `POST /webhooks/<connector>` of every enabled connector that sends.

Answered in front of Flask, as mounts are: there is no cookie, login or form token to look at. A call counts only when
the books signed its very bytes; then it is noted what is to be looked up, and the worker does so later. Whoever calls
hears quickly: books give up after seconds, and stop calling whoever keeps them waiting.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_input_stream

from dray.extensions import EXTENSION
from dray.inbound.measures import count, count_told
from dray.inbound.mounts import headers_of
from dray.installation import Dray
from dray.sync import told
from dray_sdk import Change, RemoteProtocolError

__all__ = ["LARGEST_BODY", "register"]

LARGEST_BODY: Final = 1024 * 1024
"""Bytes of one call: some five thousand changes, far more than books tell of at once."""

_log = structlog.get_logger(__name__)

Answer = tuple[int, str]
"""Status, and a sentence for whoever looks for the trouble over there."""


def register(app: Flask) -> None:
    """Put the addresses in front of the application."""
    app.wsgi_app = _Webhooks(app.extensions[EXTENSION], app.wsgi_app)  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class _Webhooks:
    """A WSGI application before another. Only POST is ours: the same addresses are pages, of what we tell others."""

    parts: Dray = field(repr=False)
    others: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _, _, path = str(environ.get("PATH_INFO", "")).partition("/")
        first, _, name = path.removesuffix("/").partition("/")
        if environ["REQUEST_METHOD"] != "POST" or first != "webhooks" or not name or "/" in name:
            return self.others(environ, start_response)
        began = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=secrets.token_hex(16))
        status, sentence = self._answer(name, environ)
        took = perf_counter() - began
        count("webhooks", "POST", status, took)
        _log.debug("told", connector=name, status=status, ms=round(took * 1000, 1))
        body = f"{sentence}\n".encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response(f"{status} {HTTP_STATUS_CODES[status]}", headers)
        return [body]

    def _answer(self, name: str, environ: WSGIEnvironment) -> Answer:
        found = self.parts.registry.tells.get(name)
        if found is None:
            return 404, "Nothing is told at this address."
        connector, tells = found
        try:
            body = get_input_stream(environ, max_content_length=LARGEST_BODY).read()
            secret = self.parts.settings.declared(connector.settings).get(tells.webhook_secret) or ""
            if not tells.verify(headers_of(environ), body, secret):
                why = "not signed with the key that is set" if secret else f"{tells.webhook_secret} is not set"
                _log.warning("webhook refused", connector=name, why=why)
                return 401, "This call is not signed with the key that is set here."
            return self._note(name, tells.changes(body))
        except HTTPException as refused:
            return refused.code or 400, "The call was larger than 1 MB, or ended before it was complete."
        except RemoteProtocolError as unclear:
            _log.warning("webhook not understood", connector=name, why=str(unclear))
            return 400, "This call has none of the forms that are known here."
        except SQLAlchemyError as away:
            # told again by the books, a little later
            _log.warning("webhook not noted", connector=name, why=str(away.__cause__ or away))
            return 503, "This cannot be noted just now. Call again."
        except Exception:  # noqa: BLE001  a bug in a connector must answer, and silence no other
            _log.exception("webhook broke", connector=name)
            return 500, "Something is wrong at our end. Call again."

    def _note(self, name: str, changes: tuple[Change, ...]) -> Answer:
        connector, _ = self.parts.registry.tells[name]
        noted = told.note(self.parts.engines, connector, changes, self.parts.clock())
        count_told(name, noted.connected, noted.unknown)
        return 200, "Noted."
