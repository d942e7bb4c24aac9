"""The tables of what is on its way: presses of Send, and each try to bring an invoice into books."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from dray.billing.states import LIVE
from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

_LIVE_SQL = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))


class Sending(TenantOwned, Base):
    """One press of Send: who, when, how many. Its postings can be taken back together. `told_at`: when its sender was
    told what became of it, or nobody was to be told."""

    __tablename__ = "sendings"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    connection_id: Mapped[int] = mapped_column(BigKey)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    invoices: Mapped[int] = mapped_column(Integer)
    told_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "ix_sendings_untold",
            "tenant_id",
            "id",
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
        tenant_key("connection_id", "connections"),
    )


class Posting(TenantOwned, Base):
    """One try to bring one invoice into one set of books. `document` is frozen: a trigger takes no change to it.

    `document` is the canonical JSON of a `dray_sdk.Invoice`, zlib-compressed; `document_hash` the sha256 of the JSON.
    `batch_id` and `position` name the sync batch that carries or carried it. `not_before`: the books asked to wait, or
    their connector broke over it. `problem` is the last refusal: code, text, field. `looked_for_at`: when the books
    were asked whether they hold a twin of it already; it does not leave before. `number_looked_for_at`: when they were
    asked for its number alone, and held none. `anyway`: a person knows of the twin and posts all the same.
    `is_already`: {"books_id"} or {"number"} of the invoice in the books that a person says it is: nothing is posted,
    only looked up. `take_back`: once a doubt is proved absent it becomes a draft, and does not wait in line again.
    `unproved_at`: when its connection was removed while nobody knew whether the books had taken it.
    """

    __tablename__ = "postings"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    invoice_id: Mapped[int] = mapped_column(BigKey)
    connection_id: Mapped[int] = mapped_column(BigKey)
    sending_id: Mapped[int] = mapped_column(BigKey)
    state: Mapped[str] = mapped_column(String(10))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    document_hash: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(Text)
    queued_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    batch_id: Mapped[int | None] = mapped_column(BigKey)
    position: Mapped[int | None] = mapped_column(Integer)
    handed_out_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    looked_for_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    number_looked_for_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    anyway: Mapped[bool] = mapped_column(Boolean, default=False)
    is_already: Mapped[dict[str, str] | None] = mapped_column(Json)
    take_back: Mapped[bool] = mapped_column(Boolean, default=False)
    unproved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        Index(
            "uq_postings_live",
            "tenant_id",
            "invoice_id",
            unique=True,
            sqlite_where=_LIVE_SQL,
            postgresql_where=_LIVE_SQL,
        ),
        Index("ix_postings_queue", "tenant_id", "connection_id", "state", "id"),
        Index("ix_postings_batch", "tenant_id", "batch_id"),
        Index("ix_postings_sending", "tenant_id", "sending_id", "state"),
        Index("ix_postings_invoice", "tenant_id", "invoice_id", "id"),
        tenant_key("invoice_id", "invoices"),
        tenant_key("connection_id", "connections"),
        tenant_key("sending_id", "sendings"),
    )
