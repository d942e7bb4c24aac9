"""The tables of what the books say: of a posted invoice, and where they differ from it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Receipt(TenantOwned, Base):
    """What the books say of a posted invoice. Its own table, because the posting itself takes no change any more.

    Amounts are None until the books told them. `revision` is the books' edit sequence or token. `wanted_at`: the books
    said then that the invoice was changed there, and it was not looked up since. `differs`: why the books' figures are
    not those that were sent (`billing.receipts.Cause`), None where they agree or are not told yet.
    """

    __tablename__ = "receipts"

    posting_id: Mapped[int] = mapped_column(BigKey)
    invoice_id: Mapped[int] = mapped_column(BigKey)
    books_id: Mapped[str] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    tax_minor: Mapped[int | None] = mapped_column(BigInteger)
    balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[str | None] = mapped_column(Text)
    warning: Mapped[str | None] = mapped_column(Text)
    accepted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    wanted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    differs: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (
        UniqueConstraint("tenant_id", "posting_id"),
        Index(
            "ix_receipts_differs",
            "tenant_id",
            "id",
            sqlite_where=text("differs IS NOT NULL"),
            postgresql_where=text("differs IS NOT NULL"),
        ),
        Index("ix_receipts_invoice", "tenant_id", "invoice_id"),
        Index("ix_receipts_books_id", "tenant_id", "books_id"),
        Index("ix_receipts_number", "tenant_id", "number"),
        Index("ix_receipts_read_at", "tenant_id", "read_at"),
        Index("ix_receipts_accepted_at", "tenant_id", "accepted_at", "id"),
        Index(
            "ix_receipts_without_figures",
            "tenant_id",
            "posting_id",
            sqlite_where=text("total_minor IS NULL"),
            postgresql_where=text("total_minor IS NULL"),
        ),
        Index(
            "ix_receipts_wanted_at",
            "tenant_id",
            "wanted_at",
            sqlite_where=text("wanted_at IS NOT NULL"),
            postgresql_where=text("wanted_at IS NOT NULL"),
        ),
        tenant_key("posting_id", "postings"),
        tenant_key("invoice_id", "invoices"),
    )


class BookState(TenantOwned, Base):
    """Where the books differ from what Dray knows of one invoice; no row where they agree. `kind`: see
    `billing.differences.Difference`. Amounts are what the books say now, `since` when that was first seen."""

    __tablename__ = "book_states"

    invoice_id: Mapped[int] = mapped_column(BigKey)
    connection_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20))
    books_id: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_id"),
        Index("ix_book_states_kind", "tenant_id", "kind", "id"),
        tenant_key("invoice_id", "invoices"),
        tenant_key("connection_id", "connections"),
    )
