"""Making a backup: every table as it was at one moment, while Dray goes on working.

SQLite reads in one transaction of its write-ahead log, PostgreSQL in one REPEATABLE READ transaction: both see one
moment, and neither holds up a writer. It goes through tables and not through the engines' own tools, so that it needs
nothing but Dray, and so that one engine's archive can be put back into the other.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, Table, insert, select, text

from dray.backup.archive import Manifest, Writer, kind_of
from dray.backup.models import Backup
from dray.migrations import newest, revision_of
from dray.migrations.tables import METADATA
from dray_tenants.database import make_engine
from dray_tenants.models import HashKey, Tenant
from dray_tenants.row_security import act_as_owner

AT_ONCE: Final = 1_000


class NotMade(Exception):
    """No backup was made; the message is a sentence that says why."""


def back_up(owner_url: str, path: Path, *, at: dt.datetime) -> Manifest:
    """Write the whole database to `path`, which must not exist yet, and note in the database that it was done.

    `owner_url` names the login that owns the tables: row-level security would hide rows from any other. The file is
    there whole or not at all, and can be read by its owner alone. Raises NotMade.
    """
    if path.exists():
        raise NotMade(f"{path} is there already. Choose another name; a backup replaces no file.")
    engine = make_engine(owner_url)
    reader = make_engine(owner_url, read_only=True)
    try:
        with _draft(path) as draft:
            manifest = _write(reader, draft, at)
            size = draft.stat().st_size
        with engine.begin() as connection:
            connection.execute(
                insert(Backup).values(
                    made_at=at, file=str(path), revision=manifest.revision, rows=manifest.rows, bytes=size
                )
            )
        return manifest
    finally:
        engine.dispose()
        reader.dispose()


def _write(engine: Engine, draft: Path, at: dt.datetime) -> Manifest:
    with engine.connect() as plain:
        connection = plain
        if plain.dialect.name == "postgresql":
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin(), draft.open("wb") as file:
            revision = _prepare(connection)
            with Writer(file) as writer:
                for table in METADATA.sorted_tables:
                    columns = [(column.name, kind_of(column.type)) for column in table.columns]
                    writer.table(table.name, columns, _rows(connection, table))
                manifest = writer.finish(
                    made_at=at, revision=revision, engine=connection.dialect.name, vault_keys=_vault_keys(connection)
                )
            file.flush()
            os.fsync(file.fileno())
    return manifest


def _prepare(connection: Connection) -> str:
    """The revision of the schema; NotMade where this login would not see everything."""
    revision = revision_of(connection)
    if revision != newest():
        raise NotMade(f"The database is at revision {revision} and this release wants {newest()}: run `dray migrate`.")
    if connection.dialect.name == "postgresql":
        act_as_owner(connection)
        owns = connection.scalar(
            text(
                "select bool_and(tableowner = current_user) from pg_tables"
                " where schemaname = current_schema() and tablename in ('tenants', 'invoices')"
            )
        )
        if not owns:
            raise NotMade(
                "This login does not own the tables, and row-level security would hide rows from the backup. "
                "Name the owner in DRAY_DATABASE_OWNER_URL."
            )
    return revision


def _rows(connection: Connection, table: Table) -> Iterator[tuple[object, ...]]:
    statement = select(*table.columns).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(statement):
        yield tuple(row)


def _vault_keys(connection: Connection) -> list[str]:
    """The ids of the master keys, as everything that they sealed begins with them."""
    sealed = [
        *connection.scalars(select(Tenant.__table__.c.data_key).where(Tenant.__table__.c.data_key.is_not(None))),
        *connection.scalars(select(HashKey.__table__.c.sealed)),
    ]
    return sorted({each[2 : 2 + each[1]].decode(errors="replace") for each in sealed})


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside `path` that becomes `path` when the block ends well, and is gone when it does not."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as refused:
        raise NotMade(f"{path} cannot be written: {refused.strerror}.") from None
    try:
        yield draft
        # A link never replaces what somebody put there meanwhile; a rename would.
        os.link(draft, path)
    except FileExistsError:
        raise NotMade(f"{path} is there already. Choose another name; a backup replaces no file.") from None
    finally:
        draft.unlink()
