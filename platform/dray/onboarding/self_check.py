"""Whether customers' computers can reach this installation: the public address called as a Web Connector would.

What `reaching` looks at, and then the description of the service read by a SOAP client that we did not write, and one
call of it. Only commands and the background use this: web workers do not carry a SOAP client.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from typing import Final

import requests
import zeep
from sqlalchemy import delete
from zeep.exceptions import Error as SoapError
from zeep.transports import Transport

from dray.installation import Dray
from dray.onboarding import reaching
from dray.onboarding.models import SelfCheck
from dray.onboarding.reaching import PATIENCE, PROBE, Seen
from dray.registry import Registry
from dray_tenants.scope import ScopedSession

__all__ = ["look", "record"]

KEPT: Final = dt.timedelta(days=60)


def look(
    public_url: str, registry: Registry, *, now: dt.datetime, trusted: ssl.SSLContext | None = None
) -> Iterator[Seen]:
    """Look at everything, and stop where what comes after cannot succeed. `trusted`: which certificates are believed,
    for a test; otherwise those that this machine believes."""
    for seen in reaching.door(public_url, now=now, trusted=trusted):
        yield seen
        if reaching.stops(seen):
            return
    for mount in registry.dialled_into:
        address = f"{public_url}/{mount}/{PROBE}"
        with requests.Session() as session:
            fetched = reaching.pages(session, address, mount)
            yield fetched
            if fetched.well is not False:
                yield _soap(address, mount, session)


def record(parts: Dray) -> int:
    """Look, and keep what was found for the pages of the staff; how many faults there are."""
    found = list(look(parts.settings.public_url, parts.registry, now=parts.clock()))
    with ScopedSession(parts.engines) as session:
        told = [{"subject": each.subject, "well": each.well, "sentence": each.sentence} for each in found]
        session.add(SelfCheck(at=parts.clock(), findings=told))
        session.execute(delete(SelfCheck).where(SelfCheck.at < parts.clock() - KEPT))
        session.commit()
    return sum(each.well is False for each in found)


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
