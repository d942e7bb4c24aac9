"""The tables of how people come in and prove who they are: invitations, links by mail, second factors, tries.

All are directory tables: whoever follows a link or signs in is in no tenant yet.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dray_tenants.database import Base, BigKey, UtcDateTime
from dray_tenants.models import DIRECTORY, Tenant, User, text_enum
from dray_tenants.roles import Role

__all__ = ["Invitation", "LinkPurpose", "MailedLink", "RecoveryCode", "SecondFactor", "TryCount"]


class LinkPurpose(StrEnum):
    """What a link that was mailed is good for."""

    RESET_PASSWORD = "reset_password"  # noqa: S105
    CHANGE_EMAIL = "change_email"


class Invitation(Base):
    """That somebody was asked to join a tenant. `hash` is the SHA-256 of what the link carries.

    Open while neither accepted nor revoked; a tenant has one open invitation for an address at most.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_invitations_open",
            "tenant_id",
            "email",
            unique=True,
            sqlite_where=text("accepted_at is null and revoked_at is null"),
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
        {"info": DIRECTORY},
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    email: Mapped[str] = mapped_column(String(320), index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    invited_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    tenant: Mapped[Tenant] = relationship()


class MailedLink(Base):
    """A link that was mailed to one person and works once. `email` is the address that it was sent to.

    `user_id` is empty where nobody has that address: such a row does the same work and is good for nothing.
    """

    __tablename__ = "mailed_links"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(text_enum(LinkPurpose))
    user_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("users.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User | None] = relationship()


class SecondFactor(Base):
    """The shared secret of somebody's code generator, sealed under a master key; counts once it is confirmed.

    `last_step` is the time step of the newest code that was taken: that one and older ones are never taken again.
    """

    __tablename__ = "second_factors"
    __table_args__ = ({"info": DIRECTORY},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("users.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column(BigKey)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class RecoveryCode(Base):
    """The SHA-256 of a code of 80 random bits that stands in for a lost code generator, once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "hash"), {"info": DIRECTORY})

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigKey, ForeignKey("users.id"))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TryCount(Base):
    """How often something was tried in vain lately. `name` is a hash of what is counted, so that no address is kept."""

    __tablename__ = "try_counts"
    __table_args__ = ({"info": DIRECTORY},)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    wait_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
