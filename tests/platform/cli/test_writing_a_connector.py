"""`dray connector new`, `check` and `show`: what whoever writes a connector types."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from dray_sdk import DialsIn, IsCalled
from dray_sdk.template import render, rendered
from dray_sdk.testing import RULES, Verdict, examine
from tests.platform.cli.shell import Shell


def test_a_new_connector_is_a_whole_package(small_shell: Shell, tmp_path: Path) -> None:
    facts = small_shell.json("connector", "new", "cedarbooks", "--into", str(tmp_path / "made"))
    files = {str(path.relative_to(tmp_path / "made")) for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert {"pyproject.toml", "README.md", "cedarbooks/connector.py", "tests/test_conformance.py"} <= files
    assert len(facts["files"]) == len(files)
    for path in (tmp_path / "made").rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
    everything = "".join(rendered("cedarbooks", "Cedar Books").values())
    assert "@name@" not in everything and "ledgerbook" not in everything.lower()
    assert "Cedar Books" in everything


@pytest.mark.parametrize("called", [False, True])
def test_both_kinds_of_a_new_connector_keep_every_rule(
    tmp_path: Path, called: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "cedarcalled" if called else "cedarcalling"
    render(name, tmp_path / "made", called=called)
    monkeypatch.syspath_prepend(str(tmp_path / "made"))
    connector: Any = importlib.import_module(name).connector
    assert isinstance(connector, IsCalled) == called
    assert isinstance(connector, DialsIn) != called
    findings = examine(connector)
    assert [(one.rule, one.said) for one in findings if one.verdict is Verdict.BROKEN] == []
    assert sum(one.verdict is Verdict.KEPT for one in findings) >= 30
    readme = (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    assert "#@" not in readme
    assert ("dray simulate" in readme) != called
    assert (tmp_path / "made" / name / "agent.py").exists() != called


def test_nothing_is_written_over(small_shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "README.md").write_text("mine", encoding="utf-8")
    assert "is there already" in small_shell.refused("connector", "new", "cedarbooks", "--into", str(tmp_path / "made"))
    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "made").iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["api", "json", "class", "dray_x", "Cedar", "c", "../up", "x" * 31, "drayx"])
def test_a_name_that_means_something_already_is_refused(small_shell: Shell, tmp_path: Path, name: str) -> None:
    small_shell.refused("connector", "new", name, "--into", str(tmp_path / "made"))
    assert not (tmp_path / "made").exists()


def test_a_title_cannot_break_out_of_the_files(small_shell: Shell, tmp_path: Path) -> None:
    for title in ('a"; import os', "a\nb", "a\\", "{x}"):
        assert "cannot be a title" in small_shell.refused(
            "connector", "new", "cedarbooks", "--title", title, "--into", str(tmp_path / "made")
        )


def test_a_connector_is_checked_and_every_rule_reported(small_shell: Shell) -> None:
    facts = small_shell.json("connector", "check", "qbd")
    assert [one["rule"] for one in facts["rules"]] == [one.__name__ for one in RULES]
    assert facts["broken"] == 0
    assert all(one["said"] for one in facts["rules"] if one["verdict"] == "not_shown")
    assert "there is no connector 'abacus' installed" in small_shell.refused("connector", "check", "abacus")


def test_a_connector_is_shown_whole_whether_enabled_or_not(small_shell: Shell) -> None:
    for settings in ({}, {"DRAY_CONNECTORS": ","}):
        said = small_shell.run("connector", "show", "qbd", settings=settings).output
        assert "/qbwc/…" in said
        assert "Invoice number" in said and "100 together" in said
        assert ("installed, not enabled" in said) == bool(settings)
    shown = small_shell.json("connector", "show", "qbo")
    assert shown["capabilities"]["voids"] == ["invoice"]
    assert {"field": "number", "label": "Invoice number", "maximum": 21, "holds": None} in shown["limits"]
    assert "DRAY_QBO_CLIENT_SECRET" in {one["name"] for one in shown["settings"]}
