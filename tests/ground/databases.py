"""A database of its own for each test, on both engines.

`database_url` is empty. `migrated_database_url` has the newest schema: the migrations run once for each
engine and run, and each test gets a copy of what they made.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.fixtures import SubRequest

from tests.ground.one_run import one_at_a_time
from tests.ground.postgresql import PostgreSQL

both_engines = pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])


@both_engines
def database_url(request: SubRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new and empty database, on each engine in turn.

    On PostgreSQL the login owns the database and may create roles, and is no superuser.
    """
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'dray.db'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@both_engines
def migrated_database_url(request: SubRequest, tmp_path: Path, migrated_template: "MigratedTemplate") -> Iterator[str]:
    """The address of a new database with the newest schema and no rows, on each engine in turn."""
    if request.param == "sqlite":
        copy = tmp_path / "dray.db"
        shutil.copyfile(migrated_template.sqlite(), copy)
        yield f"sqlite:///{copy}"
        return
    server: PostgreSQL = request.getfixturevalue("postgres")
    with server.database(migrated_template.postgresql(server)) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(run_directory: Path) -> "MigratedTemplate":
    """The databases that `migrated_database_url` copies, made when first asked for."""
    return MigratedTemplate(run_directory)


def _migrate(url: str) -> None:
    # What is tested without a schema must not need the whole product to be importable.
    from dray.migrations.upgrade import upgrade

    upgrade(url)


@dataclass(frozen=True, slots=True)
class MigratedTemplate:
    """One migrated database for each engine, shared by the run's processes."""

    directory: Path
    migrate: Callable[[str], object] = _migrate
    name: str = "migrated"

    def sqlite(self) -> Path:
        """Return a database file that may be copied: complete, with no write-ahead log beside it."""
        finished = self.directory / f"{self.name}.db"
        with one_at_a_time(self.directory, f"{self.name}-sqlite"):
            if not finished.exists():
                draft = self.directory / f"{self.name}-draft.db"
                draft.unlink(missing_ok=True)
                self.migrate(f"sqlite:///{draft}")
                with closing(sqlite3.connect(draft)) as connection:
                    connection.execute("VACUUM INTO ?", (str(finished),))
                with closing(sqlite3.connect(finished)) as connection:
                    connection.execute("PRAGMA journal_mode=WAL")
        return finished

    def postgresql(self, server: PostgreSQL) -> str:
        """Return the name of a database to use as a template."""
        finished = self.directory / f"{self.name}-postgresql.ready"
        with one_at_a_time(self.directory, f"{self.name}-postgresql"):
            if not finished.exists():
                server.drop(self.name)
                server.create(name=self.name)
                self.migrate(server.url(self.name))
                finished.touch()
        return self.name
