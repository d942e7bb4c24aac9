"""The tables of this package: tenants, the people and tokens that reach them, secrets, and the audit.

A table is either tenant-owned (`TenantOwned`: scoped by the session, guarded by row-level security) or a directory
table (`info=DIRECTORY`): what must be read to learn which tenant somebody belongs to. A directory table holds no
invoice content.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.roles import Role, StaffRole
from dray_tenants.scope import TenantOwned
from dray_tenants.statements import TENANT_OWNED

__all__ = [
    "DIRECTORY",
    "DIRECTORY_TABLES",
    "ApiToken",
    "AuditEntry",
    "HashKey",
    "Membership",
    "Secret",
    "SessionStage",
    "Tenant",
    "TokenScope",
    "User",
    "WebSession",
    "tables_without_a_side",
    "text_enum",
]

DIRECTORY: Final[dict[Any, Any]] = {"directory": True}
"""`__table_args__ = {"info": DIRECTORY}` (or as the last item of the tuple) makes a table a directory table."""


def text_enum(kind: type[StrEnum]) -> TypeEngine[Any]:
    """A column type that stores the values of a StrEnum as text; which values are allowed is known by the code alone,
    so that a new one needs no change of the schema."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class TokenScope(StrEnum):
    """What an API token may do: `read`, or `write` (which includes reading)."""

    READ = "read"
    WRITE = "write"


class SessionStage(StrEnum):
    """How far a browser has come with signing in. Only `full` opens anything."""

    FULL = "full"
    """Signed in."""
    CODE = "code"
    """The password was right; the code of the second factor is due."""
    ENROLMENT = "enrolment"
    """The password was right; this person must set up a second factor first."""


class Tenant(Base):
    """A billing company. `data_key` is the key that seals its secrets, itself sealed under a master key (`vault`).
    `test`: it is there to try things with, holds no real books, and can be emptied. It is so from its beginning to its
    end: a trigger takes no change to it."""

    __tablename__ = "tenants"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    test: Mapped[bool] = mapped_column(default=False)


class User(Base):
    """A person who signs in. `email` is stored casefolded, `name` may be empty, `staff` is set for Dray's own support
    staff."""

    __tablename__ = "users"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    staff: Mapped[StaffRole | None] = mapped_column(text_enum(StaffRole))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Membership(Base):
    """That a user belongs to a tenant, and as what."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"), {"info": DIRECTORY})

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    tenant: Mapped[Tenant] = relationship()
    user: Mapped[User] = relationship()


class ApiToken(Base):
    """A bearer token of one tenant. Only its SHA-256 (`hash`) is kept; `prefix` is what pages show of it."""

    __tablename__ = "api_tokens"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scope: Mapped[TokenScope] = mapped_column(text_enum(TokenScope))
    created_by: Mapped[int | None] = mapped_column(BigKey, ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    tenant: Mapped[Tenant] = relationship()


class WebSession(Base):
    """A signed-in browser, or one that is half-way there (`stage`). `hash` is the SHA-256 of what its cookie holds; a
    row deleted or revoked signs it out. `second_factor` tells whether a code was given besides the password."""

    __tablename__ = "web_sessions"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("users.id"), index=True)
    stage: Mapped[SessionStage] = mapped_column(text_enum(SessionStage))
    second_factor: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(400))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class HashKey(Base):
    """A key of the keyed hash of Web Connector passwords, sealed under a master key; see `hash_keys`."""

    __tablename__ = "hash_keys"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Secret(TenantOwned, Base):
    """One sealed secret of a tenant, under its purpose, e.g. `qbo-refresh-token:conn_…`; see `vault`."""

    __tablename__ = "secrets"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose"),)

    purpose: Mapped[str] = mapped_column(String(200))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditEntry(TenantOwned, Base):
    """One action. `sequence`, `previous` and `hash` are empty until the background seals the entry; see `audit`."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sequence"),
        CheckConstraint("(sequence is null) = (hash is null)", name="sealed_whole"),
    )

    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    sequence: Mapped[int | None] = mapped_column(BigKey)
    previous: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))


DIRECTORY_TABLES: Final = (
    "tenants",
    "users",
    "memberships",
    "api_tokens",
    "web_sessions",
    "hash_keys",
    "invitations",
    "mailed_links",
    "second_factors",
    "recovery_codes",
    "try_counts",
)
"""The directory tables of this package, by name. The platform marks its own with `DIRECTORY`."""


def tables_without_a_side(metadata: MetaData) -> Sequence[Table]:
    """The tables that are neither tenant-owned nor marked as directory (or both): there must be none."""
    return [
        table
        for table in metadata.sorted_tables
        if bool(table.info.get(TENANT_OWNED)) == bool(table.info.get("directory"))
    ]
