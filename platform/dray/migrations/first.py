"""The first migration is plain SQL, one file for each engine, so that a database administrator can read it.

    python -m dray.migrations.first

writes the files anew from the models. That ends with the first release: from then on `revise` writes what changes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Dialect, make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from dray.billing import locks
from dray.migrations import SCRIPTS
from dray.migrations.tables import METADATA

_BETWEEN: Final = ";\n\n"
_DIALECTS: Final = tuple(make_url(f"{address}://").get_dialect()() for address in ("sqlite", "postgresql+psycopg"))


def execute(connection: Connection, revision: str) -> None:
    """Run the file of this revision for the connection's engine, in the caller's transaction."""
    for statement in _file(revision, connection.dialect.name).read_text(encoding="utf-8").split(_BETWEEN):
        if statement.strip():
            connection.exec_driver_sql(statement)


def write(revision: str) -> Iterator[Path]:
    """Write the files from the models as they are."""
    for dialect in _DIALECTS:
        path = _file(revision, dialect.name)
        path.write_text("".join(f"{statement}{_BETWEEN}" for statement in statements(dialect)).rstrip() + "\n", "utf-8")
        yield path


def statements(dialect: Dialect) -> Iterator[str]:
    """The SQL that makes every table, index and lock of the models."""
    for table in METADATA.sorted_tables:
        yield _one(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield _one(str(CreateIndex(index).compile(dialect=dialect)))
    yield from locks.create_statements(dialect.name)


def _one(statement: str) -> str:
    return "\n".join(line.replace("\t", "    ").rstrip() for line in statement.strip().splitlines() if line.strip())


def _file(revision: str, engine: str) -> Path:
    return SCRIPTS / "versions" / f"{revision}_{engine}.sql"


if __name__ == "__main__":
    for written in write("0001"):
        sys.stdout.write(f"{written}\n")
