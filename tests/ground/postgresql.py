"""One PostgreSQL server for a whole test run, and databases in it that take milliseconds.

The server's superuser is `postgres`. What is under test logs in as `dray`, who may create roles and owns the
databases but is no superuser: otherwise row-level security would be switched off and every test of it pass.
"""

import os
import pwd
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.ground.one_run import at_the_end, one_at_a_time
from tests.ground.services import program

LOGIN = "dray"
SUPERUSER = "postgres"


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A running server, reached through a Unix socket."""

    socket: Path

    def url(self, database: str, login: str = LOGIN) -> str:
        """Return the SQLAlchemy address of `database` for `login`."""
        return f"postgresql+psycopg://{login}@/{database}?host={self.socket}"

    def create(self, template: str = "template1", name: str | None = None) -> str:
        """Make a database like `template` that belongs to the login, and return its name."""
        name = name or f"t{uuid.uuid4().hex}"
        self.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(LOGIN), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Yield the address of a new database and drop it afterwards."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def execute(self, statement: sql.SQL | sql.Composed) -> None:
        """Run a statement as the superuser."""
        with psycopg.connect(host=str(self.socket), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres(run_directory: Path) -> PostgreSQL:
    """The run's PostgreSQL server, started by whichever test needs it first."""
    binaries = _binaries()
    home = run_directory / "postgresql"
    with one_at_a_time(run_directory, "postgresql"):
        if not (home / "ready").exists():
            _start(binaries, home)
    return PostgreSQL(home)


def _binaries() -> Path:
    """Return the directory of the newest server's programs: Debian keeps it off the PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if packaged:
        return packaged[-1].parent
    return program("initdb").resolve().parent


def _start(binaries: Path, home: Path) -> None:
    owner = _server_owner()
    home.mkdir(mode=0o755)
    if owner:
        os.chown(home, owner.pw_uid, owner.pw_gid)
        home.parent.chmod(0o755)
    data = home / "data"
    _run(
        owner,
        [binaries / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
    )
    options = (
        f"-c listen_addresses='' -c unix_socket_directories='{home}' -c max_connections=200 "
        "-c fsync=off -c full_page_writes=off -c synchronous_commit=on -c shared_buffers=64MB"
    )
    _run(owner, [binaries / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"])
    PostgreSQL(home).execute(
        sql.SQL("CREATE ROLE {} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(LOGIN))
    )
    (home / "pg_ctl").symlink_to(binaries / "pg_ctl")
    (home / "ready").touch()


def _stop(run_directory: Path) -> None:
    home = run_directory / "postgresql"
    if (home / "data" / "postmaster.pid").exists() and (home / "pg_ctl").exists():
        stop = [home / "pg_ctl", "-D", home / "data", "-w", "-m", "immediate", "stop"]
        _run(_server_owner(), stop, must_work=False)


at_the_end(_stop)


def _server_owner() -> pwd.struct_passwd | None:
    """Return whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _run(owner: pwd.struct_passwd | None, command: Sequence[object], *, must_work: bool = True) -> None:
    result = subprocess.run(
        [str(word) for word in command],
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd="/",
        # A server that inherits a pipe keeps its reader waiting: what pg_ctl has to say is in the log.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if must_work and result.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {result.returncode}: see {command[2]} and the log beside it")
