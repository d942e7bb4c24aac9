"""Bring a database to the newest schema: all of it in one transaction, one process at a time.

A migration that is interrupted leaves the database as it was. A second process that starts meanwhile waits and then
finds nothing to do. Sessions that are at work keep working: a migration that cannot get at a table within seconds gives
up, changes nothing and says so, rather than stop everybody behind it.
"""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from dray.migrations import SCRIPTS, VERSION_TABLE, revision_of
from dray.migrations.tables import METADATA
from dray_tenants.database import make_engine
from dray_tenants.row_security import act_as_owner, ensure_role, protect

TURN: Final = 0x64726179
"""The number of the advisory lock under which one process migrates ("dray" in ASCII)."""

WAIT_FOR_TURN: Final = "10min"
WAIT_FOR_TABLE: Final = "5s"


class Busy(RuntimeError):
    """The database was in use and could not be changed; nothing was done. The message says what to do."""


def upgrade(url: str, *, login: str | None = None, to: str = "head") -> tuple[str | None, str | None]:
    """Migrate the database at `url`; returns its revision before and after.

    `url` is the owner's address on PostgreSQL; `login` the user that the application connects as, where that is another
    one. Raises `dray_tenants.row_security.RoleNotReady` where PostgreSQL lets this login make no role (with the SQL for
    somebody who may), and `Busy` where the tables were in use for too long.
    """
    engine = make_engine(url)
    try:
        return _upgrade(engine, login, to)
    except OperationalError as error:
        if "lock" not in str(error.orig):
            raise
        raise Busy(
            "The database is in use and could not be changed. Nothing was done; run the command again."
        ) from error
    finally:
        engine.dispose()


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for work on this connection."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(engine: Engine, login: str | None, to: str) -> tuple[str | None, str | None]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Tables are rebuilt on SQLite, and references are checked as a whole at the end. The pragma does nothing
            # inside a transaction, so it goes to the driver before one begins.
            _run_outside_transaction(connection, "PRAGMA foreign_keys = OFF")
        with connection.begin():
            return _take_turn_and_migrate(connection, login, to)


def _take_turn_and_migrate(connection: Connection, login: str | None, to: str) -> tuple[str | None, str | None]:
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_FOR_TURN}'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_FOR_TABLE}'")
        ensure_role(connection, login=login)
        act_as_owner(connection)
    before = revision_of(connection)
    command.upgrade(configuration(connection), to)
    after = revision_of(connection)
    if postgresql and after != before:
        protect(connection, METADATA, readable=[VERSION_TABLE])
    if not postgresql:
        _check_references(connection)
    return before, after


def _run_outside_transaction(connection: Connection, statement: str) -> None:
    driver = connection.connection.dbapi_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    cursor = driver.cursor()
    cursor.execute(statement)
    cursor.close()


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"the migration would break references: {broken[:5]}")
