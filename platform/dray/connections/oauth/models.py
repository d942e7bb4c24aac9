"""The tables of consents, each one row from setting out to revocation, and of the books that are connected."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.models import text_enum
from dray_tenants.scope import TenantOwned, tenant_key

__all__ = ["Grant", "GrantState", "TakenBooks"]


class GrantState(StrEnum):
    """How far a consent is."""

    ASKED = "asked"
    """Somebody was sent to the other side; its answer may come once, until `ends_at`."""
    PENDING = "pending"
    """Tokens are here, and the company was read; a person looks at it until `ends_at`."""
    LIVE = "live"
    """The login of its connection."""
    ENDED = "ended"
    """It was the login of its connection until the other side ended it."""
    TO_REVOKE = "to_revoke"
    """Nobody wants it any more; the other side is told so, next at `ends_at`."""
    OVER = "over"
    """Nothing is left of it but this row."""


class Grant(TenantOwned, Base):
    """One consent. Its tokens are in the vault under `purpose`, and nowhere else.

    `nonce` and `browser` are SHA-256 of what the state and the browser's cookie hold. `connection_id`: the connection
    that is to be reconnected, and later the one that it is the login of. `books` is the canonical JSON of the company
    that was read. `ends_at` is when something has to be done about it, None where nothing has. `version` grows with
    every pair of tokens that is stored; `turn` is the fence of whoever renews them, until `turn_until`. `ended_text` is
    what the other side said when it ended it.
    """

    __tablename__ = "oauth_grants"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    connector: Mapped[str] = mapped_column(String(40))
    state: Mapped[GrantState] = mapped_column(text_enum(GrantState))
    connection_id: Mapped[int | None] = mapped_column(BigKey)
    name: Mapped[str] = mapped_column(Text, default="")
    nonce: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary(32))
    initiator: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    given_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    books_id: Mapped[str | None] = mapped_column(Text)
    books: Mapped[dict[str, Any] | None] = mapped_column(Json)
    version: Mapped[int] = mapped_column(Integer, default=0)
    turn: Mapped[int] = mapped_column(BigInteger, default=0)
    turn_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    access_ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    refresh_ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    grant_ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    renewed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ended_text: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        tenant_key("connection_id", "connections"),
        Index(
            "uq_oauth_grants_login",
            "tenant_id",
            "connection_id",
            unique=True,
            sqlite_where=text("state IN ('live', 'ended')"),
            postgresql_where=text("state IN ('live', 'ended')"),
        ),
        Index("ix_oauth_grants_connection", "tenant_id", "connection_id"),
        Index("ix_oauth_grants_ends_at", "ends_at"),
        Index("ix_oauth_grants_books", "connector", "books_id"),
    )

    @property
    def purpose(self) -> str:
        """What its secret is kept under."""
        return f"oauth:{self.public_id}"


class TakenBooks(Base):
    """That a live connection, of whichever tenant, holds these books. `seat` is 0, so that the database itself lets
    one connection have them; an operator who allows another one moves the first to a seat of its own."""

    __tablename__ = "taken_books"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    connector: Mapped[str] = mapped_column(String(40))
    books_id: Mapped[str] = mapped_column(Text)
    seat: Mapped[int] = mapped_column(BigInteger, default=0)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    connection_id: Mapped[int] = mapped_column(BigKey)

    __table_args__ = (
        UniqueConstraint("connector", "books_id", "seat"),
        Index("ix_taken_books_connection", "tenant_id", "connection_id"),
        {"info": {"directory": True}},
    )
