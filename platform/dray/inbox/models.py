"""The tables of what somebody looked at and set aside, and of what one press put right."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Dismissal(TenantOwned, Base):
    """Somebody saw one problem of one invoice and set it aside, with a reason.

    `kind` as in `inbox.causes.Kind`; `mark` stands for the problem as it was then: once the problem is another one, it
    is shown again. `press` is shared by what was set aside together, and taken back together.
    """

    __tablename__ = "dismissals"

    invoice_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20))
    mark: Mapped[str] = mapped_column(String(80))
    press: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_id", "kind"),
        Index("ix_dismissals_press", "tenant_id", "press"),
        tenant_key("invoice_id", "invoices"),
    )


class AppliedFix(TenantOwned, Base):
    """What one press of a shared fix changed in one invoice, so that it can be undone.

    `before` is the invoice as it was given, `columns` what of it was changed, `edits` whose each field was.
    `version` is the invoice's after the press: one that was changed since is not undone.
    """

    __tablename__ = "applied_fixes"

    invoice_id: Mapped[int] = mapped_column(BigKey)
    press: Mapped[str] = mapped_column(String(40))
    columns: Mapped[list[str]] = mapped_column(Json)
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    edits: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "press", "invoice_id"),
        Index("ix_applied_fixes_invoice", "tenant_id", "invoice_id"),
        Index("ix_applied_fixes_at", "tenant_id", "at"),
        tenant_key("invoice_id", "invoices"),
    )
