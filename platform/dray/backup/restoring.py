"""Putting a backup back: all of it in one transaction, or nothing.

What happened after the backup was made is forgotten here and remembered by the books. So nothing that waits is believed
not to have left: whatever is queued is looked for in the books again before it is posted, and whatever was on its way
is in doubt. An invoice that the books hold already, under our own mark, is then shown as such and never posted twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, column, func, insert, inspect, select, table, text

from dray.backup import aftermath
from dray.backup.archive import Manifest, Reader, TableContent, type_of
from dray.billing import locks
from dray.migrations import newest, revision_of
from dray.migrations.upgrade import TURN, upgrade
from dray_tenants.database import make_engine
from dray_tenants.row_security import act_as_owner

AT_ONCE: Final = 500


class NotRestored(Exception):
    """Nothing was put back, and nothing was changed; the message is a sentence that says why."""


def restore(
    owner_url: str, path: Path, *, at: dt.datetime, replace: bool = False, login: str | None = None
) -> Manifest:
    """Put the archive at `path` into the database, which must be empty unless `replace`.

    The archive is read and verified as a whole before anything is touched. An older archive goes into a database that
    was never migrated: it is brought to the archive's schema first and to the newest afterwards. Raises
    `archive.ArchiveBroken` and NotRestored.
    """
    with Reader(path) as reader:
        reader.verify()
        manifest = reader.manifest
        if manifest.revision > newest():
            raise NotRestored(
                f"The backup was made by a newer release (schema {manifest.revision}; this one knows {newest()}). "
                "Install that release first."
            )
        engine = make_engine(owner_url)
        try:
            _prepare_schema(engine, owner_url, manifest, login)
            with engine.begin() as connection:
                _load(connection, reader, replace=replace, at=at)
        finally:
            engine.dispose()
    upgrade(owner_url, login=login)
    return manifest


def _prepare_schema(engine: Engine, owner_url: str, manifest: Manifest, login: str | None) -> None:
    with engine.connect() as connection:
        revision = revision_of(connection)
    if revision is None:
        upgrade(owner_url, login=login, to=manifest.revision)
    elif revision != manifest.revision:
        raise NotRestored(
            f"The database has schema {revision} and the backup {manifest.revision}. "
            "Restore into a new, empty database."
        )


def _load(connection: Connection, reader: Reader, *, replace: bool, at: dt.datetime) -> None:
    _take_turn(connection)
    tables = reader.manifest.tables
    _check_columns(connection, tables)
    filled = [each.name for each in tables if connection.scalar(select(func.count()).select_from(table(each.name)))]
    if filled and not replace:
        raise NotRestored(
            f"The database is not empty ({', '.join(filled[:3])} …). "
            "Restore into an empty one, or say --replace to lose what it holds."
        )
    with locks.lifted(connection):
        _empty(connection, tables)
        with _references_checked_at_the_end(connection):
            for each in tables:
                _fill(connection, each, reader.rows(each))
        _move_sequences(connection, tables)
        aftermath.settle(connection, reader.manifest.made_at, at=at)


def _take_turn(connection: Connection) -> None:
    """Nobody else migrates or restores meanwhile; on SQLite the transaction holds the writer's lock already."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        return
    connection.exec_driver_sql("SET LOCAL lock_timeout = '30s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")
    act_as_owner(connection)


def _check_columns(connection: Connection, tables: Sequence[TableContent]) -> None:
    """Of one revision there is one schema; a database that differs was made by another program."""
    looked_up = inspect(connection)
    for each in tables:
        there = (
            {known["name"] for known in looked_up.get_columns(each.name)} if looked_up.has_table(each.name) else set()
        )
        if there != {name for name, _ in each.columns}:
            raise NotRestored(
                f"The table {each.name} in the backup and in the database differ, although both say that they are of "
                "the same release. Install the release that made the backup."
            )


def _empty(connection: Connection, tables: Sequence[TableContent]) -> None:
    if connection.dialect.name == "postgresql":
        quote = connection.dialect.identifier_preparer.quote
        connection.exec_driver_sql(f"TRUNCATE {', '.join(quote(each.name) for each in tables)}")
        return
    for each in reversed(tables):
        connection.execute(table(each.name).delete())


def _fill(connection: Connection, content: TableContent, rows: Iterator[dict[str, Any]]) -> None:
    target = table(content.name, *(column(name, type_of(kind)) for name, kind in content.columns))
    while some := list(islice(rows, AT_ONCE)):
        connection.execute(insert(target), some)


@contextmanager
def _references_checked_at_the_end(connection: Connection) -> Iterator[None]:
    """Rows may refer to rows that come later, a site to its customer: PostgreSQL checks references when the block ends,
    SQLite when the transaction does."""
    if connection.dialect.name != "postgresql":
        yield
        return
    references = connection.execute(
        text(
            "select quote_ident(conrelid::regclass::text), quote_ident(conname) from pg_constraint"
            " where contype = 'f' and connamespace = current_schema()::regnamespace"
        )
    ).all()
    for owner, name in references:
        connection.exec_driver_sql(f"ALTER TABLE {owner} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for owner, name in references:
        connection.exec_driver_sql(f"ALTER TABLE {owner} ALTER CONSTRAINT {name} NOT DEFERRABLE")


def _move_sequences(connection: Connection, tables: Sequence[TableContent]) -> None:
    """New rows go on counting after the last one that was put back. SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for each in tables:
        if ("id", "int") in each.columns and each.rows:
            last = connection.scalar(select(func.max(column("id"))).select_from(table(each.name)))
            connection.execute(
                text("select setval(pg_get_serial_sequence(:name, 'id'), :last)"), {"name": each.name, "last": last}
            )
