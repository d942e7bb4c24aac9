"""Files are imported whole or not at all, and every bad row is named with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.platform.cli.shell import Shell

GOOD = """number,date,customer_name,customer_email,bill_line1,item,description,quantity,unit_price,amount,taxable
A-1,2026-11-01,Oak Street Diner,"a@oak.example, b@oak.example",1 Oak St,20 yd,20 yard roll-off,1,425.00,,no
a-1,,,,,Tonnage,"over 2 tons, ticket 7",1.37,62.5,,YES

A-2,2026-11-02,Second Helpings,,,20 yd,,,,10.00,
"""
BAD = """number,date,customer_name,item,quantity,unit_price,taxable
A-1,2026-11-01,Oak Street Diner,20 yd,1,425.00,
A-9,2026-13-01,Oak,x,1,2,
,2026-11-01,Oak,x,1,2,
A-8,2026-11-01,Oak,x,1,abc,maybe
A-8,2026-11-02,Oak,x,1,2,
"""


def file_with(directory: Path, text: str | bytes, name: str = "invoices.csv") -> str:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def numbers(shell: Shell, tenant: str) -> list[str]:
    return sorted(each["number"] for each in shell.json("invoice", "list", "--tenant", tenant)["invoices"])


def test_rows_with_the_same_number_become_one_invoice(shell: Shell, tenant: str, tmp_path: Path) -> None:
    facts = shell.json("invoice", "import", "--tenant", tenant, file_with(tmp_path, GOOD))
    assert facts == {"created": 2, "updated": 0, "same": 0}
    invoice = shell.json("invoice", "show", "--tenant", tenant, "A-1")
    assert invoice["customer"]["name"] == "Oak Street Diner"
    assert invoice["customer"]["billing_address"] == {"line1": "1 Oak St"}
    assert [line["amount"] for line in invoice["lines"]] == ["425.00", "85.63"]
    assert [line["taxable"] for line in invoice["lines"]] == [False, True]
    assert invoice["total"] == "510.63"


def test_the_same_file_again_changes_nothing(shell: Shell, tenant: str, tmp_path: Path) -> None:
    file = file_with(tmp_path, GOOD)
    shell.json("invoice", "import", "--tenant", tenant, file)
    assert shell.json("invoice", "import", "--tenant", tenant, file) == {"created": 0, "updated": 0, "same": 2}


def test_one_bad_row_keeps_everything_out_and_all_are_named(shell: Shell, tenant: str, tmp_path: Path) -> None:
    file = file_with(tmp_path, BAD)
    result = shell.run("invoice", "import", "--tenant", tenant, file)
    assert result.exit_code == 1
    assert result.stdout == ""
    said = result.stderr
    for row, field in ((3, "date"), (4, "number"), (5, "unit_price"), (5, "taxable"), (6, "date")):
        assert f"{file}:{row}: {field}: " in said
    assert f"{file}:2:" not in said
    assert "nothing was imported: 5 faults" in said.splitlines()[-1]
    assert numbers(shell, tenant) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The file is empty"),
        ("number,dte\nA,2026-11-01\n", "There is no column 'dte'"),
        ("date,customer_name\n2026-11-01,Oak\n", "The column 'number' is missing"),
        ("number,number\nA,B\n", "is there twice"),
        ('number,date\n"A,2026-11-01\n', "is not CSV"),
        ("number,date\nA,01/02/2026\n", "day and month could be mistaken"),
        (b"PK\x03\x04 and more", "This is an Excel workbook"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    small_shell: Shell, tmp_path: Path, text: str | bytes, said: str
) -> None:
    small_shell.json("tenant", "create", "Paperworks")
    assert said in small_shell.refused("invoice", "import", "--tenant", "paperworks", file_with(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(small_shell: Shell, tmp_path: Path) -> None:
    small_shell.json("tenant", "create", "Paperworks")
    said = small_shell.refused("invoice", "import", "--tenant", "paperworks", str(tmp_path / "none.csv"))
    assert "cannot be read" in said
    assert "no tenant" in small_shell.refused("invoice", "import", "--tenant", "nobody", file_with(tmp_path, GOOD))


def test_excels_mark_in_front_is_no_part_of_the_first_column(shell: Shell, tenant: str, tmp_path: Path) -> None:
    shell.json("invoice", "import", "--tenant", tenant, file_with(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()))
    assert numbers(shell, tenant) == ["A-1", "A-2"]


def test_json_is_what_the_api_takes(shell: Shell, tenant: str, tmp_path: Path) -> None:
    one = {
        "number": "J-1",
        "date": "2026-11-01",
        "customer": {"name": "Oak"},
        "lines": [{"item": "x", "amount": 12.50}],
    }
    facts = shell.json("invoice", "import", "--tenant", tenant, file_with(tmp_path, json.dumps([one]), "a.json"))
    assert facts["created"] == 1
    bad = {"invoices": [{**one, "number": "J-2"}, {**one, "number": "J-3", "colour": "red"}, "nonsense"]}
    result = shell.run("invoice", "import", "--tenant", tenant, file_with(tmp_path, json.dumps(bad), "b.json"))
    assert result.exit_code == 1
    assert "b.json:2: colour: " in result.stderr
    assert "b.json:3: " in result.stderr
    assert numbers(shell, tenant) == ["J-1"]


@pytest.mark.parametrize("text", ["{", '{"no": "list"}', '[{"a": 1, "a": 2}]', "[NaN]"])
def test_json_that_is_none_is_refused(small_shell: Shell, tmp_path: Path, text: str) -> None:
    small_shell.json("tenant", "create", "Paperworks")
    said = small_shell.refused("invoice", "import", "--tenant", "paperworks", file_with(tmp_path, text, "a.json"))
    assert "a.json" in said
    assert numbers(small_shell, "paperworks") == []


def test_a_row_with_a_cell_too_many_is_named(shell: Shell, tenant: str, tmp_path: Path) -> None:
    result = shell.run(
        "invoice", "import", "--tenant", tenant, file_with(tmp_path, "number,date\nA,2026-11-01,extra\n")
    )
    assert "invoices.csv:2: This row has more cells" in result.stderr
    assert "nothing was imported: 1 fault in" in result.stderr.splitlines()[-1]


def test_text_of_windows_and_headings_of_other_programs_are_understood(
    shell: Shell, tenant: str, tmp_path: Path
) -> None:
    text = b"Invoice No.,Invoice Date,Customer,Item,Amount\nW-1,11/24/2026,Caf\xe9 Oak,20 yd,10.00\n"
    assert shell.json("invoice", "import", "--tenant", tenant, file_with(tmp_path, text))["created"] == 1
    assert shell.json("invoice", "show", "--tenant", tenant, "W-1")["customer"]["name"] == "Café Oak"


def test_an_invoice_that_was_sent_is_not_changed_by_a_file(shell: Shell, tenant: str, tmp_path: Path) -> None:
    shell.json("invoice", "import", "--tenant", tenant, file_with(tmp_path, GOOD))
    shell.json("connection", "create", "--tenant", tenant, "--connector", "qbd", "--name", "Main")
    shell.json("invoice", "send", "--tenant", tenant, "A-1")
    changed = GOOD.replace("425.00", "465.00").replace("A-2", "A-3")
    result = shell.run("invoice", "import", "--tenant", tenant, file_with(tmp_path, changed))
    assert result.exit_code == 1
    assert ":2: number: " in result.stderr
    assert numbers(shell, tenant) == ["A-1", "A-2"]
    assert shell.json("invoice", "show", "--tenant", tenant, "A-1")["total"] == "510.63"


def test_customers_are_imported_and_updated_by_their_external_id(shell: Shell, tenant: str, tmp_path: Path) -> None:
    text = "external_id,name,email,bill_line1\n7,Oak,a@oak.example,1 Oak St\n8,Elm,,\n"
    file = file_with(tmp_path, text, "customers.csv")
    assert shell.json("customer", "import", "--tenant", tenant, file) == {"created": 2, "updated": 0, "same": 0}
    assert shell.json("customer", "import", "--tenant", tenant, file) == {"created": 0, "updated": 0, "same": 2}
    moved = file_with(tmp_path, text.replace("1 Oak St", "2 Oak St"), "moved.csv")
    assert shell.json("customer", "import", "--tenant", tenant, moved) == {"created": 0, "updated": 1, "same": 1}
    bad = file_with(tmp_path, text + "9,,a@b.example,\n" + "10," + "x" * 300 + ",,\n", "bad.csv")
    result = shell.run("customer", "import", "--tenant", tenant, bad)
    assert result.exit_code == 1
    assert "bad.csv:4: name: " in result.stderr
    assert "bad.csv:5: name: " in result.stderr
