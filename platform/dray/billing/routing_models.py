"""The tables that say to which books an invoice goes, and from which day on."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from dray_tenants.database import Base, BigKey
from dray_tenants.scope import TenantOwned, tenant_key


class RoutingRule(TenantOwned, Base):
    """Invoices whose `field` is `value` go to this connection. Rules are asked by `position`; the first that fits
    decides. `field`: see `billing.routing.FIELDS`. `value` as it was typed, `value_key` as it is compared."""

    __tablename__ = "routing_rules"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(Text)
    value_key: Mapped[str] = mapped_column(Text)
    connection_id: Mapped[int] = mapped_column(BigKey)

    __table_args__ = (
        UniqueConstraint("tenant_id", "field", "value_key"),
        tenant_key("connection_id", "connections"),
    )


class ConnectionStart(TenantOwned, Base):
    """Invoices dated before `first_day` are in the books of this connection already."""

    __tablename__ = "connection_starts"

    connection_id: Mapped[int] = mapped_column(BigKey)
    first_day: Mapped[dt.date] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id"),
        tenant_key("connection_id", "connections"),
    )
