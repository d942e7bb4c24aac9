"""The tables of outgoing webhooks. Secrets are in the vault, under `endpoints.purpose`."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

_WAITS = text("delivered_at IS NULL AND given_up_at IS NULL")


class WebhookEndpoint(TenantOwned, Base):
    """Where a tenant wants to be told. `events` are the types that it is told; `cursor` the last timeline entry that
    was looked at. `failing_since`: the first of the tries that failed since the last that did not. `disabled_for`: why
    it is not called any more; empty when a person stopped it."""

    __tablename__ = "webhook_endpoints"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(Json)
    cursor: Mapped[int] = mapped_column(BigKey, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Text)
    failing_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    disabled_for: Mapped[str | None] = mapped_column(Text)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class WebhookDelivery(TenantOwned, Base):
    """One message to one endpoint, over all its tries. `payload` is the exact text that is signed and sent; `public_id`
    the id by which a receiver knows it again. `status` and `said`: what came of the last try."""

    __tablename__ = "webhook_deliveries"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    endpoint_id: Mapped[int] = mapped_column(BigKey)
    type: Mapped[str] = mapped_column(String(40))
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[int | None] = mapped_column(Integer)
    said: Mapped[str | None] = mapped_column(String(300))
    delivered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_webhook_deliveries_due", "due_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_webhook_deliveries_endpoint", "tenant_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_created_at", "tenant_id", "created_at"),
        tenant_key("endpoint_id", "webhook_endpoints"),
    )
