"""A PostgreSQL server that may be killed, and comes back: a child of the test, apart from the one the run shares."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from tests.ground import postgresql

PATIENCE = 60


class MortalServer:
    """One server. It is this process's own child, so that a killed one does not stay behind as a zombie that looks
    alive to the next."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._log = home.with_suffix(".log")
        self.databases = postgresql.PostgreSQL(home)
        self._owner = postgresql._server_owner()
        binaries = postgresql._binaries()
        home.mkdir(mode=0o755)
        if self._owner:
            os.chown(home, self._owner.pw_uid, self._owner.pw_gid)
        initdb = [binaries / "initdb", "-D", home / "data", "-U", postgresql.SUPERUSER, "-A", "trust", "-E", "UTF8"]
        postgresql._run(self._owner, [*initdb, "-N", "--no-locale"])
        options = ("listen_addresses=", f"unix_socket_directories={home}", "fsync=off")
        words = (word for each in options for word in ("-c", each))
        self._command = [str(binaries / "postgres"), "-D", str(home / "data"), *words]
        self._process = self._spawn()
        self._wait()
        login = Identifier(postgresql.LOGIN)
        self.databases.execute(SQL("CREATE ROLE {} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS").format(login))

    @property
    def pid(self) -> int:
        """Whom to kill."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(host=str(self.home), user=postgresql.SUPERUSER, dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def revive(self) -> None:
        """Start it again if it was killed, and wait until it takes connections."""
        if not self.alive():
            self._process.wait(timeout=PATIENCE)
            self._process = self._spawn()
            self._wait()

    def stop(self) -> None:
        """End it without ceremony."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=PATIENCE)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.alive():
            assert time.monotonic() < deadline, self._log.read_text()[-3000:]
            if self._process.poll() is not None:
                self._process = self._spawn()  # the killed one's children still held its memory

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                user=self._owner.pw_uid if self._owner else None,
                group=self._owner.pw_gid if self._owner else None,
                extra_groups=[] if self._owner else None,
                cwd="/",
                stdout=log,
                stderr=log,
            )


@contextmanager
def running(directory: Path) -> Iterator[MortalServer]:
    """A server in a new directory inside `directory`, which every account may enter: not pytest's own temporary
    directories, which any other run of pytest closes again."""
    directory.chmod(0o755)
    server = MortalServer(directory / f"m{uuid.uuid4().hex[:8]}")
    try:
        yield server
    finally:
        server.stop()
