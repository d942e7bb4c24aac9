"""The tables of sync: exchanges, the batches that they carry, and what was said."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Exchange(TenantOwned, Base):
    """One conversation with one set of books. It is a row, because it must survive a restart between two calls.

    `fence` is the lease that it holds (None before its first request); a write under an older lease does nothing.
    `books` is what the other side said it has open, in this exchange. `stopped` is the sentence for the person there.
    `read_back`: how many posted invoices it looked up again. `identified_at`: when they said it; an exchange in which
    we call may take it over from the one before.
    """

    __tablename__ = "exchanges"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    connection_id: Mapped[int] = mapped_column(BigKey)
    ticket_hash: Mapped[str | None] = mapped_column(String(64))
    fence: Mapped[int | None] = mapped_column(BigInteger)
    machine: Mapped[str | None] = mapped_column(Text)
    books: Mapped[dict[str, Any] | None] = mapped_column(Json)
    identified_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    stopped: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    handed_out: Mapped[int] = mapped_column(Integer, default=0)
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    requests: Mapped[int] = mapped_column(Integer, default=0)
    read_back: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        UniqueConstraint("tenant_id", "ticket_hash"),
        Index("ix_exchanges_connection", "tenant_id", "connection_id", "id"),
        Index("ix_exchanges_seen_at", "seen_at"),
        tenant_key("connection_id", "connections"),
    )


class SyncBatch(TenantOwned, Base):
    """Operations that left together. `state`:

    sent: handed out, no answer yet. answered: the raw answer is stored, not yet interpreted. lost: no answer came, its
    writes are in doubt. settled: everything in it is known; contents, request and answer are dropped.

    `subjects` says for each operation what of ours it is about: a posting, or a link's kind, key and name.
    `contents` is the canonical JSON of the `dray_sdk.Batch`, `request` the exact bytes that left, `answer` the exact
    bytes that came; all three sealed by the tenant's key, because they hold what a transcript may not. `about_id`:
    this batch asks what became of that one. `asked_at`, `looked_at`: when the books were last asked about a lost batch,
    and when its operations were last looked up one by one.
    """

    __tablename__ = "sync_batches"

    key: Mapped[str] = mapped_column(String(20), unique=True)
    connection_id: Mapped[int] = mapped_column(BigKey)
    exchange_id: Mapped[int] = mapped_column(BigKey)
    purpose: Mapped[str] = mapped_column(String(10))
    about_id: Mapped[int | None] = mapped_column(BigKey)
    state: Mapped[str] = mapped_column(String(10))
    operations: Mapped[int] = mapped_column(Integer)
    writes: Mapped[int] = mapped_column(Integer)
    subjects: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    contents: Mapped[bytes | None] = mapped_column(LargeBinary)
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    looked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_sync_batches_open", "tenant_id", "connection_id", "state"),
        Index("ix_sync_batches_exchange", "tenant_id", "exchange_id"),
        Index("ix_sync_batches_settled_at", "settled_at"),
        tenant_key("connection_id", "connections"),
        tenant_key("exchange_id", "exchanges"),
    )


class BooksPace(Base):
    """How hard one set of books is being pressed, by all processes together. Times are milliseconds since 1970.

    `begun` holds when the latest requests began, `bulk` those of them that carry much, `under_way` the requests without
    an answer and when each is given up. Nothing leaves before `wait_until`: the books said so.
    """

    __tablename__ = "books_pace"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    connector: Mapped[str] = mapped_column(String(40))
    books_id: Mapped[str] = mapped_column(Text)
    begun: Mapped[list[int]] = mapped_column(Json)
    bulk: Mapped[list[int]] = mapped_column(Json)
    under_way: Mapped[dict[str, int]] = mapped_column(Json)
    wait_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("connector", "books_id"), {"info": {"directory": True}})


class Transcript(TenantOwned, Base):
    """One message of one exchange: redacted, compressed, kept for a bounded time."""

    __tablename__ = "transcripts"

    connection_id: Mapped[int] = mapped_column(BigKey)
    exchange_id: Mapped[int] = mapped_column(BigKey)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    direction: Mapped[str] = mapped_column(String(4))
    label: Mapped[str] = mapped_column(String(60))
    size: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    details: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        Index("ix_transcripts_connection", "tenant_id", "connection_id", "id"),
        Index("ix_transcripts_exchange", "tenant_id", "exchange_id"),
        tenant_key("exchange_id", "exchanges"),
    )


class UnknownCode(Base):
    """A code of some books that their connector cannot explain, for the operators to see. Over all tenants, and without
    the books' own words: those may name a customer. `told_at`: when the operators were written to about it."""

    __tablename__ = "unknown_codes"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    connector: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    first_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    times: Mapped[int] = mapped_column(BigInteger, default=1)
    told_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("connector", "code"), {"info": {"directory": True}})
