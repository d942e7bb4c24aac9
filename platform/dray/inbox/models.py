"""The table of what somebody looked at and set aside."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, UtcDateTime
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
