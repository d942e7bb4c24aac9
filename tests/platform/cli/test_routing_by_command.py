"""Where invoices go is set by command as on the page, and what cannot be is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platform.cli.shell import Shell

CSV = "number,date,customer_name,department,item,amount\nA-1,2026-11-01,Oak,North,x,10\nA-2,2025-11-01,Elm,,x,20\n"


@pytest.fixture
def books(shell: Shell, tenant: str) -> tuple[str, str]:
    """Two connections of the tenant; the first is the default."""
    main, north = (
        shell.json("connection", "create", "--tenant", tenant, "--connector", "qbd", "--name", name)["id"]
        for name in ("Main", "North")
    )
    return main, north


def test_rules_are_added_listed_and_dropped(shell: Shell, tenant: str, books: tuple[str, str]) -> None:
    assert shell.json("routing", "list", "--tenant", tenant) == {"rules": [], "starts": {}}
    rule = shell.json("routing", "add", "--tenant", tenant, "department", "North", books[1])
    assert rule == {"id": rule["id"], "field": "department", "value": "North", "connection": books[1]}
    assert shell.json("routing", "list", "--tenant", tenant)["rules"] == [rule]
    assert "North" in shell.run("routing", "list", "--tenant", tenant).output
    assert "a rule for this already" in shell.refused(
        "routing", "add", "--tenant", tenant, "department", "NORTH", books[0]
    )
    shell.json("routing", "drop", "--tenant", tenant, rule["id"])
    assert shell.json("routing", "list", "--tenant", tenant)["rules"] == []
    assert "There is no such rule" in shell.refused("routing", "drop", "--tenant", tenant, rule["id"])
    assert "There is no such connection" in shell.refused(
        "routing", "add", "--tenant", tenant, "department", "South", "con_x"
    )
    assert shell.run("routing", "add", "--tenant", tenant, "colour", "red", books[0]).exit_code == 2


def test_what_is_older_than_the_connection_is_in_the_books_already(
    shell: Shell, tenant: str, books: tuple[str, str], tmp_path: Path
) -> None:
    shell.json("routing", "start", "--tenant", tenant, books[0], "2026-01-01")
    assert shell.json("routing", "list", "--tenant", tenant)["starts"] == {books[0]: "2026-01-01"}
    file = tmp_path / "invoices.csv"
    file.write_text(CSV)
    shell.json("invoice", "import", "--tenant", tenant, str(file))
    reasons = {
        number: shell.json("invoice", "show", "--tenant", tenant, number)["not_sent"] for number in ("A-1", "A-2")
    }
    assert reasons["A-1"] is None
    assert "Already in the books" in reasons["A-2"]["reason"]
    shell.json("routing", "start", "--tenant", tenant, books[0], "every")
    assert shell.json("routing", "list", "--tenant", tenant)["starts"] == {}
    assert shell.run("routing", "start", "--tenant", tenant, books[0], "soon").exit_code == 2
    assert "Give a day from" in shell.refused("routing", "start", "--tenant", tenant, books[0], "1801-01-01")
