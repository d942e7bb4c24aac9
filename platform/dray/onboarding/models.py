"""The tables of set-ups: the set-up itself with its link, the calls that were seen meanwhile, staff's access.

`setups` is a directory table: it is read by the secret of a link, before a tenant is known, and holds nothing of any
invoice.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Setup(Base):
    """One set-up of one connection's way in; a connection's newest one counts.

    `link_hash` is the SHA-256 of what its one-time link carries; `browsers` are those of the browsers that have
    claimed it, in hexadecimal. `code_hash` is that of the short code with which one more browser joins. `place` is
    where the customer said that QuickBooks runs. While `watched_until` lies ahead, every call of the connection's ways
    in is noted. `ended_for` is "proved", "replaced" or "revoked".
    """

    __tablename__ = "setups"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    connection_id: Mapped[int] = mapped_column(BigKey)
    email: Mapped[str | None] = mapped_column(String(320))
    begun_by: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    watched_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    link_expires_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    browsers: Mapped[list[str]] = mapped_column(Json)
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    code_expires_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str | None] = mapped_column(String(10))
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ended_for: Mapped[str | None] = mapped_column(String(10))

    __table_args__ = (
        Index("ix_setups_connection", "tenant_id", "connection_id", "id"),
        Index("ix_setups_watched_until", "watched_until"),
        {"info": {"directory": True}},
    )


class ObservedCall(TenantOwned, Base):
    """One call of the other side while somebody watched, and what came of it.

    `call` is the protocol's own name, `sentence` what it means. `tone` is a tone of the pages (s-ok, s-move, s-bad).
    `step` is the step of a set-up that it proves, `code` the reason why it went wrong. `said` and `answered` are the
    redacted texts of both directions, cut where they are long.
    """

    __tablename__ = "observed_calls"

    connection_id: Mapped[int] = mapped_column(BigKey)
    install_id: Mapped[int] = mapped_column(BigKey)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    call: Mapped[str] = mapped_column(String(60))
    sentence: Mapped[str] = mapped_column(Text)
    tone: Mapped[str] = mapped_column(String(10))
    step: Mapped[str | None] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(40))
    program: Mapped[str | None] = mapped_column(String(40))
    said: Mapped[str | None] = mapped_column(Text)
    answered: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_observed_calls_connection", "tenant_id", "connection_id", "id"),
        Index("ix_observed_calls_at", "tenant_id", "at"),
        tenant_key("connection_id", "connections"),
    )


class StaffAccess(TenantOwned, Base):
    """That one member of the support staff looks at this tenant's connections: why, and until when.

    `kind` is "setup" (they are setting one up), "consent" (an admin of the tenant agreed), "code" (an admin read them
    a code) or "emergency" (a second member of the staff agreed). It holds from `granted_at` until `expires_at`, unless
    it was ended before.
    """

    __tablename__ = "staff_access"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("users.id"))
    email: Mapped[str] = mapped_column(String(320))
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int] = mapped_column()
    granted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    granted_by: Mapped[str | None] = mapped_column(String(320))
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(320))

    __table_args__ = (Index("ix_staff_access_user", "tenant_id", "user_id", "expires_at"),)


class AccessCode(TenantOwned, Base):
    """A code that an administrator reads to a member of the support staff, who may then look. The newest counts.

    Only its SHA-256 is kept. It is used once, and over after some wrong `tries` or at `expires_at`.
    """

    __tablename__ = "access_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_by: Mapped[str] = mapped_column(String(320))
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[str | None] = mapped_column(String(320))

    __table_args__ = (Index("ix_access_codes_tenant", "tenant_id", "id"),)


class SelfCheck(Base):
    """What was found when the public address was last called as a Web Connector would: [{"subject", "well",
    "sentence"}]."""

    __tablename__ = "self_checks"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)

    __table_args__ = ({"info": {"directory": True}},)


class OperatorToken(Base):
    """A bearer token of whoever runs the installation: it makes tenants, connections, links and tenants' tokens, and
    reads no invoice. Only its SHA-256 is kept. `minute` and `used`: the minute in which it was last used, counted since
    1970, and how many requests of it are given out to the processes that serve the API."""

    __tablename__ = "operator_tokens"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    minute: Mapped[int | None] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = ({"info": {"directory": True}},)


class OperatorAnswer(Base):
    """What was answered to a request of an operator's program that carried an `Idempotency-Key`, for a day. `sealed` is
    the answer under the master keys, because links and tokens are in it; None while it is at work."""

    __tablename__ = "operator_answers"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    token_id: Mapped[int] = mapped_column(BigKey, ForeignKey("operator_tokens.id"))
    scope: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (UniqueConstraint("token_id", "scope", "key"), {"info": {"directory": True}})


class Care(Base):
    """What support staff keep about one connection: who looks after it, until when it may wait, and a note."""

    __tablename__ = "care"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    connection_id: Mapped[int] = mapped_column(BigKey, unique=True)
    assigned_to: Mapped[str | None] = mapped_column(String(320), index=True)
    snoozed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = ({"info": {"directory": True}},)
