"""Which companies may use a connector: everybody, unless an operator offers it to chosen ones only.

Asked where a connection is made, and again at every hand-out. Where a connector is no longer offered to a company,
nothing more leaves for it there: as under the brake, answers under way are still taken and doubts still settled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, cast

from sqlalchemy import ColumnElement, Table, Text, and_, bindparam, delete, literal, select, update

from dray.connections.models import Connection, ConnectionStatus, ConnectorOffer
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

__all__ = ["WITHHELD", "NotOffered", "chosen", "offer", "offer_to_all", "require", "withheld", "withheld_since"]


class NotOffered(ValueError):
    """The company may not use this connector; the message is a sentence for its people."""


def offer(session: Scoped, connector: str, tenants: Iterable[int], *, at: dt.datetime, actor: str) -> None:
    """From now on these companies may use it, and no other. In the caller's transaction. What waits there is looked at
    again at once."""
    _forget(session, connector)
    for tenant_id in (None, *sorted(set(tenants))):
        session.add(ConnectorOffer(connector=connector, tenant_id=tenant_id, offered_at=at, offered_by=actor))
    session.flush()
    _wake(session, connector, at)


def offer_to_all(session: Scoped, connector: str, *, at: dt.datetime) -> None:
    """Everybody may use it. In the caller's transaction."""
    _forget(session, connector)
    _wake(session, connector, at)


def chosen(session: Scoped) -> dict[str, list[str]]:
    """Connector → the short names of the companies that it is offered to; one that is offered to all is not in it."""
    rows = session.execute(
        select(ConnectorOffer.connector, Tenant.slug)
        .outerjoin(Tenant, Tenant.id == ConnectorOffer.tenant_id)
        .order_by(ConnectorOffer.connector, Tenant.slug)
    ).all()
    found: dict[str, list[str]] = {}
    for connector, slug in rows:
        found.setdefault(connector, []).extend([slug] if slug else [])
    return found


def withheld(session: Scoped, connectors: Sequence[str]) -> frozenset[str]:
    """Those of the connectors that the tenant in scope may not use."""
    rows = session.execute(
        select(ConnectorOffer.connector, ConnectorOffer.tenant_id).where(ConnectorOffer.connector.in_(connectors))
    ).all()
    limited = {connector for connector, tenant_id in rows if tenant_id is None}
    return frozenset(limited - {connector for connector, tenant_id in rows if tenant_id == session.require_tenant()})


def withheld_since(session: Scoped, connector: str) -> dt.datetime | None:
    """Since when the tenant in scope may not use it; None where it may."""
    if not withheld(session, [connector]):
        return None
    return session.scalar(
        select(ConnectorOffer.offered_at).where(
            ConnectorOffer.connector == connector, ConnectorOffer.tenant_id.is_(None)
        )
    )


def require(session: Scoped, connector: str, title: str) -> None:
    """Raises NotOffered where the tenant in scope may not use it."""
    if withheld(session, [connector]):
        raise NotOffered(f"{title} is not offered to your company. Ask your support to switch it on for you.")


def _forget(session: Scoped, connector: str) -> None:
    session.execute(delete(ConnectorOffer).where(ConnectorOffer.connector == connector), execution_options=_QUIET)


def _wake(session: Scoped, connector: str, at: dt.datetime) -> None:
    wake = update(ConnectionStatus).where(ConnectionStatus.connector == connector).values(due_at=at)
    session.execute(wake, execution_options=_QUIET)


def _withheld_from_one() -> ColumnElement[bool]:
    offers, connection = cast(Table, ConnectorOffer.__table__).c, cast(Table, Connection.__table__).c
    of_this = select(literal(1)).where(offers.connector == bindparam("of_connector", type_=Text()))
    limited = of_this.where(offers.tenant_id.is_(None)).exists()
    named = of_this.where(offers.tenant_id == connection.tenant_id).correlate(Connection.__table__).exists()
    return and_(limited, ~named)


WITHHELD: Final = _withheld_from_one()
"""SQL: whether the connector of a row of `connections` is kept from its company. For use in a SELECT of that table with
the parameter `of_connector`; it looks at a small index."""

_QUIET: Final = {"synchronize_session": False}
