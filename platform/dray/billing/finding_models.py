"""The tables by which invoices are found again: the words that they hold, and the views that people keep."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import Boolean, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

LONGEST_WORD: Final = 40

# Compared by its bytes on both engines, so that all words with one beginning lie side by side in the index.
_WORD = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")


class InvoiceWord(TenantOwned, Base):
    """A word of an invoice: of its lines, purchase order, site, memo. Written with the invoice."""

    __tablename__ = "invoice_words"

    invoice_id: Mapped[int] = mapped_column(BigKey)
    word: Mapped[str] = mapped_column(_WORD)

    __table_args__ = (
        UniqueConstraint("tenant_id", "word", "invoice_id"),
        Index("ix_invoice_words_invoice", "tenant_id", "invoice_id"),
        tenant_key("invoice_id", "invoices"),
    )


class SavedView(TenantOwned, Base):
    """A narrowed list that somebody gave a name. `query` are the arguments of its address; `shared`: for everybody of
    the company, else for its owner alone (an e-mail address)."""

    __tablename__ = "saved_views"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    owner: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    query: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_saved_views_owner", "tenant_id", "owner", "id"),)
