"""Whether customers' computers can reach this installation: the public address called as a Web Connector would.

Name, certificate and its end, TLS 1.2, support page, the description of the service read by a SOAP client that we did
not write, and one call of it. Only commands and the background use this: web workers do not carry a SOAP client.
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
import zeep
from sqlalchemy import delete
from zeep.exceptions import Error as SoapError
from zeep.transports import Transport

from dray.installation import Dray
from dray.onboarding.models import SelfCheck
from dray.registry import Registry
from dray_tenants.scope import ScopedSession

__all__ = ["PROBE", "WARNED_BEFORE", "Seen", "look", "record"]

PROBE: Final = "in_selfcheck"
"""A way in that there is not: whoever calls it is answered all the same, and signs in nowhere."""
WARNED_BEFORE: Final = dt.timedelta(days=30)
PATIENCE: Final = 10.0
KEPT: Final = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found. `well` None: worth knowing, and no fault."""

    subject: str
    well: bool | None
    sentence: str


def look(
    public_url: str, registry: Registry, *, now: dt.datetime, trusted: ssl.SSLContext | None = None
) -> Iterator[Seen]:
    """Look at everything, and stop where what comes after cannot succeed. `trusted`: which certificates are believed,
    for a test; otherwise those that this machine believes."""
    url = urlsplit(public_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    local = host == "localhost"
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        yield Seen(
            "name", False, f"{host} is not known to the domain name system ({unknown}); customers cannot reach it"
        )
        return
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as away:
        said = (
            "nothing answers here now; `dray serve` starts it" if local else f"{host}:{port} does not answer ({away})"
        )
        yield Seen("reach", None if local else False, said)
        return
    if url.scheme == "https":
        certificate = _certificate(host, port, trusted or ssl.create_default_context(), now)
        yield certificate
        if certificate.well is False:
            return
    for mount in registry.dialled_into:
        yield from _door(f"{public_url}/{mount}/{PROBE}", mount)


def record(parts: Dray) -> int:
    """Look, and keep what was found for the pages of the staff; how many faults there are."""
    found = list(look(parts.settings.public_url, parts.registry, now=parts.clock()))
    with ScopedSession(parts.engines) as session:
        told = [{"subject": each.subject, "well": each.well, "sentence": each.sentence} for each in found]
        session.add(SelfCheck(at=parts.clock(), findings=told))
        session.execute(delete(SelfCheck).where(SelfCheck.at < parts.clock() - KEPT))
        session.commit()
    return sum(each.well is False for each in found)


def _certificate(host: str, port: int, context: ssl.SSLContext, now: dt.datetime) -> Seen:
    # The Web Connector is .NET Framework: it needs TLS 1.2 and the whole chain, and takes no client certificate.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with (
            closing(socket.create_connection((host, port), timeout=PATIENCE)) as raw,
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


def _door(address: str, mount: str) -> Iterator[Seen]:
    with requests.Session() as session:
        session.headers["User-Agent"] = "dray self-check"
        try:
            support = session.get(f"{address}/support", timeout=PATIENCE, allow_redirects=False)
            page = session.get(address, timeout=PATIENCE, allow_redirects=False)
        except requests.RequestException as away:
            yield Seen(f"{mount} pages", False, f"they do not answer ({away})")
            return
        # QBWC1003, 1004 and 1048 at the customer's: only 200 and 202 count there, and no redirect is followed
        well = support.status_code in (200, 202) and page.status_code == 200
        yield Seen(
            f"{mount} pages",
            well,
            f"support page {support.status_code}, address for the certificate {page.status_code}",
        )
        yield _soap(address, mount, session)


def _soap(address: str, mount: str, session: requests.Session) -> Seen:
    """Have a SOAP client read the description and call what takes nothing."""
    transport = Transport(session=session, timeout=PATIENCE, operation_timeout=PATIENCE)  # type: ignore[no-untyped-call]
    try:
        client = zeep.Client(f"{address}?wsdl", transport=transport)  # type: ignore[no-untyped-call]
        operations = {
            name: operation
            for service in client.wsdl.services.values()
            for each in service.ports.values()
            for name, operation in each.binding._operations.items()
        }
        plain = [name for name, each in operations.items() if not each.input.body.type.elements]
        if not plain:
            return Seen(f"{mount} service", None, f"described, with {len(operations)} operations; none takes nothing")
        answer = client.service[plain[0]]()
    except (SoapError, requests.RequestException, ValueError, OSError) as broken:
        return Seen(f"{mount} service", False, f"a SOAP client cannot use it ({type(broken).__name__}: {broken})"[:300])
    return Seen(f"{mount} service", True, f"{plain[0]} answers {answer!r}; {len(operations)} operations are described")
