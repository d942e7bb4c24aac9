"""The tables of imports."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Import(TenantOwned, Base):
    """One file. `state`: see `imports.states.State`; `problem` is why a file as a whole could not be read.

    `headings` are the first row as it stands in the file; `columns` the field of each of them, None where a column is
    left out. `dates` is "mdy" or "dmy", None while nobody needed to say; `decimal_mark` "." or ",". `read_to` counts
    lines of CSV or entries of JSON that are staged; `cursor` is the last entry that the present step has done.
    """

    __tablename__ = "imports"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    pieces: Mapped[int] = mapped_column(Integer, default=0)
    encoding: Mapped[str | None] = mapped_column(String(12))
    delimiter: Mapped[str | None] = mapped_column(String(1))
    headings: Mapped[list[str] | None] = mapped_column(Json)
    columns: Mapped[list[str | None] | None] = mapped_column(Json)
    dates: Mapped[str | None] = mapped_column(String(3))
    decimal_mark: Mapped[str] = mapped_column(String(1), default=".")
    read_to: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    entries: Mapped[int] = mapped_column(Integer, default=0)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    new: Mapped[int] = mapped_column(Integer, default=0)
    same: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    bad: Mapped[int] = mapped_column(Integer, default=0)
    kept: Mapped[int] = mapped_column(Integer, default=0)
    undone: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_imports_state", "tenant_id", "state", "id"),)


class ImportPiece(TenantOwned, Base):
    """A part of the file as it came, in order; dropped when the import is over."""

    __tablename__ = "import_pieces"

    import_id: Mapped[int] = mapped_column(BigKey)
    position: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("tenant_id", "import_id", "position"),
        tenant_key("import_id", "imports", ondelete="CASCADE"),
    )


class ImportRow(TenantOwned, Base):
    """One row of the file. `place` is its line (CSV) or its number (JSON); `entry` the place of the first row of the
    same invoice. `content` is JSON: the cells, or the entry as it stands in the file.

    Only an entry's first row has an `outcome` ("new", "same", "changed", "bad"), `identity` and `number_key` (by which
    a twin in the same file is noticed), and `made` and `made_version`: what it became. `complaints` are
    [[column, reason], …].
    """

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(BigKey)
    place: Mapped[int] = mapped_column(Integer)
    entry: Mapped[int] = mapped_column(Integer)
    entry_key: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(8))
    identity: Mapped[str | None] = mapped_column(Text)
    number_key: Mapped[str | None] = mapped_column(Text)
    made: Mapped[str | None] = mapped_column(String(40))
    made_version: Mapped[int | None] = mapped_column(Integer)
    complaints: Mapped[list[Any] | None] = mapped_column(Json)

    __table_args__ = (
        UniqueConstraint("tenant_id", "import_id", "place"),
        Index("ix_import_rows_entry", "tenant_id", "import_id", "entry", "place"),
        Index("ix_import_rows_key", "tenant_id", "import_id", "entry_key"),
        Index("ix_import_rows_identity", "tenant_id", "import_id", "identity"),
        Index("ix_import_rows_number", "tenant_id", "import_id", "number_key"),
        Index("ix_import_rows_outcome", "tenant_id", "import_id", "outcome", "place"),
        tenant_key("import_id", "imports", ondelete="CASCADE"),
    )


class ImportHeading(TenantOwned, Base):
    """What a tenant said once that a heading means; `field` None: this column is left out."""

    __tablename__ = "import_headings"

    kind: Mapped[str] = mapped_column(String(12))
    heading_key: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (UniqueConstraint("tenant_id", "kind", "heading_key"),)
