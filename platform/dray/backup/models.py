"""The table of backups: when one was made, so that somebody notices when none is any more."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, UtcDateTime


class Backup(Base):
    """One backup that was written whole. `rows` and `bytes` say how large it was."""

    __tablename__ = "backups"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    file: Mapped[str] = mapped_column(Text)
    revision: Mapped[str] = mapped_column(String(40))
    rows: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_backups_made_at", "made_at"), {"info": {"directory": True}})
