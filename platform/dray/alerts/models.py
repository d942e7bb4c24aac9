"""The tables of alerts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned


class Alert(TenantOwned, Base):
    """Something that needs somebody, from when it was first seen until it was over.

    `cause` as in `alerts.causes.Cause`; `subject` the public id of the connection that it is about, or empty.
    `told_at`: when the letters were written; None while nobody was told, because of quiet hours.
    """

    __tablename__ = "alerts"

    cause: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(40), default="")
    sentence: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    cleared_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_alerts_open",
            "tenant_id",
            "cause",
            "subject",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )


class AlertChoice(TenantOwned, Base):
    """What one person wants to be told. No row: what `alerts.causes.DEFAULTS` says for their role."""

    __tablename__ = "alert_choices"

    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("users.id"))
    causes: Mapped[list[str]] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)


class QuietHours(TenantOwned, Base):
    """Between these times of day, in the tenant's zone, nobody is told anything; written "22:00". One row a tenant."""

    __tablename__ = "quiet_hours"

    begin: Mapped[str] = mapped_column(String(5))
    end: Mapped[str] = mapped_column(String(5))

    __table_args__ = (UniqueConstraint("tenant_id"),)
