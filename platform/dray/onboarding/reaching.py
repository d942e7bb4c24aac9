"""Whether customers' computers can reach this installation, as far as that is seen without a SOAP client: name,
certificate and its end, TLS 1.2, and the pages that a Web Connector fetches when it is set up.

`self_check` looks further. This part is quick and light enough to be asked by a web process before a link is sent.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests
from sqlalchemy import select

from dray.installation import Dray
from dray.onboarding.models import SelfCheck
from dray.registry import Registry
from dray_tenants.scope import ScopedSession

__all__ = ["PROBE", "WARNED_BEFORE", "NotReached", "Seen", "door", "look", "pages", "refuse_unreached"]

PROBE: Final = "in_selfcheck"
"""A way in that there is not: whoever calls it is answered all the same, and signs in nowhere."""
WARNED_BEFORE: Final = dt.timedelta(days=30)
PATIENCE: Final = 10.0
HURRY: Final = 4.0
"""Seconds for each answer while somebody waits for a page."""
FRESH: Final = dt.timedelta(minutes=15)
"""A whole look that found no fault need not be repeated for so long."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found. `well` None: worth knowing, and no fault."""

    subject: str
    well: bool | None
    sentence: str


class NotReached(Exception):
    """Customers' computers cannot reach us; the message is a sentence for people that says what was found."""


def refuse_unreached(parts: Dray) -> None:
    """Look at our own address before a link to it is sent. Raises NotReached. An address on this machine alone is for
    trying things out and not looked at. No transaction should be open: it waits for the network."""
    url = parts.settings.public_url
    if urlsplit(url).hostname == "localhost" or _well_lately(parts):
        return
    faults = [seen for seen in look(url, parts.registry, now=parts.clock(), patience=HURRY) if seen.well is False]
    if faults:
        said = " ".join(f"{each.subject.capitalize()}: {each.sentence}." for each in faults)
        raise NotReached(f"Customers’ computers cannot reach {url} now. {said}")


def look(
    public_url: str,
    registry: Registry,
    *,
    now: dt.datetime,
    trusted: ssl.SSLContext | None = None,
    patience: float = PATIENCE,
) -> Iterator[Seen]:
    """Look at name, certificate and pages, and stop where what comes after cannot succeed. `trusted`: which
    certificates are believed, for a test; otherwise those that this machine believes."""
    found = door(public_url, now=now, trusted=trusted, patience=patience)
    for seen in found:
        yield seen
        if stops(seen):
            return
    for mount in registry.dialled_into:
        with requests.Session() as session:
            yield pages(session, f"{public_url}/{mount}/{PROBE}", mount, patience)


def stops(seen: Seen) -> bool:
    """Whether nothing further can be seen after this."""
    return seen.well is False or seen.subject == "reach"


def door(
    public_url: str, *, now: dt.datetime, trusted: ssl.SSLContext | None = None, patience: float = PATIENCE
) -> Iterator[Seen]:
    """What is wrong with the name or with reaching it, and how the certificate is."""
    url = urlsplit(public_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        yield Seen(
            "name", False, f"{host} is not known to the domain name system ({unknown}); customers cannot reach it"
        )
        return
    try:
        socket.create_connection((host, port), timeout=patience).close()
    except OSError as away:
        local = host == "localhost"
        said = (
            "nothing answers here now; `dray serve` starts it" if local else f"{host}:{port} does not answer ({away})"
        )
        yield Seen("reach", None if local else False, said)
        return
    if url.scheme == "https":
        yield _certificate(host, port, trusted or ssl.create_default_context(), now, patience)


def pages(session: requests.Session, address: str, mount: str, patience: float = PATIENCE) -> Seen:
    """The support page and the address that is fetched for the certificate. QBWC1003, 1004 and 1048 at the customer's:
    only 200 and 202 count there, and no redirect is followed."""
    session.headers["User-Agent"] = "dray self-check"
    try:
        support = session.get(f"{address}/support", timeout=patience, allow_redirects=False)
        page = session.get(address, timeout=patience, allow_redirects=False)
    except requests.RequestException as away:
        return Seen(f"{mount} pages", False, f"they do not answer ({type(away).__name__})")
    well = support.status_code in (200, 202) and page.status_code == 200
    said = f"support page {support.status_code}, address for the certificate {page.status_code}"
    return Seen(f"{mount} pages", well, said)


def _well_lately(parts: Dray) -> bool:
    with ScopedSession(parts.engines, read_only=True) as session:
        newest = session.scalar(select(SelfCheck).order_by(SelfCheck.id.desc()).limit(1))
        fresh = newest is not None and newest.at > parts.clock() - FRESH
        return newest is not None and fresh and not any(each["well"] is False for each in newest.findings)


def _certificate(host: str, port: int, context: ssl.SSLContext, now: dt.datetime, patience: float) -> Seen:
    # The Web Connector is .NET Framework: it needs TLS 1.2 and the whole chain, and takes no client certificate.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with (
            closing(socket.create_connection((host, port), timeout=patience)) as raw,
            context.wrap_socket(raw, server_hostname=host) as wrapped,
        ):
            ends = _end_of(wrapped.getpeercert() or {})
    except ssl.SSLCertVerificationError as untrusted:
        return Seen("certificate", False, f"it is not trusted ({untrusted.verify_message}); QBWC1048 at the customer's")
    except (OSError, ssl.SSLError) as refused:
        return Seen("certificate", False, f"no TLS 1.2 connection comes about ({refused}); QBWC1012 at the customer's")
    left = ends - now
    sentence = f"good until {ends:%Y-%m-%d}, {left.days} days"
    if left < WARNED_BEFORE:
        return Seen("certificate", None, f"{sentence}; renew it before customers' computers stop trusting it")
    return Seen("certificate", True, sentence)


def _end_of(certificate: Mapping[str, object]) -> dt.datetime:
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), dt.UTC)
