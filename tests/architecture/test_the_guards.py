"""A guard that is documented is there, and so is the test that fails without it."""

import re

from tests.ground.tree import ROOT

PAGE = (ROOT / "docs" / "guards.md").read_text(encoding="utf-8")


def test_every_test_that_a_guard_names_exists() -> None:
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^\s*def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named
    assert sorted(named - written) == []


def test_every_file_of_a_guard_exists() -> None:
    places = re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", PAGE)
    assert places
    assert [place for place in places if not (ROOT / "platform" / "dray" / place).exists()] == []
