"""The tables of billing. What each column means to callers is in the API's schema; here is what keeps it true."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Date

from dray.billing.states import LIVE, InvoiceState
from dray_tenants.database import Base, BigKey, ExactDecimal, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key

PLACES = 5
"""Quantities, prices and percentages have at most this many decimals, which is what the books hold too."""

SELDOM = ("judged_impossible", "left_unproved", "push_refused", "refused")
"""Kinds of timeline entries that can be read by day over all invoices."""

_SELDOM = text("kind IN ({})".format(", ".join(f"'{kind}'" for kind in SELDOM)))
_LIVE_SQL = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))


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
    since; a push leaves those alone. A deleted one stays as a row.
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


class Receipt(TenantOwned, Base):
    """What the books say of a posted invoice. Its own table, because the posting itself takes no change any more.

    Amounts are None until the books told them. `revision` is the books' edit sequence or token. `wanted_at`: the books
    said then that the invoice was changed there, and it was not looked up since.
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

    __table_args__ = (
        UniqueConstraint("tenant_id", "posting_id"),
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
