"""The table of the rate card: what an item costs, from when on, and for whom."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from dray.billing.models import PLACES
from dray_tenants.database import Base, BigKey, ExactDecimal, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

_FOR_ALL = text("customer_id IS NULL")
_FOR_ONE = text("customer_id IS NOT NULL")


class Rate(TenantOwned, Base):
    """One price of one item, for one customer or (without one) for everybody. `first_day` and `last_day` are both
    included; without a last day it holds until a later one of the same item and customer begins."""

    __tablename__ = "rates"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    item_id: Mapped[int] = mapped_column(BigKey)
    customer_id: Mapped[int | None] = mapped_column(BigKey)
    unit: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(ExactDecimal(PLACES))
    first_day: Mapped[dt.date] = mapped_column(Date)
    last_day: Mapped[dt.date | None] = mapped_column(Date)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        # NULLs are never equal, so the price for everybody needs an index of its own.
        Index(
            "uq_rates_for_all",
            "tenant_id",
            "item_id",
            "first_day",
            unique=True,
            sqlite_where=_FOR_ALL,
            postgresql_where=_FOR_ALL,
        ),
        Index(
            "uq_rates_for_one",
            "tenant_id",
            "item_id",
            "customer_id",
            "first_day",
            unique=True,
            sqlite_where=_FOR_ONE,
            postgresql_where=_FOR_ONE,
        ),
        Index("ix_rates_customer", "tenant_id", "customer_id"),
        tenant_key("item_id", "items"),
        tenant_key("customer_id", "customers"),
    )
