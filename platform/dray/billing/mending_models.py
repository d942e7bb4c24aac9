"""The table of rules by which texts are made to fit into the books."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class MendingRule(TenantOwned, Base):
    """Problems of this `code` in this `field` of invoices for this connection are solved by `way` (`mending.Way`).

    `field` is a path in which a line's number is "*". The rule writes nothing into invoices: it changes what is sent.
    """

    __tablename__ = "mending_rules"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    connection_id: Mapped[int] = mapped_column(BigKey)
    code: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(120))
    way: Mapped[str] = mapped_column(String(20))
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "code", "field"),
        tenant_key("connection_id", "connections"),
    )
