"""The tables of cadences and closures.

All of them are directory tables: the sweep reads and writes them over all tenants at once, and they hold nothing of any
invoice.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime


class Cadence(Base):
    """In which hours of the week one connection is usually called, learned from when it was.

    `week` holds one letter for each of 168 hours, Monday midnight first, in `time_zone`, the tenant's (`cadence.week`).
    `judged_hour`: the last hour, counted from 1970, that is learned. `silent_since` is the last call, once a silence is
    worth telling; `silence` what was made of it then: {"code", "because", "do", "say"}, the likeliest first.
    """

    __tablename__ = "cadences"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    connection_id: Mapped[int] = mapped_column(BigKey, unique=True)
    time_zone: Mapped[str] = mapped_column(Text)
    week: Mapped[str] = mapped_column(String(168))
    judged_hour: Mapped[int] = mapped_column(BigInteger)
    silent_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    silence: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)

    __table_args__ = (
        # The few that are silent: asked for by the list of all connections, each time it is shown.
        Index(
            "ix_cadences_silent",
            "connection_id",
            sqlite_where=text("silent_since IS NOT NULL"),
            postgresql_where=text("silent_since IS NOT NULL"),
        ),
        {"info": {"directory": True}},
    )


class CadenceRound(Base):
    """How the sweep stands; one row. `at` is when it was last done, `steady_since` since when without a gap, and
    `finished_hour` the last hour whose missing calls are learned. `heard_at` is the newest call of anybody, and
    `open_since` when calls came again after nobody had called for long: an outage of our own is no silence of theirs.
    """

    __tablename__ = "cadence_rounds"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    steady_since: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    finished_hour: Mapped[int] = mapped_column(BigInteger)
    heard_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    open_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = ({"info": {"directory": True}},)


class Closure(Base):
    """Days on which nobody is at the computer, both included: one tenant's own, or those of a calendar that tenants
    share. Exactly one of `tenant_id` and `calendar` is set."""

    __tablename__ = "closures"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("tenants.id"))
    calendar: Mapped[str | None] = mapped_column(String(60))
    first_day: Mapped[dt.date] = mapped_column(Date)
    last_day: Mapped[dt.date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("(tenant_id IS NULL) <> (calendar IS NULL)", name="whose"),
        Index("ix_closures_tenant", "tenant_id", "last_day"),
        Index("ix_closures_last_day", "last_day"),
        {"info": {"directory": True}},
    )


class FollowedCalendar(Base):
    """That a tenant is closed on the days of a shared calendar."""

    __tablename__ = "followed_calendars"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    calendar: Mapped[str] = mapped_column(String(60))

    __table_args__ = (
        UniqueConstraint("tenant_id", "calendar"),
        Index("ix_followed_calendars_calendar", "calendar"),
        {"info": {"directory": True}},
    )
