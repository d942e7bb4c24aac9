"""A connector that `dray connector new` wrote: built, installed beside Dray's wheel, checked, and at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ground.clean_environment import CleanEnvironment, clean_environment, wheel_of
from tests.ground.tree import ROOT

PASSWORD = "harbour-lantern-42"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[CleanEnvironment, Path]:
    """The environment with Dray in it, and the folder that the command wrote there; installed too."""
    home = tmp_path_factory.mktemp("author")
    environment = clean_environment(home / "env")
    environment.install(wheel_of(ROOT, home / "ours"))
    result = environment.run("-m", "dray", "connector", "new", "cedarbooks", "--title", "Cedar Books", cwd=home)
    assert result.returncode == 0, result.stderr
    environment.install(wheel_of(home / "dray-cedarbooks", home / "theirs"))
    return environment, home / "dray-cedarbooks"


def test_its_own_tests_pass(written: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = written
    result = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " failed" not in result.stdout
    assert "36 passed" in result.stdout


def test_its_types_are_strict(written: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = written
    arguments = ["--python-executable", str(environment.python), "--cache-dir", str(folder.parent / "types")]
    command = [sys.executable, "-m", "mypy", *arguments, "-p", "cedarbooks"]
    kept = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    result = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_it_is_installed_and_not_enabled_until_somebody_says_so(written: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = written
    home = {"DRAY_HOME": str(folder.parent / "var")}
    for chosen, enabled in (({}, False), ({"DRAY_CONNECTORS": "cedarbooks"}, True)):
        result = environment.run("-m", "dray", "connector", "list", "--json", cwd=folder, settings=home | chosen)
        listed = {one["name"]: one for one in json.loads(result.stdout)["connectors"]}
        assert listed["cedarbooks"]["enabled"] is enabled
        assert listed["cedarbooks"]["distribution"] == "dray-cedarbooks"
        assert listed["qbd"]["enabled"] is not enabled
    checked = environment.run("-m", "dray", "connector", "check", "cedarbooks", cwd=folder, settings=home)
    assert checked.returncode == 0, checked.stdout
    assert "Cedar Books 0.1.0: 36 rules kept, 0 broken" in checked.stdout


def test_it_takes_invoices_into_its_books(
    written: tuple[CleanEnvironment, Path], tmp_path: Path, free_port: int
) -> None:
    environment, _folder = written
    address = f"http://localhost:{free_port}"
    settings = {"DRAY_HOME": str(tmp_path / "var"), "DRAY_PUBLIC_URL": address, "DRAY_CONNECTORS": "cedarbooks"}

    def dray(*arguments: str, stdin: str = "") -> Any:
        result = environment.run("-m", "dray", *arguments, cwd=tmp_path, settings=settings, stdin=stdin)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    dray("migrate")
    of_acme = ("--tenant", "acme")
    dray("tenant", "create", "Acme", "--admin", "ann@acme.example", "--password-stdin", stdin=f"{PASSWORD}\n")
    connection = dray("connection", "create", *of_acme, "--connector", "cedarbooks", "--name", "Books", "--json")["id"]
    file = tmp_path / "cedarbooks.json"
    invited = dray("connection", "invite", connection, "--out", str(file), "--json")
    (tmp_path / "invoices.csv").write_text(
        "number,date,customer_name,kind,item,description,quantity,unit_price,amount\n"
        "1001,2026-03-02,Acme Gardens,charge,Hours,Hedge trimming,2,12.50,25.00\n"
        "1002,2026-03-02,Birch & Sons,charge,Hours,Mulch,1,7.25,7.25\n",
        encoding="utf-8",
    )
    dray("invoice", "import", *of_acme, str(tmp_path / "invoices.csv"))
    numbers = [one["id"] for one in dray("invoice", "list", *of_acme, "--json")["invoices"]]
    dray("invoice", "send", *of_acme, *numbers)
    with environment.served(settings, address, tmp_path):
        said = dray(
            *("simulate", "cedarbooks", "--invitation", str(file), "--password-stdin", "--once"),
            stdin=f"{invited['password']}\n",
        )
    assert "The books hold 2 invoices." in said
    states = {one["number"]: one["state"] for one in dray("invoice", "list", *of_acme, "--json")["invoices"]}
    assert states == {"1001": "synced", "1002": "synced"}
