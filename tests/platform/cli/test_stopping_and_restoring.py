"""Pausing, braking, removing, backing up and restoring by command."""

from __future__ import annotations

from pathlib import Path

from tests.platform.cli.shell import Shell


def connect(shell: Shell, tenant: str, name: str = "Main company") -> str:
    made: str = shell.json("connection", "create", "--tenant", tenant, "--connector", "qbd", "--name", name)["id"]
    return made


def finding(shell: Shell, subject: str) -> list[str]:
    return [each["detail"] for each in shell.json("doctor")["findings"] if each["subject"] == subject]


def test_a_connection_is_paused_and_resumed(shell: Shell, tenant: str) -> None:
    connection = connect(shell, tenant)
    assert shell.json("connection", "pause", connection) == {"id": connection, "state": "paused", "changed": True}
    assert shell.json("connection", "pause", connection)["changed"] is False
    assert shell.json("connection", "show", connection)["state"] == "paused"
    assert shell.json("connection", "resume", connection)["state"] == "setting_up"


def test_a_password_is_rotated_and_the_old_one_can_end_at_once(shell: Shell, tenant: str, tmp_path: Path) -> None:
    connection = connect(shell, tenant)
    first = shell.json("connection", "invite", connection, "--out", str(tmp_path / "a.qwc"))
    second = shell.json("connection", "rotate", connection, "--now")
    assert second["username"] == first["username"]
    assert second["password"] != first["password"]
    assert "opens nothing any more" in shell.run("connection", "rotate", connection, "--now").stderr


def test_a_connection_gets_a_new_identity(shell: Shell, tenant: str, tmp_path: Path) -> None:
    connection = connect(shell, tenant)
    first = shell.json("connection", "invite", connection, "--out", str(tmp_path / "a.qwc"))
    renewed = shell.json("connection", "renew", connection)
    second = shell.json("connection", "invite", connection, "--out", str(tmp_path / "b.qwc"))
    assert first["username"] != renewed["username"] == second["username"]
    assert (tmp_path / "a.qwc").read_text() != (tmp_path / "b.qwc").read_text()


def test_a_connection_is_removed_and_its_place_taken(shell: Shell, tenant: str) -> None:
    connection = connect(shell, tenant)
    other = connect(shell, tenant, "Branch")
    assert shell.json("connection", "remove", connection, "--default", other) == {
        "id": connection,
        "drafts": 0,
        "unproved": 0,
        "default": other,
    }
    assert shell.json("connection", "show", connection)["state"] == "removed"
    connect(shell, tenant)
    assert "was removed" in shell.refused("connection", "pause", connection)
    assert "was removed" in shell.refused("connection", "renew", connection)
    assert "cannot become the default" in shell.refused("connection", "remove", other, "--default", connection)


def test_nothing_is_confirmed_when_nothing_is_asked(shell: Shell, tenant: str) -> None:
    assert "Nothing is asked" in shell.refused("connection", "confirm", connect(shell, tenant))


def test_the_brake_is_pulled_shown_and_released(shell: Shell, tenant: str) -> None:
    connection = connect(shell, tenant)
    assert shell.json("brake", "on", "--reason", "odd totals")["changed"] is True
    assert shell.json("brake", "on")["changed"] is False
    assert shell.json("brake", "on", "--tenant", tenant)["scope"] == "tenant"
    assert shell.json("brake", "on", "--connector", "qbd", "--version", "9.9")["subject"] == "qbd 9.9"
    shown = shell.json("brake", "status")["brakes"]
    assert [(each["scope"], each["by"], each["reason"]) for each in shown] == [
        ("everywhere", "command line", "odd totals"),
        ("tenant", "command line", None),
        ("version", "command line", None),
    ]
    assert shell.json("connection", "show", connection)["brake"].startswith("everywhere, tenant ten_")
    assert any("odd totals" in said for said in finding(shell, "brake"))
    assert shell.json("brake", "off")["on"] is False
    assert "it is on: tenant ten_" in shell.refused("brake", "off")
    shell.json("brake", "off", "--tenant", tenant)
    shell.json("brake", "off", "--connector", "qbd", "--version", "9.9")
    assert shell.json("brake", "status")["brakes"] == []
    assert finding(shell, "brake") == []


def test_the_brake_names_one_thing_that_exists(shell: Shell, tenant: str) -> None:
    assert shell.run("brake", "on", "--tenant", tenant, "--connector", "qbd").exit_code == 2
    assert shell.run("brake", "on", "--version", "1").exit_code == 2
    assert "there is no tenant 'nobody'" in shell.refused("brake", "on", "--tenant", "nobody")
    assert "there is no connection con_x" in shell.refused("brake", "on", "--connection", "con_x")
    assert "there is qbd" in shell.refused("brake", "on", "--connector", "abacus")
    assert shell.json("brake", "on", "--connection", connect(shell, tenant))["scope"] == "connection"


def test_a_backup_goes_back_and_the_doctor_knows_its_age(shell: Shell, tenant: str, tmp_path: Path) -> None:
    connection = connect(shell, tenant)
    shell.json("connection", "invite", connection, "--out", str(tmp_path / "a.qwc"))
    assert finding(shell, "backup") == ["none was made yet; `dray backup FILE` makes one"]
    file = tmp_path / "night.dray"
    made = shell.json("backup", str(file))
    assert made["vault_keys"] == ["k1"]
    assert made["bytes"] == file.stat().st_size
    (said,) = finding(shell, "backup")
    assert said == f"the last one is 0 hours old ({file})"
    assert "is there already" in shell.refused("backup", str(file))
    connect(shell, tenant, "Made after the backup")
    assert "not empty" in shell.refused("restore", str(file))
    restored = shell.json("restore", str(file), "--replace")
    assert (restored["rows"], restored["missing_vault_keys"]) == (made["rows"], [])
    (listed,) = shell.json("connection", "list", "--tenant", tenant)["connections"]
    assert listed["id"] == connection


def test_restoring_says_which_vault_key_is_missing(shell: Shell, tenant: str, tmp_path: Path) -> None:
    file = tmp_path / "night.dray"
    shell.json("backup", str(file))
    other = {"DRAY_VAULT_KEYS": "k2:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    result = shell.run("restore", str(file), "--replace", settings=other)
    assert result.exit_code == 0, result.output
    assert "DRAY_VAULT_KEYS lacks k1" in result.stderr


def test_a_file_that_is_no_backup_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x.dray"
    file.write_text("hello")
    assert "is not a backup of Dray's" in shell.refused("restore", str(file))
