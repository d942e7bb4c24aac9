"""The example of a connector that was made with the public kit alone: installed from its folder, checked, and at work.

The other side is a person with a browser; the pretend bookkeeper of the example visits a running Dray over HTTP.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ground.clean_environment import CleanEnvironment, clean_environment, wheel_of
from tests.ground.tree import ROOT

PASSWORD = "harbour-lantern-42"
VISIT = """
import sys, urllib.request, urllib.error
from pathlib import Path
from dray_sdk import Call, InvitationFile, Reply
from journalfile.pretend import PretendBookkeeper

def door(call):
    request = urllib.request.Request(call.url, call.body or None, dict(call.headers), method=call.method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return Reply(answer.status, answer.read(), answer.headers.get_content_type(), dict(answer.headers))

bookkeeper = PretendBookkeeper()
bookkeeper.call(door, InvitationFile("", "", Path(sys.argv[1]).read_bytes()), sys.stdin.readline().strip())
for invoice in bookkeeper.invoices():
    print(invoice.number, invoice.customer.name, invoice.total)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[CleanEnvironment, Path]:
    home = tmp_path_factory.mktemp("bookkeeper")
    folder = home / "journalfile"
    shutil.copytree(ROOT / "docs" / "examples" / "journalfile", folder)
    environment = clean_environment(home / "env")
    environment.install(wheel_of(ROOT, home / "ours"))
    environment.install(wheel_of(folder, home / "theirs"))
    return environment, folder


def test_its_own_tests_pass(installed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = installed
    result = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "71 passed" in result.stdout


def test_its_types_are_strict(installed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = installed
    arguments = ["--python-executable", str(environment.python), "--cache-dir", str(folder.parent / "types")]
    command = [sys.executable, "-m", "mypy", *arguments, "-p", "journalfile"]
    kept = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    result = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_bookkeeper_imports_what_is_waiting(
    installed: tuple[CleanEnvironment, Path], tmp_path: Path, free_port: int
) -> None:
    environment, _folder = installed
    address = f"http://localhost:{free_port}"
    settings = {"DRAY_HOME": str(tmp_path / "var"), "DRAY_PUBLIC_URL": address, "DRAY_CONNECTORS": "journalfile"}

    def dray(*arguments: str, stdin: str = "") -> Any:
        result = environment.run("-m", "dray", *arguments, cwd=tmp_path, settings=settings, stdin=stdin)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    of_acme = ("--tenant", "acme")
    dray("migrate")
    dray("tenant", "create", "Acme", "--admin", "ann@acme.example", "--password-stdin", stdin=f"{PASSWORD}\n")
    connection = dray("connection", "create", *of_acme, "--connector", "journalfile", "--name", "Files", "--json")["id"]
    file = tmp_path / "journal-files.txt"
    password = dray("connection", "invite", connection, "--out", str(file), "--json")["password"]
    (tmp_path / "invoices.csv").write_text(
        "number,date,customer_name,kind,item,description,quantity,unit_price,amount\n"
        "1001,2026-03-02,Acme Gardens,charge,Hours,Hedge trimming,2,12.50,25.00\n"
        "1002,2026-03-02,Birch & Sons,charge,Hours,Mulch,1,7.25,7.25\n",
        encoding="utf-8",
    )
    dray("invoice", "import", *of_acme, str(tmp_path / "invoices.csv"))
    ids = [one["id"] for one in dray("invoice", "list", *of_acme, "--json")["invoices"]]
    dray("invoice", "send", *of_acme, *ids)
    with environment.served(settings, address, tmp_path):
        visits = [
            environment.run("-c", VISIT, str(file), cwd=tmp_path, stdin=f"{password}\n", settings=settings)
            for _ in range(2)
        ]
    assert [visit.stderr for visit in visits] == ["", ""]
    assert sorted(visits[0].stdout.splitlines()) == ["1001 Acme Gardens 25.00", "1002 Birch & Sons 7.25"]
    assert visits[1].stdout == "", "nothing is handed out twice"
    states = {one["number"]: one["state"] for one in dray("invoice", "list", *of_acme, "--json")["invoices"]}
    assert states == {"1001": "synced", "1002": "synced"}
