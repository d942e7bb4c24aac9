"""Where books call us: `/<mount>/<install>` of every enabled connector that is dialled into.

The busiest address of an installation. No cookie, login, form token or ORM object is touched here; the connector
turns the call into the desk's calls, and the desk asks the database.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import structlog
from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from dray.extensions import dray
from dray.logs import request_id
from dray_sdk import Books, Call, Denied, DialsIn, Reply, Request, Stop
from dray_sdk import Response as BooksResponse

__all__ = ["ClosedDesk", "register"]

METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_BROKEN: Final = "Something is wrong at our end. The next call may succeed; nothing that was handed in is lost."
_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Mount the connectors that the application's registry has enabled."""
    blueprint = Blueprint("mounts", __name__, template_folder="templates")
    for mount, (connector, dials_in) in app.extensions["dray"].registry.dialled_into.items():
        door = _Door(connector.name, mount, dials_in)
        blueprint.add_url_rule(
            f"/{mount}/<install>",
            f"{mount}_call",
            door.answer,
            methods=METHODS,
            strict_slashes=False,
            provide_automatic_options=False,
        )
        blueprint.add_url_rule(f"/{mount}/<install>/", f"{mount}_call_slash", door.answer, methods=METHODS)
        blueprint.add_url_rule(f"/{mount}/<install>/support", f"{mount}_support", _support, strict_slashes=False)
    app.register_blueprint(blueprint)


@dataclass(frozen=True, slots=True)
class _Door:
    """One connector's mount."""

    name: str
    mount: str
    dials_in: DialsIn

    def answer(self, install: str) -> Response:
        """The connector's reply to the current request. Whatever breaks, the caller reads its own protocol."""
        parts = dray()
        call = Call(
            method=request.method,
            url=f"{parts.settings.public_url}/{self.mount}/{install}",
            install=install,
            query=request.query_string.decode("latin-1"),
            headers=dict(request.headers),
        )
        try:
            call = replace(call, body=request.get_data(cache=False))
            reply = self.dials_in.serve(call, parts.desk_for(self.name, install))
        except HTTPException as refused:  # the body is too large, or ended early
            _log.warning("call refused", connector=self.name, install=install, why=refused.description)
            reply = self._refusal(call)
        except Exception:  # noqa: BLE001  the caller speaks SOAP or the like, and would show nobody an HTML error page
            _log.exception("call broke", connector=self.name, install=install)
            reply = self._refusal(call)
        return Response(reply.body, reply.status, dict(reply.headers), content_type=reply.media_type)

    def _refusal(self, call: Call) -> Reply:
        """What the connector itself says to a call that holds nothing, so that a SOAP caller reads SOAP."""
        try:
            reply = self.dials_in.serve(replace(call, method="POST", body=b""), ClosedDesk())
        except Exception:  # noqa: BLE001
            _log.exception("refusal broke", connector=self.name)
            return Reply(500, f"{_BROKEN} ({request_id()})\n".encode(), "text/plain; charset=utf-8")
        return reply if reply.status >= 400 else replace(reply, status=500)


def _support(install: str) -> str:
    """The page behind a connection's "support" link. The same for every install, known or not."""
    return render_template("inbound/support.html", settings=dray().settings)


class ClosedDesk:
    """A desk at which nothing happens, for a call that could not be taken."""

    def open(self, user: str, password: str) -> Denied:
        return Denied()

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Stop:
        return Stop(_BROKEN)

    def next(self, ticket: str) -> Request | None:
        return None

    def receive(self, ticket: str, response: BooksResponse) -> int:
        return -1

    def trouble(self, ticket: str, code: str, text: str) -> None:
        return None

    def last_words(self, ticket: str) -> str:
        return _BROKEN

    def close(self, ticket: str) -> str:
        return _BROKEN
