"""The tables of billing. What each column means to callers is in the API's schema; here is what keeps it true.

Those of what is on its way, and of what the books say, have files of their own and are found here too.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from dray.billing.posting_models import Posting, Sending
from dray.billing.receipt_models import BookState, Receipt
from dray.billing.states import InvoiceState
from dray_tenants.database import Base, BigKey, ExactDecimal, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

__all__ = [
    "PLACES",
    "SELDOM",
    "BillingSettings",
    "BookState",
    "Customer",
    "IdempotencyKey",
    "Invoice",
    "InvoiceLine",
    "Item",
    "Posting",
    "Receipt",
    "Sending",
    "StateCount",
    "TimelineEntry",
]

PLACES = 5
"""Quantities, prices and percentages have at most this many decimals, which is what the books hold too."""

SELDOM = ("judged_impossible", "left_unproved", "push_refused", "refused")
"""Kinds of timeline entries that can be read by day over all invoices."""

_SELDOM = text("kind IN ({})".format(", ".join(f"'{kind}'" for kind in SELDOM)))


class Customer(TenantOwned, Base):
    """Somebody who is invoiced; with a parent, a site or job below one. Never holds what an invoice overrides."""

    __tablename__ = "customers"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    external_id: Mapped[str | None] = mapped_column(String(255))
    parent_id: Mapped[int | None] = mapped_column(BigKey)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    company_name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    billing_address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "external_id"),
        Index("ix_customers_name_key", "tenant_id", "name_key", "id"),
        Index("ix_customers_parent_id", "tenant_id", "parent_id"),
        tenant_key("parent_id", "customers"),
    )


class Item(TenantOwned, Base):
    """A product or service as billing calls it."""

    __tablename__ = "items"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    unit_price: Mapped[Decimal | None] = mapped_column(ExactDecimal(PLACES))
    taxable: Mapped[bool | None] = mapped_column(Boolean)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("tenant_id", "name_key"),)


class Invoice(TenantOwned, Base):
    """An invoice. `state` is a copy of its latest posting's state, written only by `billing.postings.move` and Send.

    `content_hash` names what billing pushed last, and `billing_content` is it, where it was pushed more than once.
    `person_edits`: field → what billing says instead (None where it agrees), for every field that a person changed
    since; a push leaves those alone. A deleted one stays as a row. `replaces_id`: the posted invoice that this one was
    copied from, to take its place; it goes only once that is out of the books, or once `additional_by` said that it
    is charged beside it (`billing.replacing`).
    """

    __tablename__ = "invoices"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    external_id: Mapped[str | None] = mapped_column(String(255))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(Text)
    number_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=InvoiceState.DRAFT.value)
    not_sent: Mapped[str | None] = mapped_column(Text)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    customer_id: Mapped[int] = mapped_column(BigKey)
    connection_id: Mapped[int | None] = mapped_column(BigKey)
    date: Mapped[dt.date] = mapped_column(Date)
    due_date: Mapped[dt.date | None] = mapped_column(Date)
    ship_date: Mapped[dt.date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    bill_to: Mapped[dict[str, Any] | None] = mapped_column(Json)
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(Json)
    service_location: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    po_number: Mapped[str | None] = mapped_column(Text)
    terms: Mapped[str | None] = mapped_column(Text)
    rep: Mapped[str | None] = mapped_column(Text)
    accounting_class: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str | None] = mapped_column(Text)
    tax_code: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    memo: Mapped[str | None] = mapped_column(Text)
    custom: Mapped[dict[str, Any] | None] = mapped_column(Json)
    payments: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    subtotal_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int | None] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    problems: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    person_edits: Mapped[dict[str, Any] | None] = mapped_column(Json)
    billing_content: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    replaces_id: Mapped[int | None] = mapped_column(BigKey)
    additional_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_invoices_external_id",
            "tenant_id",
            "external_id",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "uq_invoices_number",
            "tenant_id",
            "number_key",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_invoices_list", "tenant_id", "date", "id"),
        Index("ix_invoices_state", "tenant_id", "state", "date", "id"),
        Index("ix_invoices_customer", "tenant_id", "customer_id", "date", "id"),
        Index("ix_invoices_updated", "tenant_id", "updated_at", "id"),
        Index("ix_invoices_connection", "tenant_id", "connection_id", "date", "id"),
        Index("ix_invoices_total", "tenant_id", "total_minor", "id"),
        # Sums of a month without reading the invoices themselves; SQLite wants the last two to believe that.
        Index(
            "ix_invoices_month",
            "tenant_id",
            "date",
            "state",
            "currency",
            "total_minor",
            "deleted_at",
            "not_sent",
            sqlite_where=text("deleted_at IS NULL AND not_sent IS NULL"),
            postgresql_where=text("deleted_at IS NULL AND not_sent IS NULL"),
        ),
        Index(
            "ix_invoices_not_sent",
            "tenant_id",
            "date",
            sqlite_where=text("not_sent IS NOT NULL"),
            postgresql_where=text("not_sent IS NOT NULL"),
        ),
        Index(
            "ix_invoices_with_problems",
            "tenant_id",
            "state",
            "id",
            sqlite_where=text("problems IS NOT NULL"),
            postgresql_where=text("problems IS NOT NULL"),
        ),
        # What was paid in billing already; each has its copy of the payments, and most invoices have none.
        Index(
            "ix_invoices_prepaid",
            "tenant_id",
            "date",
            "id",
            sqlite_where=text("payments IS NOT NULL"),
            postgresql_where=text("payments IS NOT NULL"),
        ),
        Index(
            "ix_invoices_replaces",
            "tenant_id",
            "replaces_id",
            sqlite_where=text("replaces_id IS NOT NULL"),
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
        Index(
            "ix_invoices_edited",
            "tenant_id",
            "state",
            "id",
            sqlite_where=text("person_edits IS NOT NULL"),
            postgresql_where=text("person_edits IS NOT NULL"),
        ),
        tenant_key("customer_id", "customers"),
        tenant_key("connection_id", "connections"),
        tenant_key("replaces_id", "invoices"),
    )


class InvoiceLine(TenantOwned, Base):
    """One line, in the order of `position`."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[int] = mapped_column(BigKey)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    item: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal | None] = mapped_column(ExactDecimal(PLACES))
    unit_price: Mapped[Decimal | None] = mapped_column(ExactDecimal(PLACES))
    percent: Mapped[Decimal | None] = mapped_column(ExactDecimal(PLACES))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    taxable: Mapped[bool | None] = mapped_column(Boolean)
    accounting_class: Mapped[str | None] = mapped_column(Text)
    service_date: Mapped[dt.date | None] = mapped_column(Date)
    custom: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_id", "position"),
        tenant_key("invoice_id", "invoices"),
    )


class TimelineEntry(TenantOwned, Base):
    """Something that happened to an invoice. `kind` selects the sentence, `details` fills it and keeps raw codes."""

    __tablename__ = "timeline_entries"

    invoice_id: Mapped[int] = mapped_column(BigKey)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        Index("ix_timeline_entries_invoice", "tenant_id", "invoice_id", "id"),
        # Few of a million entries: what people look at by day, whichever invoice it was.
        Index("ix_timeline_entries_seldom", "tenant_id", "kind", "at", sqlite_where=_SELDOM, postgresql_where=_SELDOM),
        tenant_key("invoice_id", "invoices"),
    )


class StateCount(TenantOwned, Base):
    """How many invoices a tenant has in each state (`state`, or "not_sent"), kept by whatever moves one."""

    __tablename__ = "state_counts"

    state: Mapped[str] = mapped_column(String(20))
    invoices: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (UniqueConstraint("tenant_id", "state"),)


class BillingSettings(TenantOwned, Base):
    """One row a tenant: numbering, currency, the default connection."""

    __tablename__ = "billing_settings"

    currency: Mapped[str] = mapped_column(String(3), default="USD")
    next_number: Mapped[int] = mapped_column(BigInteger, default=1001)
    default_connection_id: Mapped[int | None] = mapped_column(BigKey)
    tolerance_minor: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (
        UniqueConstraint("tenant_id"),
        tenant_key("default_connection_id", "connections"),
    )


class IdempotencyKey(TenantOwned, Base):
    """An answer to repeat: the request's hash, the status, and the ids from which the answer is rendered anew."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "scope", "key"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )
