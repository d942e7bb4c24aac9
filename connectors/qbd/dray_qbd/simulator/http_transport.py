"""HTTP as .NET Framework's SoapHttpClientProtocol speaks it."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import SplitResult, urlsplit

from dray_qbd.simulator.transports import Headers, HttpAnswer, TransportError

DEFAULT_TIMEOUT = 100.0
# .NET waits this long for "100 Continue" before it sends the body anyway.
CONTINUE_TIMEOUT = 0.35

Place = tuple[str, str, int]


class HttpTransport:
    """HTTP/1.1 over a kept connection, with Expect: 100-continue; no redirects, no cookies, no compression.

    `timeout` is for one call, `patience` for the server's 100 Continue, both in seconds.
    """

    def __init__(
        self,
        timeout: float = DEFAULT_TIMEOUT,
        tls: ssl.SSLContext | None = None,
        patience: float = CONTINUE_TIMEOUT,
    ) -> None:
        self._timeout, self._tls, self._patience = timeout, tls, patience
        self._connection: _Connection | None = None

    def send(self, method: str, url: str, headers: Headers, body: bytes = b"") -> HttpAnswer:
        """One request on the kept connection, or on a new one if there is none that the server keeps open."""
        parts = urlsplit(url)
        try:
            return self._exchange(method, parts, headers, body)
        except TransportError:
            self.close()
            raise
        except TimeoutError as wrong:
            self.close()
            raise TransportError("The operation has timed out") from wrong
        except (OSError, ValueError) as wrong:
            self.close()
            raise TransportError(f"Unable to connect to the remote server: {wrong}") from wrong

    def close(self) -> None:
        """Closes the kept connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _exchange(self, method: str, parts: SplitResult, headers: Headers, body: bytes) -> HttpAnswer:
        place = (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        connection = self._connection
        fresh = connection is None or not connection.is_good_for(place)
        if connection is None or fresh:
            self.close()
            self._connection = connection = _Connection(place, self._timeout, self._tls)
        connection.send(_head(method, parts, headers, len(body), fresh=fresh))
        answer, keeps = connection.receive(body if method == "POST" else None, self._patience)
        if not keeps:
            self.close()
        return answer


class _Connection:
    """A socket to one place, with what has been read from it and not yet used."""

    def __init__(self, place: Place, timeout: float, tls: ssl.SSLContext | None) -> None:
        self.place = place
        plain = socket.create_connection(place[1:], timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if place[0] == "https":
            self._socket: socket.socket = (tls or ssl.create_default_context()).wrap_socket(
                plain, server_hostname=place[1]
            )
        else:
            self._socket = plain
        self._reader = self._socket.makefile("rb")

    def is_good_for(self, place: Place) -> bool:
        """Whether the next request can go here. A server that has something to say unasked is about to close."""
        return place == self.place and not self._says_something(0)

    def send(self, head: bytes) -> None:
        """Sends the head of a request."""
        self._socket.sendall(head)

    def receive(self, body: bytes | None, patience: float) -> tuple[HttpAnswer, bool]:
        """Sends the body once the server agrees to it, or has not said anything for a while, and reads the answer.

        Also says whether the connection can be kept.
        """
        sent = body is None
        if body is not None and (not self._says_something(patience) or self._agrees()):
            self._socket.sendall(body)
            sent = True
        status, headers = _status(self._reader), _headers(self._reader)
        while status[0] == 100:
            status, headers = _status(self._reader), _headers(self._reader)
        answer = HttpAnswer(status[0], status[1], headers, b"")
        content = _body(self._reader, answer)
        said = answer.header("Connection").lower()
        keeps = sent and content is not None and ("keep-alive" in said if status[2] else "close" not in said)
        whole = self._reader.read() if content is None else content
        return HttpAnswer(status[0], status[1], headers, whole), keeps

    def close(self) -> None:
        """Closes it."""
        self._reader.close()
        self._socket.close()

    def _agrees(self) -> bool:
        """Whether the next thing that the server says is 100 Continue; anything else stays to be read."""
        return self._reader.peek(12)[:12].split(b" ")[1:2] == [b"100"]

    def _says_something(self, seconds: float) -> bool:
        return bool(select.select([self._socket], [], [], seconds)[0])


def _head(method: str, parts: SplitResult, headers: Headers, length: int, *, fresh: bool) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Host: {parts.netloc.rpartition('@')[2]}")
    if method == "POST":
        lines += [f"Content-Length: {length}", "Expect: 100-continue"]
    if fresh:
        lines.append("Connection: Keep-Alive")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _status(reader: BinaryIO) -> tuple[int, str, bool]:
    """The status, the reason, and whether the server is one of HTTP/1.0, which closes unless it says otherwise."""
    line = reader.readline(65536).decode("latin-1").rstrip("\r\n")
    if not line:
        raise TransportError("The underlying connection was closed: the connection was closed unexpectedly.")
    protocol, _, rest = line.partition(" ")
    code, _, reason = rest.partition(" ")
    if not protocol.startswith("HTTP/1.") or not code.isdecimal():
        raise TransportError("The server committed a protocol violation.")
    return int(code), reason, protocol == "HTTP/1.0"


def _headers(reader: BinaryIO) -> tuple[tuple[str, str], ...]:
    found = []
    while (line := reader.readline(65536).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _body(reader: BinaryIO, answer: HttpAnswer) -> bytes | None:
    """The body by its announced length or in chunks; None if it goes on until the connection closes."""
    if "chunked" in answer.header("Transfer-Encoding").lower():
        return b"".join(_chunks(reader))
    if answer.status in (204, 304):
        return b""
    length = answer.header("Content-Length")
    if not length.isdecimal():
        return None
    body = reader.read(int(length))
    if len(body) < int(length):
        raise TransportError("The underlying connection was closed: the connection was closed unexpectedly.")
    return body


def _chunks(reader: BinaryIO) -> Iterator[bytes]:
    while size := int(reader.readline(1024).partition(b";")[0], 16):
        yield reader.read(size)
        reader.readline(16)
    _headers(reader)
