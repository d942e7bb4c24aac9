"""Connections by command: made, invited, listed."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.platform.cli.shell import Shell


def connect(shell: Shell, tenant: str) -> str:
    facts = shell.json("connection", "create", "--tenant", tenant, "--connector", "qbd", "--name", "Main company")
    assert set(facts) == {"id", "connector", "name"}
    assert (facts["connector"], facts["name"]) == ("qbd", "Main company")
    made: str = facts["id"]
    return made


def test_a_connection_is_made_and_its_file_written(shell: Shell, tenant: str, tmp_path: Path) -> None:
    connection, file = connect(shell, tenant), tmp_path / "main.qwc"
    facts = shell.json("connection", "invite", connection, "--out", str(file))
    assert set(facts) == {"username", "password", "file", "endpoint"}
    assert facts["file"] == str(file)
    assert facts["endpoint"].startswith("http://localhost:8000/qbwc/in_")
    content = file.read_text()
    assert facts["username"] in content
    assert facts["endpoint"] in content
    assert facts["password"] not in content


def test_inviting_again_keeps_the_identity_and_makes_another_password(
    shell: Shell, tenant: str, tmp_path: Path
) -> None:
    connection, file = connect(shell, tenant), tmp_path / "main.qwc"
    first = shell.json("connection", "invite", connection, "--out", str(file))
    before = file.read_bytes()
    second = shell.json("connection", "invite", connection, "--out", str(file))
    assert file.read_bytes() == before
    assert second["username"] == first["username"]
    assert second["password"] != first["password"]


def test_no_password_is_made_when_the_file_cannot_be_written(shell: Shell, tenant: str, tmp_path: Path) -> None:
    connection = connect(shell, tenant)
    said = shell.refused("connection", "invite", connection, "--out", str(tmp_path / "no" / "such" / "main.qwc"))
    assert "cannot be written" in said
    assert shell.json("connection", "show", connection)["state"] == "setting_up"


def test_connections_are_listed_and_shown(shell: Shell, tenant: str) -> None:
    connection = connect(shell, tenant)
    (listed,) = shell.json("connection", "list", "--tenant", tenant)["connections"]
    shown = shell.json("connection", "show", connection)
    assert listed.items() <= shown.items()
    assert {name for name in shown if name not in listed} == {"question", "seen_books", "brake"}
    assert (listed["id"], listed["tenant"], listed["books"]) == (connection, tenant, None)
    assert "Main company" in shell.run("connection", "list", "--tenant", tenant).output


def test_what_there_is_not_is_refused(shell: Shell, tenant: str) -> None:
    connect(shell, tenant)
    assert "There is a connection called" in shell.refused(
        "connection",
        "create",
        "--tenant",
        tenant,
        "--connector",
        "qbd",
        "--name",
        "main  company".title().replace("C", "c"),
    )
    assert "there is qbd" in shell.refused(
        "connection", "create", "--tenant", tenant, "--connector", "abacus", "--name", "x"
    )
    assert "there is no connection con_nobody" in shell.refused("connection", "show", "con_nobody")


def test_connectors_are_listed_and_shown(small_shell: Shell) -> None:
    listed = small_shell.json("connector", "list")["connectors"]
    assert [(one["name"], one["enabled"], one["reason"]) for one in listed] == [
        ("qbd", True, None),
        ("qbo", True, None),
    ]
    shown = small_shell.json("connector", "show", "qbd")
    assert shown["mount"] == "qbwc"
    assert set(shown["facets"]) == {"dials in", "judges", "explains", "narrates", "simulated"}
    assert "there is no connector 'abacus'" in small_shell.refused("connector", "show", "abacus")
    disabled = small_shell.run("connector", "list", settings={"DRAY_CONNECTORS": ","})
    assert "installed, not enabled" in disabled.output


def test_pretend_books_are_run_with_the_connectors_own_options(small_shell: Shell) -> None:
    result = small_shell.run("simulate", "qbd", "--help")
    assert result.exit_code == 0
    assert "there is qbd" in small_shell.refused("simulate", "abacus")


def test_files_that_the_program_writes_are_for_its_user_alone(small_shell: Shell, tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    fresh = Shell(home, f"sqlite:///{home}/dray.db")
    process = fresh.program("migrate")
    assert process.communicate()[0] == "The database is at revision 0001.\n"
    assert stat.S_IMODE((home / "dray.db").stat().st_mode) == 0o600


def test_a_link_is_printed_once_and_ends_the_one_before(shell: Shell, tenant: str) -> None:
    connection = connect(shell, tenant)
    facts = shell.json("connection", "link", connection)
    assert set(facts) == {"url", "expires_at"}
    assert facts["url"].startswith("http://localhost:8000/connect/")
    again = shell.json("connection", "link", connection, "--to", "Owner@Harlan.example")
    assert again["url"] != facts["url"]
    assert "is not an e-mail address" in shell.refused("connection", "link", connection, "--to", "nobody")
    (mail,) = shell.json("mail", "list")["mail"]
    assert mail["to"] == "owner@harlan.example"


def test_a_connection_is_renamed(shell: Shell, tenant: str) -> None:
    connection = connect(shell, tenant)
    assert shell.json("connection", "rename", connection, "  Books of  2027 ")["name"] == "Books of 2027"
    assert shell.json("connection", "rename", connection, "Books of 2027")["changed"] is False
    assert "at most 60 characters" in shell.refused("connection", "rename", connection, "x" * 61)
