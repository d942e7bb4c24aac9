"""Who is called next: connections whose books we call and that have work, fairly among tenants."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import Final

import structlog
from sqlalchemy import select

from dray.connections.models import ConnectionStatus
from dray.connections.oauth.application import NotSetUp, address_of, is_connected_here
from dray.connections.oauth.tokens import access_token
from dray.desks import TenantSeal
from dray.installation import Dray
from dray.sync import transport
from dray.sync.dialling import Dialler, Line, is_due
from dray.sync.limiter import Limiter
from dray_tenants.scope import ScopedSession

__all__ = ["dialler_of", "who_is_due"]

AT_ONCE: Final = 500
"""How many connections one look finds; the others are found by the next."""

_log = structlog.get_logger(__name__)


def dialler_of(parts: Dray) -> Dialler:
    """What calls the books of every enabled connector that is called from here and is set up."""
    engines = parts.engines

    def login(tenant_id: int, connection_id: int, refused: str | None) -> str:
        return access_token(parts, tenant_id, connection_id, refused=refused)

    return Dialler(
        lines={line.connector.name: line for line in _lines(parts)},
        sessions=lambda: ScopedSession(engines),
        reads=lambda: ScopedSession(engines, read_only=True),
        seal_for=lambda session, tenant_id: TenantSeal(session, tenant_id, parts.vault),
        login=login,
        carry=transport.send,
        limiter=Limiter(lambda: ScopedSession(engines, notes=True), secrets.token_bytes),
        clock=parts.clock,
        randomness=secrets.token_bytes,
        pause=time.sleep,
    )


def who_is_due(dialler: Dialler) -> list[tuple[int, int]]:
    """(tenant, connection) of those that have work and that nobody carries, in the order in which to call them: tenants
    take turns, and within each the one that was called longest ago comes first."""
    status = ConnectionStatus
    with dialler.reads() as session:
        rows = session.execute(
            select(status.tenant_id, status.connection_id)
            .where(status.connector.in_(list(dialler.lines)), is_due(dialler.clock()))
            .order_by(status.holder_seen_at.is_not(None), status.holder_seen_at, status.id)
            .limit(AT_ONCE)
        ).all()
    return _in_turn((row.tenant_id, row.connection_id) for row in rows)


def _in_turn(due: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    by_tenant: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for tenant_id, connection_id in due:
        by_tenant[tenant_id].append((tenant_id, connection_id))
    return [one for one in chain.from_iterable(zip_longest(*by_tenant.values())) if one is not None]


def _lines(parts: Dray) -> Iterable[Line]:
    for connector in parts.registry.enabled.values():
        if not is_connected_here(connector):
            continue
        try:
            address = address_of(parts.settings, connector)
            yield Line(connector, address, parts.registry.watches.get(connector.name), parts.recorder)
        except NotSetUp as missing:
            _log.warning("books of this connector are not called", connector=connector.name, reason=str(missing))
