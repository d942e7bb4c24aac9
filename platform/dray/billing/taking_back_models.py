"""The table of what was marked as not to be sent in one press, so that one press takes it back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, Json, UtcDateTime
from dray_tenants.scope import TenantOwned


class Marking(TenantOwned, Base):
    """Some invoices that were marked as not to be sent together. `marked`: the public ids of those that were."""

    __tablename__ = "markings"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    invoices: Mapped[int] = mapped_column(Integer)
    marked: Mapped[list[str]] = mapped_column(Json)

    __table_args__ = (Index("ix_markings_at", "tenant_id", "at"),)
