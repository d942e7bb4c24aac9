"""What the journeys of whoever writes a connector share: Dray's wheel, theirs beside it, and a company at work."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ground.clean_environment import CleanEnvironment, clean_environment, wheel_of
from tests.ground.tree import ROOT

PASSWORD = "harbour-lantern-42"
INVOICES = (
    "number,date,customer_name,kind,item,description,quantity,unit_price,amount\n"
    "1001,2026-03-02,Acme Gardens,charge,Hours,Hedge trimming,2,12.50,25.00\n"
    "1002,2026-03-02,Birch & Sons,charge,Hours,Mulch,1,7.25,7.25\n"
)


def once(shared: Path, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first who asks makes, and everybody else finds made. `shared`: where all of them look."""
    folder, made = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def environment_with_dray(home: Path, shared: Path) -> CleanEnvironment:
    """A clean environment, in which Dray is installed from its wheel; that is built once for all journeys."""
    environment = clean_environment(home / "env")
    (wheel,) = once(shared, "wheel-of-dray", lambda folder: _build(ROOT, folder)).glob("*.whl")
    environment.install(wheel)
    return environment


def _build(project: Path, into: Path) -> None:
    wheel_of(project, into)


def types_are_strict(environment: CleanEnvironment, folder: Path, package: str) -> None:
    """The author's package is checked as strictly as ours, against what is installed there."""
    arguments = ["--python-executable", str(environment.python), "--cache-dir", str(folder.parent / "types")]
    command = [sys.executable, "-m", "mypy", "--strict", *arguments, "-p", package]
    kept = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    result = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


TO_SEND = """
import json, sys
from pathlib import Path
from click.testing import CliRunner
from dray.cli import program

def dray(*arguments, stdin=""):
    result = CliRunner().invoke(program, arguments, input=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in arguments else None

connector, password, file, invoices = sys.argv[1:]
acme = ("--tenant", "acme")
dray("migrate")
dray("tenant", "create", "Acme", "--admin", "ann@acme.example", "--password-stdin", stdin=password + chr(10))
connection = dray("connection", "create", *acme, "--connector", connector, "--name", "Books", "--json")["id"]
invited = dray("connection", "invite", connection, "--out", file, "--json")
dray("invoice", "import", *acme, invoices)
dray("invoice", "send", *acme, *(one["id"] for one in dray("invoice", "list", *acme, "--json")["invoices"]))
print(invited["password"])
"""
"""The commands of an operator and a clerk, in one process: each by itself would load everything again."""


@dataclass(frozen=True)
class AtWork:
    """An installation in which one connector is enabled, with a company that sent two invoices through it."""

    environment: CleanEnvironment
    home: Path
    address: str
    connector: str

    @property
    def settings(self) -> dict[str, str]:
        """Nothing else is set."""
        home = str(self.home / "var")
        return {"DRAY_HOME": home, "DRAY_PUBLIC_URL": self.address, "DRAY_CONNECTORS": self.connector}

    def dray(self, *arguments: str, stdin: str = "") -> Any:
        """A command that succeeds: what it prints, read where that is JSON."""
        result = self.environment.run("-m", "dray", *arguments, cwd=self.home, settings=self.settings, stdin=stdin)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    def send_two(self, file: Path) -> str:
        """From nothing to two invoices that wait; the password of the invitation, which is in the file."""
        invoices = self.home / "invoices.csv"
        invoices.write_text(INVOICES, encoding="utf-8")
        arguments = (self.connector, PASSWORD, str(file), str(invoices))
        result = self.environment.run("-c", TO_SEND, *arguments, cwd=self.home, settings=self.settings)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout.splitlines()[-1]

    def states(self) -> dict[str, str]:
        """Number → state of the invoices."""
        listed = self.dray("invoice", "list", "--tenant", "acme", "--json")["invoices"]
        return {one["number"]: one["state"] for one in listed}
