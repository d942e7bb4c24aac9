"""The example of a connector that was made with the public kit alone: installed from its folder, checked, and at work.

The other side is a person with a browser; the pretend bookkeeper of the example visits a running Dray over HTTP.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.ground.clean_environment import CleanEnvironment, wheel_of
from tests.ground.tree import ROOT
from tests.journeys.authors import AtWork, environment_with_dray, once, types_are_strict

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


@pytest.fixture(scope="session")
def installed(shared: Path) -> tuple[CleanEnvironment, Path]:
    """The environment in which the example is installed beside Dray, and its folder."""

    def install(home: Path) -> None:
        shutil.copytree(ROOT / "docs" / "examples" / "journalfile", home / "journalfile")
        environment_with_dray(home, shared).install(wheel_of(home / "journalfile", home / "theirs"))

    home = once(shared, "bookkeeper", install)
    return CleanEnvironment(home / "env"), home / "journalfile"


def test_its_own_tests_pass(installed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = installed
    result = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "71 passed" in result.stdout


def test_its_types_are_strict(installed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = installed
    types_are_strict(environment, folder, "journalfile")


def test_a_bookkeeper_imports_what_is_waiting(
    installed: tuple[CleanEnvironment, Path], tmp_path: Path, free_port: int
) -> None:
    environment, _folder = installed
    there = AtWork(environment, tmp_path, f"http://localhost:{free_port}", "journalfile")
    file = tmp_path / "journal-files.txt"
    password = there.send_two(file)
    with environment.served(there.settings, there.address, tmp_path):
        visits = [
            environment.run("-c", VISIT, str(file), cwd=tmp_path, stdin=f"{password}\n", settings=there.settings)
            for _ in range(2)
        ]
    assert [visit.stderr for visit in visits] == ["", ""]
    assert sorted(visits[0].stdout.splitlines()) == ["1001 Acme Gardens 25.00", "1002 Birch & Sons 7.25"]
    assert visits[1].stdout == "", "nothing is handed out twice"
    assert there.states() == {"1001": "synced", "1002": "synced"}
