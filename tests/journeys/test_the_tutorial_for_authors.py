"""Whoever follows the tutorial to the letter ends with a connector that is installed, typed and keeps every rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.clean_environment import CleanEnvironment, wheel_of
from tests.ground.tree import ROOT
from tests.journeys.authors import environment_with_dray, once, types_are_strict

PAGE = (ROOT / "docs" / "connectors" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MOST_LINES = 200


def blocks() -> Iterator[tuple[str, str]]:
    """Every code block in order: what its first line names it, or "sh", and what it holds."""
    for language, code in BLOCK.findall(PAGE):
        if language == "sh":
            yield "sh", code
            continue
        named = re.match(r"# (\S+)\n", code)
        assert named is not None, f"a block that names no file: {code[:60]}"
        yield named[1], code


FILES = {name: code for name, code in blocks() if name != "sh"}
COMMANDS = [line for name, code in blocks() if name == "sh" for line in code.splitlines()]


@pytest.fixture(scope="session")
def followed(shared: Path) -> tuple[CleanEnvironment, Path]:
    """The folder that the reader has in the end, and the environment in which it is installed beside Dray's wheel."""

    def follow(home: Path) -> None:
        for name, code in FILES.items():
            place = home / "tallybook" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(code, encoding="utf-8")
        environment_with_dray(home, shared).install(wheel_of(home / "tallybook", home / "theirs"))

    home = once(shared, "reader", follow)
    return CleanEnvironment(home / "env"), home / "tallybook"


def test_the_connector_is_short() -> None:
    connector = [code for name, code in FILES.items() if name.startswith("tallybook/") and "pretend" not in name]
    assert sum(len(code.splitlines()) for code in connector) < MOST_LINES


def test_its_commands_do_what_the_page_says(followed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = followed
    settings = {"DRAY_HOME": str(folder.parent / "var"), "DRAY_CONNECTORS": "tallybook"}
    done = []
    for command in COMMANDS:
        program, *arguments = command.split()
        if arguments[1:3] == ["pip", "install"]:
            continue  # the wheel was installed above: there is no pip without a network
        words = arguments if program == "python" else ["-m", program, *arguments]
        result = environment.run(*words, cwd=folder, settings=settings)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        done.append((command, result.stdout))
    said = dict(done)
    assert re.search(r"\b\d{2} passed", said["python -m pytest"])
    assert "tallybook  Tallybook" in said["dray connector list"]
    assert "Invoice number" in said["dray connector show tallybook"]
    assert re.search(r"Tallybook 0.1.0: \d{2} rules kept, 0 broken", said["dray connector check tallybook"])


def test_what_the_page_proposes_to_break_is_caught(followed: tuple[CleanEnvironment, Path], tmp_path: Path) -> None:
    environment, _folder = followed
    for name, code in FILES.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code.replace("return InDoubt(text=str(answer))", 'return Refused("?", str(answer))'), "utf-8")
    result = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert result.returncode == 1, result.stdout
    assert "it proves nothing, so it is InDoubt" in result.stdout


def test_its_types_are_strict(followed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = followed
    types_are_strict(environment, folder, "tallybook")


def test_it_is_found_as_its_own_distribution(followed: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = followed
    settings = {"DRAY_HOME": str(folder.parent / "var")}
    result = environment.run("-m", "dray", "connector", "list", "--json", cwd=folder, settings=settings)
    (listed,) = (one for one in json.loads(result.stdout)["connectors"] if one["name"] == "tallybook")
    assert (listed["distribution"], listed["enabled"]) == ("dray-tallybook", False)
