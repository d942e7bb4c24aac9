"""The table of what came of sending, by quarters of an hour."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Tally(TenantOwned, Base):
    """What one set of books accepted and refused in one quarter of an hour, in one currency.

    `within_2` … `longer` count the accepted ones by the minutes from being sent to being accepted; each is counted in
    one of them. Amounts are our totals, in minor units.
    """

    __tablename__ = "tallies"

    connection_id: Mapped[int] = mapped_column(BigKey)
    slot: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(String(3))
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    accepted_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    refused_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    within_2: Mapped[int] = mapped_column(Integer, default=0)
    within_5: Mapped[int] = mapped_column(Integer, default=0)
    within_10: Mapped[int] = mapped_column(Integer, default=0)
    within_20: Mapped[int] = mapped_column(Integer, default=0)
    within_60: Mapped[int] = mapped_column(Integer, default=0)
    within_240: Mapped[int] = mapped_column(Integer, default=0)
    longer: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "slot", "currency"),
        Index("ix_tallies_slot", "tenant_id", "slot"),
        tenant_key("connection_id", "connections"),
    )
