"""Serving the pretend Intuit on a port, in threads; a fault that gives no answer really gives none."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from dray_qbo.simulator.answers import Cut, Hung
from dray_qbo.simulator.application import application
from dray_qbo.simulator.intuit import Intuit

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

HOLD_SECONDS = 150.0
"""How long a call without an answer is held open; Intuit's own limit is 120 seconds."""

WEBHOOK_SECONDS = 3.0
"""How long a webhook waits for its 200."""

_log = logging.getLogger(__name__)


class Server:
    """Runs in threads between `with` and its end. Port 0 takes a free one.

    A call that gets no answer is held for `hold` seconds; webhooks whose time has come go out every `tick` seconds.
    """

    def __init__(
        self,
        intuit: Intuit,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        hold: float = HOLD_SECONDS,
        tick: float = 1.0,
    ) -> None:
        self.intuit = intuit
        self._hold, self._tick = hold, tick
        self._over = threading.Event()
        self._app = application(intuit)
        self._http = make_server(host, port, self._answer, threaded=True, request_handler=_Requests)
        self.host, self.port = host, int(self._http.server_port)
        self._threads = [threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True)]
        if intuit.app.webhook_url:
            self._threads.append(threading.Thread(target=self._tell, daemon=True))

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except (Hung, Cut) as fault:
            if isinstance(fault, Hung):
                self._over.wait(self._hold)
            _reset(environ["werkzeug.socket"])
            raise ConnectionAbortedError from fault  # werkzeug lets go of such a connection without a word

    def _tell(self) -> None:
        while not self._over.wait(self._tick):
            self.intuit.send_webhooks(post)


def post(url: str, headers: Mapping[str, str], content: bytes) -> int:
    """Sends a webhook; its HTTP status, 0 where nobody answered in time."""
    try:
        return requests.post(url, content, headers=dict(headers), timeout=WEBHOOK_SECONDS).status_code
    except requests.RequestException as unreachable:
        _log.info("The webhook to %s was not taken: %s", url, unreachable)
        return 0


class _Requests(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 werkzeug's name
        _log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)


def _reset(connection: socket.socket) -> None:
    """Closes with no time to linger: the other side sees its connection reset."""
    torn = socket.socket(fileno=connection.detach())
    torn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    torn.close()
