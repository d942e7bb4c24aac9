"""Invoices are listed, sent and taken back by command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platform.cli.shell import Shell

CSV = (
    "number,date,customer_name,item,amount\nA-1,2026-11-01,Oak,x,10\nA-2,2026-11-02,Elm,x,20\nA-3,2026-11-03,Fir,x,30\n"
)


@pytest.fixture
def stocked(shell: Shell, tenant: str, tmp_path: Path) -> str:
    """A company with a connection and three drafts."""
    file = tmp_path / "invoices.csv"
    file.write_text(CSV)
    shell.json("invoice", "import", "--tenant", tenant, str(file))
    shell.json("connection", "create", "--tenant", tenant, "--connector", "qbd", "--name", "Main")
    return tenant


def in_state(shell: Shell, tenant: str, state: str) -> list[str]:
    found = shell.json("invoice", "list", "--tenant", tenant, "--state", state)["invoices"]
    return sorted(each["number"] for each in found)


def test_one_is_sent_by_number_and_taken_back_by_id(shell: Shell, stocked: str) -> None:
    (sent,) = shell.json("invoice", "send", "--tenant", stocked, "A-2")["results"]
    assert (sent["state"], sent["done"]) == ("pending_sync", True)
    assert in_state(shell, stocked, "pending_sync") == ["A-2"]
    (back,) = shell.json("invoice", "unpend", "--tenant", stocked, sent["id"])["results"]
    assert (back["state"], back["done"]) == ("draft", True)


def test_all_are_sent_and_taken_back(shell: Shell, stocked: str) -> None:
    assert len(shell.json("invoice", "send", "--tenant", stocked, "--all")["results"]) == 3
    assert in_state(shell, stocked, "pending_sync") == ["A-1", "A-2", "A-3"]
    assert len(shell.json("invoice", "unpend", "--tenant", stocked, "--all")["results"]) == 3
    assert in_state(shell, stocked, "draft") == ["A-1", "A-2", "A-3"]


def test_one_that_cannot_be_sent_fails_the_command_and_says_why(shell: Shell, stocked: str) -> None:
    shell.json("invoice", "send", "--tenant", stocked, "A-1")
    result = shell.run("invoice", "send", "--tenant", stocked, "A-1", "A-2")
    assert result.exit_code == 1
    assert "It is already in line." in result.stderr
    assert in_state(shell, stocked, "pending_sync") == ["A-1", "A-2"]


def test_what_there_is_not_is_refused_and_nothing_is_sent(shell: Shell, stocked: str) -> None:
    assert "there is no invoice Z-9" in shell.refused("invoice", "send", "--tenant", stocked, "A-1", "Z-9")
    assert "there is no connection con_x" in shell.refused(
        "invoice", "send", "--tenant", stocked, "A-1", "--connection", "con_x"
    )
    assert in_state(shell, stocked, "pending_sync") == []
    assert shell.run("invoice", "send", "--tenant", stocked).exit_code == 2
    assert shell.run("invoice", "send", "--tenant", stocked, "A-1", "--all").exit_code == 2


def test_another_tenants_invoice_does_not_exist(shell: Shell, stocked: str) -> None:
    shell.json("tenant", "create", "Stonemill")
    theirs = shell.json("invoice", "show", "--tenant", stocked, "A-1")["id"]
    assert "there is no invoice" in shell.refused("invoice", "show", "--tenant", "stonemill", theirs)
    assert shell.json("invoice", "list", "--tenant", "stonemill")["invoices"] == []


def test_a_tenant_without_a_connection_can_send_nothing(shell: Shell, tenant: str) -> None:
    assert "has no connection yet" in shell.refused("invoice", "send", "--tenant", tenant, "--all")


def test_people_get_tables_and_sentences(shell: Shell, stocked: str) -> None:
    said = shell.run("invoice", "list", "--tenant", stocked, "--limit", "2").output
    assert said.splitlines()[0].split() == ["id", "number", "date", "state", "total", "customer"]
    assert len(said.splitlines()) == 3
    assert "customer  Oak" in shell.run("invoice", "show", "--tenant", stocked, "A-1").output
