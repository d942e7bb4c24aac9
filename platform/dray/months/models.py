"""The table of closed months."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from dray_tenants.database import Base, Json, UtcDateTime
from dray_tenants.scope import TenantOwned


class MonthReport(TenantOwned, Base):
    """How one month stood when somebody closed it. It never changes; closing again makes another one.

    `figures` is what `months.figures.Month` holds, as JSON. `listing` is the CSV with every invoice, zlib-compressed;
    `digest` its sha256, and `signature` the seal of both that only this installation can make.
    """

    __tablename__ = "month_reports"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    month: Mapped[dt.date] = mapped_column(Date)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Text)
    invoices: Mapped[int] = mapped_column(Integer)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    listing: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(120))

    __table_args__ = (Index("ix_month_reports_month", "tenant_id", "month", "id"),)
