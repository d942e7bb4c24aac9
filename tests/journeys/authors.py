"""What the journeys of whoever writes a connector share: Dray's wheel, theirs beside it, and a company at work."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
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


def wheel_of_dray(shared: Path) -> Path:
    """Dray's own wheel, built once for all journeys that run together. `shared`: a folder that they all see."""
    built = shared / "wheel-of-dray"
    with (shared / "wheel-of-dray.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found := list(built.glob("*.whl"))):
            found = [wheel_of(ROOT, built)]
    return found[0]


def environment_with_dray(home: Path, wheel: Path) -> CleanEnvironment:
    """A clean environment, in which Dray is installed from its wheel."""
    environment = clean_environment(home / "env")
    environment.install(wheel)
    return environment


def types_are_strict(environment: CleanEnvironment, folder: Path, package: str) -> None:
    """The author's package is checked as strictly as ours, against what is installed there."""
    arguments = ["--python-executable", str(environment.python), "--cache-dir", str(folder.parent / "types")]
    command = [sys.executable, "-m", "mypy", "--strict", *arguments, "-p", package]
    kept = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    result = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


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
        self.dray("migrate")
        admin = ("--admin", "ann@acme.example", "--password-stdin")
        self.dray("tenant", "create", "Acme", *admin, stdin=f"{PASSWORD}\n")
        of_acme = ("--tenant", "acme")
        named = ("--connector", self.connector, "--name", "Books")
        connection = self.dray("connection", "create", *of_acme, *named, "--json")["id"]
        invited = self.dray("connection", "invite", connection, "--out", str(file), "--json")
        (self.home / "invoices.csv").write_text(INVOICES, encoding="utf-8")
        self.dray("invoice", "import", *of_acme, str(self.home / "invoices.csv"))
        ids = [one["id"] for one in self.dray("invoice", "list", *of_acme, "--json")["invoices"]]
        self.dray("invoice", "send", *of_acme, *ids)
        password: str = invited["password"]
        return password

    def states(self) -> dict[str, str]:
        """Number → state of the invoices."""
        listed = self.dray("invoice", "list", "--tenant", "acme", "--json")["invoices"]
        return {one["number"]: one["state"] for one in listed}
