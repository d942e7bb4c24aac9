"""`dray migrate` makes the database, twice changes nothing, and says what to do where it may not."""

from __future__ import annotations

from pathlib import Path

from tests.ground.postgresql import PostgreSQL
from tests.platform.cli.shell import Shell


def test_an_empty_database_is_made_and_then_left_alone(database_url: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", database_url)
    first = shell.json("migrate")
    assert first["before"] is None
    assert first["after"]
    assert shell.json("migrate") == {"before": first["after"], "after": first["after"]}
    assert "Nothing to do." in shell.run("migrate").stdout
    assert shell.json("tenant", "list") == {"tenants": []}


def test_the_directory_of_the_database_is_made_too(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", f"sqlite:///{tmp_path}/deep/down/dray.db")
    shell.json("migrate")
    assert (tmp_path / "deep" / "down" / "dray.db").exists()


def test_a_server_that_is_away_is_said_to_be_away(postgres: PostgreSQL, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", f"postgresql+psycopg://nobody@/none?host={tmp_path}")
    assert "the database does not answer" in shell.refused("migrate")
