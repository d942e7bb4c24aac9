"""The tables of exports and of companies that leave."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

_OPEN = text("undone_at IS NULL")


class Departure(TenantOwned, Base):
    """That a company asked to be deleted. Until `due_at` it can be undone.

    `closed_at`: its key was destroyed and nobody can sign in to it any more. `emptied_at`: its rows are gone, so many
    (`rows`); between the two `people` are the ids of its members. What is kept of it is kept until `KEPT_AFTER` after
    that; see `leaving.deleting`.
    """

    __tablename__ = "departures"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(Text)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    emptied_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    people: Mapped[list[int] | None] = mapped_column(Json)

    __table_args__ = (
        Index("uq_departures_open", "tenant_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class Export(TenantOwned, Base):
    """Everything of a company as files, written piece by piece.

    `place` is where the writing stands: the name of the list, the id of its last row that is written, the number of
    the part; `turn` grows with every piece. `done` of `total` rows are written; `bytes` is how large the files are.
    `ready_at`: all of it is there; `ends_at`: then it is dropped.
    """

    __tablename__ = "exports"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    place: Mapped[list[Any]] = mapped_column(Json)
    turn: Mapped[int] = mapped_column(Integer, default=0)
    parts: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    ready_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_exports_ends_at", "tenant_id", "ends_at"),)


class ExportPart(TenantOwned, Base):
    """One file of an export, deflated."""

    __tablename__ = "export_parts"

    export_id: Mapped[int] = mapped_column(BigKey)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("tenant_id", "export_id", "position"),
        tenant_key("export_id", "exports", ondelete="CASCADE"),
    )
