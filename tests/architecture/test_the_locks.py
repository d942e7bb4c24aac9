"""What is installed is what was locked: every requirement by version and hash, and the lock covers pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ground.tree import ROOT

LOCKS = [ROOT / "ops" / "requirements.txt", ROOT / "ops" / "requirements-dev.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_of_a_lock_has_a_version_and_hashes(lock: Path) -> None:
    entries = _entries(lock)
    assert len(entries) > 50
    assert [
        entry
        for entry in entries
        if not re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+", entry) or "--hash=sha256:" not in entry
    ] == []


def test_the_developers_lock_holds_the_same_versions_as_the_operators() -> None:
    operators, developers = (_versions(lock) for lock in LOCKS)
    assert {name: version for name, version in operators.items() if developers.get(name) != version} == {}


def test_the_locks_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    development = [line for group in groups.values() for line in group if isinstance(line, str)]
    for lock, lines in ((LOCKS[0], project["project"]["dependencies"]), (LOCKS[1], development)):
        versions = _versions(lock)
        for requirement in map(Requirement, lines):
            locked = versions.get(canonicalize_name(requirement.name), set())
            assert locked, f"{lock.name} lacks {requirement.name}: run make lock"
            assert all(requirement.specifier.contains(version) for version in locked), (
                f"{lock.name} has {requirement.name} {locked}, pyproject.toml asks for {requirement.specifier}"
            )


def _entries(lock: Path) -> list[str]:
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def _versions(lock: Path) -> dict[str, set[str]]:
    """Versions by name; several where they differ from one Python or system to another."""
    versions: dict[str, set[str]] = {}
    for entry in _entries(lock):
        name, _, rest = entry.partition("==")
        versions.setdefault(canonicalize_name(name.partition("[")[0]), set()).add(re.split(r"[ ;]", rest)[0])
    return versions
