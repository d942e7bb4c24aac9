"""A connector that `dray connector new` wrote: built, installed beside Dray's wheel, checked, and at work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ground.clean_environment import CleanEnvironment, wheel_of
from tests.journeys.authors import AtWork, environment_with_dray, once, types_are_strict


@pytest.fixture(scope="session")
def written(shared: Path) -> tuple[CleanEnvironment, Path]:
    """The environment with Dray in it, and the folder that the command wrote there; installed too."""

    def write(home: Path) -> None:
        environment = environment_with_dray(home, shared)
        result = environment.run("-m", "dray", "connector", "new", "cedarbooks", "--title", "Cedar Books", cwd=home)
        assert result.returncode == 0, result.stderr
        environment.install(wheel_of(home / "dray-cedarbooks", home / "theirs"))

    home = once(shared, "author", write)
    return CleanEnvironment(home / "env"), home / "dray-cedarbooks"


def test_its_own_tests_pass(written: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = written
    result = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " failed" not in result.stdout
    assert "36 passed" in result.stdout


def test_its_types_are_strict(written: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = written
    types_are_strict(environment, folder, "cedarbooks")


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
    there = AtWork(environment, tmp_path, f"http://localhost:{free_port}", "cedarbooks")
    file = tmp_path / "cedarbooks.json"
    password = there.send_two(file)
    with environment.served(there.settings, there.address, tmp_path):
        arguments = ("--invitation", str(file), "--password-stdin", "--once")
        said = there.dray("simulate", "cedarbooks", *arguments, stdin=f"{password}\n")
    assert "The books hold 2 invoices." in said
    assert there.states() == {"1001": "synced", "1002": "synced"}
