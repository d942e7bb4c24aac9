"""One call to a receiver: no redirect is followed, no private address is reached, no answer is read to its end, and
none is waited for longer than 30 seconds in all, however slowly it drips.

The host's name is looked up once, the address that was looked at is the one that is called: a name that answers
differently the second time (DNS rebinding) reaches nothing. Certificates are checked for the name.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3

LONGEST: Final = urllib3.Timeout(connect=5, read=15)
READ: Final = 300
TOO_SLOW: Final = "It had not answered after 30 seconds, and is waited for no longer."

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6 (RFC 4291, section 2.4); what lies outside may carry an address of a network in it."""
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""How a network with IPv6 alone reaches IPv4: the last 32 bits are the address that is called (RFC 6052)."""


class Refused(Exception):
    """The address is none that may be called. The message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one call; `status` is None where nobody answered."""

    status: int | None
    said: str

    @property
    def taken(self) -> bool:
        """Whether the receiver has it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


def _look_up(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be called. Only tests allow more than the defaults."""

    schemes: frozenset[str] = frozenset({"https"})
    private: bool = False
    look_up: Callable[[str, int], list[str]] = _look_up
    seconds: float = 30


def check(url: str, rules: Rules) -> SplitResult:
    """Whether the address may be called, as far as it tells by itself. Raises Refused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("This is not an address. Write it as https://host/path.") from None
    if parts.scheme not in rules.schemes or not parts.hostname or port == 0:
        raise Refused("An address begins with https:// and names a host, such as https://billing.example/hooks.")
    if parts.username or parts.password or parts.fragment or any(ord(letter) <= 32 for letter in url):
        raise Refused("Leave names, passwords, spaces and # out of the address.")
    return parts


def address_of(url: str, rules: Rules) -> str:
    """The address of the internet that the host has now. Raises Refused where it has none, or a private one."""
    parts = check(url, rules)
    try:
        found = rules.look_up(parts.hostname or "", _port(parts))
    except (OSError, UnicodeError):
        raise Refused(f"There is no host called {parts.hostname}.") from None
    if not found:
        raise Refused(f"There is no host called {parts.hostname}.")
    if not rules.private and not all(_is_public(each) for each in found):
        raise Refused(f"{parts.hostname} is an address inside a network. Only addresses of the internet are called.")
    return found[0]


def call(url: str, text: str, headers: Mapping[str, str], rules: Rules) -> Answered:
    """Post the text. Never raises for what the network or the receiver does."""
    try:
        address = address_of(url, rules)
    except Refused as refused:
        return Answered(None, str(refused))
    parts = urlsplit(url)
    host = parts.netloc
    limit = _Limit()
    try:
        with _limited(limit, rules.seconds), _pool(parts, address, limit) as pool:
            answer = pool.urlopen(
                "POST",
                (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                body=text.encode(),
                headers={**headers, "host": host},
                redirect=False,
                retries=False,
                timeout=LONGEST,
                preload_content=False,
            )
            body = answer.read1(READ).decode(errors="replace")  # what has come: nobody waits for drops
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError) as trouble:
        said = f"Nobody answered: {trouble}"
        return Answered(None, TOO_SLOW if limit.over else said[:READ])
    if limit.over:  # headers that end in the middle are headers to whoever reads them
        return Answered(None, TOO_SLOW)
    return Answered(answer.status, body.replace("\0", "")[:READ])


class _Limit:
    """Ends the connections that it watches when the time is over: a socket's own timeout begins anew with each byte."""

    def __init__(self) -> None:
        self.over = False
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, connected: socket.socket) -> None:
        """End this one too. A copy is kept, since encryption takes the socket itself over."""
        with self._lock:
            self._watched.append(socket.socket(fileno=os.dup(connected.fileno())))
        if self.over:
            self.end()

    def end(self) -> None:
        """The time is over."""
        self.over = True
        with self._lock:
            for each in self._watched:
                with suppress(OSError):  # gone already
                    each.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Give the copies back."""
        with self._lock:
            for each in self._watched:
                each.close()
            self._watched.clear()


@contextmanager
def _limited(limit: _Limit, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, limit.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        limit.forget()


def _pool(parts: SplitResult, address: str, limit: _Limit) -> urllib3.HTTPConnectionPool:
    class Plain(urllib3.connection.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            limit.watch(self.sock)

    class Encrypted(urllib3.connection.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            limit.watch(self.sock)

    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            _port(parts),
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
        pool.ConnectionCls = Encrypted
        return pool
    pool = urllib3.HTTPConnectionPool(address, _port(parts))
    pool.ConnectionCls = Plain
    return pool


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return _is_global(address)
    if address in _TRANSLATED:
        return _is_global(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    carried = address.sixtofour
    return address in _UNICAST and _is_global(address) and (carried is None or _is_global(carried))


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast
