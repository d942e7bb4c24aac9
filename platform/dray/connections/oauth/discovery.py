"""Where the other side's endpoints are: its discovery document (OpenID Connect Discovery 1.0), read once a day.

Tokens and our client secret go to the addresses that it names, so the document and they must be reached over TLS; plain
http is taken on this very machine alone, where a pretend accounting system may run.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
import structlog

__all__ = ["Endpoints", "Undiscovered", "endpoints_of", "is_safe"]

KEPT: Final = 86_400.0
WITHIN: Final = 10.0
_HOPS: Final = 3
_LARGEST: Final = 256 * 1024

_log = structlog.get_logger(__name__)


class Undiscovered(Exception):
    """The document could not be read, or names addresses that nothing may be sent to; the message says which."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses that a flow needs; `revocation` is None where the other side revokes nothing."""

    authorization: str
    token: str
    revocation: str | None


def endpoints_of(document: str) -> Endpoints:
    """The endpoints that the document at this address names. Once read they are kept for a day, and after that for as
    long as the document cannot be reached. Raises Undiscovered."""
    known = _known.get(document)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    try:
        found = _read(document)
    except Undiscovered as trouble:
        if known is None:
            raise
        _log.warning("the discovery document cannot be read; the endpoints stay as they were", trouble=str(trouble))
        found = known[1]
    with _lock:
        _known[document] = (time.monotonic() + KEPT, found)
    return found


def is_safe(address: str) -> bool:
    """Whether secrets may be sent there: over TLS, or to this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or any(char.isspace() for char in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


_known: dict[str, tuple[float, Endpoints]] = {}
_lock = threading.Lock()


def _read(document: str) -> Endpoints:
    said = _fetch(document)
    revocation = said.get("revocation_endpoint")
    return Endpoints(
        authorization=_address(said, "authorization_endpoint", document),
        token=_address(said, "token_endpoint", document),
        revocation=None if revocation is None else _address(said, "revocation_endpoint", document),
    )


def _address(said: Mapping[str, Any], name: str, document: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not is_safe(address):
        raise Undiscovered(f"{document} names no {name} that a secret could be sent to")
    # a document from the network sends nobody to a program on this machine
    if urlsplit(address).scheme == "http" and not _is_this_machine(urlsplit(document).hostname or ""):
        raise Undiscovered(f"{document} names no {name} that a secret could be sent to")
    return address


def _fetch(document: str) -> Mapping[str, Any]:
    """The document. Redirects are followed by hand, because each hop has to be as safe as the first."""
    address = document
    for _ in range(_HOPS):
        if not is_safe(address) or (address.startswith("http:") and not document.startswith("http:")):
            raise Undiscovered(f"{address} is not reached over TLS; a discovery document has to be")
        try:
            reply = requests.get(address, timeout=WITHIN, allow_redirects=False, headers={"Accept": "application/json"})
        except requests.RequestException as trouble:
            raise Undiscovered(f"{address} could not be reached ({type(trouble).__name__})") from None
        if not reply.is_redirect:
            return _document(reply, address)
        address = urljoin(address, reply.headers["Location"])
    raise Undiscovered(f"{document} leads from one address to the next and never to a document")


def _document(reply: requests.Response, address: str) -> Mapping[str, Any]:
    if reply.status_code != requests.codes.ok or len(reply.content) > _LARGEST:
        raise Undiscovered(f"{address} answered {reply.status_code} and no discovery document")
    try:
        said = reply.json()
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Undiscovered(f"{address} holds no discovery document")
    return said


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
