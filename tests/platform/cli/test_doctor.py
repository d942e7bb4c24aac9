"""The doctor prints every setting, masks secrets, and fails when something is wrong."""

from __future__ import annotations

import base64
import sqlite3
from typing import Any

import pytest

from dray.settings import MASK, VARIABLES
from tests.platform.cli.shell import KEYS, Shell


def findings(facts: dict[str, Any]) -> dict[str, bool | None]:
    return {each["subject"]: each["well"] for each in facts["findings"]}


def test_all_is_well_with_a_migrated_database(shell: Shell) -> None:
    facts = shell.json("doctor")
    assert facts["well"] is True
    assert set(facts["settings"]) >= {variable.name for variable in VARIABLES}
    found = findings(facts)
    assert found["schema"] is True
    assert found["vault"] is True
    assert found["durability"] is True


def test_what_the_database_must_promise_is_looked_at(shell: Shell) -> None:
    found = findings(shell.json("doctor"))
    if shell.database_url.startswith("sqlite"):
        assert (found["journal"], found["references"], found["file"]) == (True, True, True)
    else:
        assert (found["row-level security"], found["login"]) == (True, True)


def test_no_secret_is_printed(small_shell: Shell) -> None:
    settings = {"DRAY_SMTP_URL": "smtp://ann:hush@mail.example:587"}
    for arguments in (("doctor",), ("doctor", "--json")):
        said = small_shell.run(*arguments, settings=settings).output
        assert "hush" not in said
        assert KEYS["DRAY_SECRET_KEY"] not in said
        assert KEYS["DRAY_VAULT_KEYS"].partition(":")[2] not in said
        assert MASK in said


@pytest.mark.parametrize(
    ("settings", "subject", "words"),
    [
        ({"DRAY_PUBLIC_URL": "http://dray.example.com"}, "public address", "is not https"),
        ({"DRAY_PUBLIC_URL": "https://192.0.2.7"}, "public address", "is a number"),
        ({"DRAY_CONNECTORS": ","}, "connectors", "none is enabled"),
        ({"DRAY_BROKER_URL": "redis://127.0.0.1:1"}, "broker", "does not answer"),
    ],
)
def test_a_fault_fails_the_command_and_says_what(
    small_shell: Shell, settings: dict[str, str], subject: str, words: str
) -> None:
    result = small_shell.run("doctor", settings=settings)
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if line.startswith(f"WRONG {subject}: ")]
    assert words in line


def test_a_database_that_was_not_migrated_is_a_fault(small_shell: Shell) -> None:
    empty = Shell(small_shell.home, small_shell.database_url.replace("dray.db", "empty.db"))
    result = empty.run("doctor")
    assert result.exit_code == 1
    assert "run `dray migrate`" in result.stdout


def test_keys_that_open_nothing_here_are_a_fault(shell: Shell) -> None:
    shell.json("tenant", "create", "Paperworks")
    other = "k1:" + base64.b64encode(bytes(32)).decode()
    result = shell.run("doctor", settings={"DRAY_VAULT_KEYS": other})
    assert result.exit_code == 1
    assert "WRONG vault: the keys in force do not open this database" in result.stdout
    unknown = shell.run("doctor", settings={"DRAY_VAULT_KEYS": other.replace("k1", "k9")})
    assert "add that key to DRAY_VAULT_KEYS" in unknown.stdout


def test_a_damaged_file_is_a_fault(small_shell: Shell) -> None:
    path = small_shell.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'tenants'")
    connection.close()
    assert small_shell.run("doctor").exit_code == 1


def test_a_mistyped_setting_is_noted(small_shell: Shell) -> None:
    result = small_shell.run("doctor", settings={"DRAY_DATABSE_URL": "x"})
    assert result.exit_code == 0
    assert "DRAY_DATABSE_URL is set, and nothing reads it; did you mean DRAY_DATABASE_URL?" in result.stdout


def test_keys_that_others_can_read_are_a_fault(small_shell: Shell) -> None:
    settings = {"DRAY_SECRET_KEY": "", "DRAY_VAULT_KEYS": ""}
    assert small_shell.run("doctor", settings=settings).exit_code == 0
    (small_shell.home / "vault.keys").chmod(0o644)
    result = small_shell.run("doctor", settings=settings)
    assert result.exit_code == 1
    assert "chmod 600" in result.stdout
