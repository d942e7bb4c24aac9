"""The table of outgoing mail."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, UtcDateTime
from dray_tenants.models import DIRECTORY

__all__ = ["Mail"]

_WAITING = "sent_at is null and given_up_at is null"


class Mail(Base):
    """One letter to one person. `sealed` is its text, which may hold a link that opens something: sealed under a master
    key, and dropped when it has been sent.

    A directory table: a letter goes to a person, who may belong to no tenant. `due_at` is when it is tried next, and
    while it is being sent when somebody else may try. After `useful_until` it is not sent any more.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_waiting", "due_at", sqlite_where=text(_WAITING), postgresql_where=text(_WAITING)),
        {"info": DIRECTORY},
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("tenants.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(200))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    useful_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(String(500))
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
