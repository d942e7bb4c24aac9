"""One call to a receiver: no redirect is followed, no private address is reached, and no answer is read to its end.

The host's name is looked up once, the address that was looked at is the one that is called: a name that answers
differently the second time (DNS rebinding) reaches nothing. Certificates are checked for the name.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3

LONGEST: Final = urllib3.Timeout(connect=5, read=15)
READ: Final = 300

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
    try:
        with _pool(parts, address) as pool:
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
        return Answered(None, f"Nobody answered: {trouble}"[:READ])
    return Answered(answer.status, body.replace("\0", "")[:READ])


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    if parts.scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address,
            _port(parts),
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
    return urllib3.HTTPConnectionPool(address, _port(parts))


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
