"""Where books call us: `/<mount>/<install>` of every enabled connector that is dialled into.

The busiest address of an installation: a hundred thousand Web Connectors make hundreds of calls a second, nearly all of
which find nothing to do. It is therefore answered in front of Flask, where no cookie, login, form token or rate limit
is looked at; the connector turns the call into the desk's calls, and the desk asks the database.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_input_stream

from dray.browsers import HEADERS
from dray.extensions import EXTENSION
from dray.inbound.measures import count
from dray.installation import Dray
from dray_sdk import Call, Connector, Desk, DialsIn, Reply

__all__ = ["LARGEST_BODY", "headers_of", "register"]

LARGEST_BODY: Final = 16 * 1024 * 1024
_TOO_LARGE: Final = "the call was larger than 16 MB, or ended before it was complete"
BROKEN: Final = "Something is wrong at our end. The next run may succeed; nothing that was handed in is lost."

_UNPREFIXED: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})

_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Put the mounts of the application's enabled connectors in front of it. Call this last."""
    parts: Dray = app.extensions[EXTENSION]
    doors = {
        mount: _Door(connector, mount, dials_in, parts)
        for mount, (connector, dials_in) in parts.registry.dialled_into.items()
    }
    app.wsgi_app = _Mounts(doors, app.wsgi_app)  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class _Mounts:
    """A WSGI application before another: what is addressed to a mount is answered here."""

    doors: Mapping[str, _Door]
    others: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _, _, path = str(environ.get("PATH_INFO", "")).partition("/")
        mount, _, install = path.partition("/")
        door = self.doors.get(mount)
        # With and without a slash at its end: the Web Connector follows no redirect.
        install = install.removesuffix("/")
        if door is None or not install or "/" in install:
            return self.others(environ, start_response)
        return door.answer(install, environ, start_response)


@dataclass(frozen=True, slots=True)
class _Door:
    """One connector's mount."""

    connector: Connector
    mount: str
    dials_in: DialsIn = field(repr=False)
    parts: Dray = field(repr=False)

    def answer(self, install: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The connector's reply to one call."""
        began = perf_counter()
        request_id = secrets.token_hex(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        method = str(environ["REQUEST_METHOD"])
        reply = self._reply(install, method, environ, request_id)
        status = f"{reply.status} {HTTP_STATUS_CODES.get(reply.status, 'Unknown')}"
        start_response(status, answer_headers(reply, request_id))
        took = perf_counter() - began
        count("mounts", method, reply.status, took)
        write = _log.debug if reply.status < 500 else _log.info
        write("call", connector=self.connector.name, install=install, status=reply.status, ms=round(took * 1000, 1))
        return [] if method == "HEAD" else [reply.body]

    def _reply(self, install: str, method: str, environ: WSGIEnvironment, request_id: str) -> Reply:
        """Whatever breaks, the caller reads its own protocol: a SOAP client shows nobody an HTML error page."""
        name = self.connector.name
        try:
            call = Call(
                method=method,
                url=f"{self.parts.settings.public_url}/{self.mount}/{quote(install)}",
                install=install,
                query=str(environ.get("QUERY_STRING", "")),
                headers=headers_of(environ),
                body=get_input_stream(environ, max_content_length=LARGEST_BODY).read(),
            )
            return self._serve(call, self.parts.desk_for(name, install))
        except HTTPException:
            _log.warning("call refused", connector=name, install=install, why=_TOO_LARGE)
        except Exception:  # noqa: BLE001  a bug in a connector must not silence the others, nor answer in HTML
            _log.exception("call broke", connector=name, install=install)
        return self._refusal(request_id)

    def _serve(self, call: Call, desk: Desk) -> Reply:
        """The connector's reply; noted where somebody watches this way in."""
        observer = self.parts.observer
        listened = observer.listen(call.install, desk)
        if listened is None:
            return self.dials_in.serve(call, desk)
        watched, listening = listened
        reply = self.dials_in.serve(call, listening)
        observer.note(self.connector, watched, listening.heard, call, reply)
        return reply

    def _refusal(self, request_id: str) -> Reply:
        """What the connector itself says when something broke here."""
        try:
            reply = self.dials_in.refuse(BROKEN)
        except Exception:  # noqa: BLE001
            _log.exception("refusal broke", connector=self.connector.name)
            return Reply(500, f"{BROKEN} ({request_id})\n".encode(), "text/plain; charset=utf-8")
        return reply if reply.status >= 400 else replace(reply, status=500)


def headers_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The headers of the call, named as people write them. Without cookies: a browser sends those of our pages to every
    address of ours, and a connector has no business with who is signed in."""
    named = {name: name.removeprefix("HTTP_") for name in environ if name.startswith("HTTP_") or name in _UNPREFIXED}
    named.pop("HTTP_COOKIE", None)
    return {header.replace("_", "-").title(): str(environ[name]) for name, header in named.items()}


def answer_headers(reply: Reply, request_id: str) -> list[tuple[str, str]]:
    """The headers of the reply: the connector's own, but for cookies, and ours."""
    headers = [
        ("Content-Type", reply.media_type),
        ("Content-Length", str(len(reply.body))),
        ("X-Request-ID", request_id),
        ("Cache-Control", "no-store"),
        *((name, value) for name, value in reply.headers.items() if name.lower() != "set-cookie"),
    ]
    if reply.media_type.startswith("text/html"):
        headers += HEADERS.items()
    return headers
