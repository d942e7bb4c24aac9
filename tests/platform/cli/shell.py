"""A terminal for the tests of commands: in this process, or as the real program."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from dray.cli import program

KEYS = {"DRAY_SECRET_KEY": "s" * 40, "DRAY_VAULT_KEYS": "k1:" + base64.b64encode(bytes(range(32))).decode()}
PASSWORD = "harbour-lantern-42"


@dataclass(frozen=True)
class Shell:
    """Runs `dray …` with a home, a database and keys of its own."""

    home: Path
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the settings of whoever runs the tests."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("DRAY_")}
        return {**others, **KEYS, "DRAY_HOME": str(self.home), "DRAY_DATABASE_URL": self.database_url}

    def run(self, *arguments: str, stdin: str = "", settings: Mapping[str, str] | None = None) -> Result:
        """In this process."""
        blank = {name: None for name in os.environ if name.startswith("DRAY_")}
        environment: dict[str, str | None] = {**blank, **self.environment, **(settings or {})}
        return CliRunner().invoke(program, list(arguments), input=stdin, env=environment)

    def json(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """What a command that succeeds prints with --json: one object, and nothing else on stdout."""
        result = self.run(*arguments, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert len(lines) == 1, result.stdout
        facts = json.loads(lines[0])
        assert isinstance(facts, dict)
        return facts

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """The one line with which a command refuses, with status 1."""
        result = self.run(*arguments, stdin=stdin)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        last = result.stderr.splitlines()[-1]
        assert last.startswith("Error: ")
        return last.removeprefix("Error: ")

    def program(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """As the real program, in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "dray", *arguments],
            env={**self.environment, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
