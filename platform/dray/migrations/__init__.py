"""The database's schema through time: one history, for both engines.

`upgrade` brings a database to the newest schema. This module imports nothing heavy, so that a web process may
ask whether the database is as new as the code (`revision_of`, `newest`).
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

VERSION_TABLE = "schema_version"
SCRIPTS = Path(__file__).parent


def newest() -> str:
    """The revision that this code is written for. Revisions are four digits, in order."""
    return max(script.name[:4] for script in (SCRIPTS / "versions").glob("[0-9]*.py"))


def revision_of(connection: Connection) -> str | None:
    """The revision that the database has, or None where it was never migrated."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    return revision
