"""The tables of the twin: the books' lists as they were last read, and how far each reading has come."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class TwinList(TenantOwned, Base):
    """One list of one connection's books, and how it is read.

    `generation` grows by one whenever the copy of the list changes. `read_at`: when it was last known to be complete
    and up to date; `full_at`: when it was last read from the beginning; both None before. `watermark` is the newest
    time of a change in what was read, by the books' own clock. `wanted_at`: somebody asked for a new reading then.

    A pass is one reading: `pass_number` counts them, `pass_exchange_id` is the exchange that it happens in (its pages
    live no longer), `pass_since` what it asks from (None: everything), `page` where it goes on (None: it is over; "":
    from the beginning), `pages` how many pages that exchange has read. `trouble` is why the last reading did not end
    well.
    """

    __tablename__ = "twin_lists"

    connection_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20))
    generation: Mapped[int] = mapped_column(BigInteger, default=0)
    watermark: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    full_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    wanted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    pass_number: Mapped[int] = mapped_column(Integer, default=0)
    pass_exchange_id: Mapped[int | None] = mapped_column(BigKey)
    pass_began_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    pass_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    pass_newest: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    page: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int] = mapped_column(Integer, default=0)
    trouble: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "kind"),
        tenant_key("connection_id", "connections"),
    )


class TwinEntry(TenantOwned, Base):
    """One entry of a list, as the books gave it.

    `name` is its full name, `key` that name folded for comparing. `details` are what the connector tells of it, by
    plain names. `pass_number`: the reading from the beginning that saw it last, or the one after which it came.
    """

    __tablename__ = "twin_entries"

    connection_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20))
    books_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean)
    revision: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, str] | None] = mapped_column(Json)
    pass_number: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "kind", "books_id"),
        Index("ix_twin_entries_key", "tenant_id", "connection_id", "kind", "key"),
        tenant_key("connection_id", "connections"),
    )


class Misplaced(TenantOwned, Base):
    """An invoice that the books took under a link that a person changed since: it stands there in the wrong place, and
    only somebody in the books can move it.

    `kind` and `key` as in `Link`; `books_id` and `books_name` are what it was posted under. `done`: how it was put
    right (`twin.misplaced.Done`), None while it waits; `done_by`: who said so, None where the books showed it.
    """

    __tablename__ = "misplaced"

    connection_id: Mapped[int] = mapped_column(BigKey)
    invoice_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(Text)
    books_id: Mapped[str] = mapped_column(Text)
    books_name: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    done: Mapped[str | None] = mapped_column(String(20))
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "kind", "key", "invoice_id"),
        Index("ix_misplaced_invoice", "tenant_id", "invoice_id"),
        tenant_key("connection_id", "connections"),
        tenant_key("invoice_id", "invoices"),
    )
