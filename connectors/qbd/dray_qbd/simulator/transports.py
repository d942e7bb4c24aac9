"""What carries the calls of the pretend Web Connector, and the way straight into a WSGI application."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

Headers = Sequence[tuple[str, str]]


class TransportError(Exception):
    """No usable HTTP answer came: refused, reset, timed out, certificate not accepted."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer as it came; nothing is followed, stored or unpacked."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Transport(Protocol):
    """Carries one request and its answer. The caller gives the headers that do not depend on the connection."""

    def send(self, method: str, url: str, headers: Headers, body: bytes = b"") -> HttpAnswer:
        """Raises TransportError."""
        ...

    def close(self) -> None:
        """Lets go of whatever is open."""
        ...


class WsgiTransport:
    """Calls a WSGI application in this process, as a server would."""

    def __init__(self, application: Callable[..., Iterable[bytes]], remote_addr: str = "127.0.0.1") -> None:
        self._application, self._remote_addr = application, remote_addr

    def send(self, method: str, url: str, headers: Headers, body: bytes = b"") -> HttpAnswer:
        """One request. An exception of the application comes through: in a test it should."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, got: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], None]:
            started.append((status, got))
            return chunks.append

        chunks: list[bytes] = []
        result = self._application(self._environ(method, urlsplit(url), headers, body), start_response)
        try:
            chunks.extend(result)
        finally:
            close = getattr(result, "close", None)
            if close:
                close()
        if not started:
            raise TransportError("The application did not begin an answer")
        status, got = started[-1]
        code, _, reason = status.partition(" ")
        return HttpAnswer(int(code), reason, tuple(got), b"".join(chunks))

    def close(self) -> None:
        """Nothing is open."""

    def _environ(self, method: str, parts: SplitResult, headers: Headers, body: bytes) -> dict[str, Any]:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(parts.path or "/"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname or "localhost",
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self._remote_addr,
            "HTTP_HOST": parts.netloc,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": parts.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if method == "POST":
            environ["HTTP_EXPECT"] = "100-continue"
        for name, value in headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ
