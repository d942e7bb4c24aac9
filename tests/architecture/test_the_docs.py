"""The documents do not lie: links lead somewhere, settings are documented, code blocks are code."""

import ast
import re
from pathlib import Path

import pytest

from ops.drawn_docs import DRAWINGS, places, redrawn
from tests.ground.tree import ROOT, SOURCE_ROOTS, files, here, sources, syntax

DOCUMENTS = [path for path in files() if path.suffix == ".md" and path.parts[0] in {"README.md", "docs"}]
SETTINGS_PAGE = ROOT / "docs" / "operators" / "settings.md"
SETTING = re.compile(r"DRAY_[A-Z0-9]+(?:_[A-Z0-9]+)*")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = FENCE.sub("", (ROOT / document).read_text(encoding="utf-8"))
    targets = [first or second for first, second in LINK.findall(text)]
    broken = [target for target in targets if not _leads_somewhere(document, target)]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_python_in_a_document_is_python(document: Path) -> None:
    for language, code in FENCE.findall((ROOT / document).read_text(encoding="utf-8")):
        if language == "python":
            compile(code, str(document), "exec")


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"^\| `(DRAY_\w+)`", SETTINGS_PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    read = {name for package in SOURCE_ROOTS for path in sources(package) for name in _settings_named(path)}
    assert sorted(read - documented) == [], "only what settings.py or a connector declares is drawn in the document"
    assert sorted(documented - read) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_what_is_drawn_from_the_code_is_what_the_code_says_now(document: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert redrawn(text) == text, f"{document} is behind the code: run make docs"


def test_everything_that_can_be_drawn_is_in_a_document() -> None:
    drawn = [what for path in DOCUMENTS for what in places((ROOT / path).read_text(encoding="utf-8"))]
    assert sorted(drawn) == sorted(DRAWINGS)


def test_a_decision_has_a_date_and_its_three_parts() -> None:
    pages = [path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md"]
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.match(r"\d{4}-\d{2}-\d{2}-", page.name), f"{here(page)}: its name begins with its date"
        for part in ("## Context", "## Decision", "## Rejected"):
            assert part in text, f"{here(page)} lacks {part}"
        assert f"({page.name})" in index, f"docs/decisions/README.md does not list {page.name}"


def _leads_somewhere(document: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    file, _, anchor = target.partition("#")
    if file.startswith("/"):
        return True  # an address in the running product
    path = (ROOT / document).parent / file if file else ROOT / document
    if not path.exists():
        return False
    return not anchor or anchor in _anchors(path)


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+?)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _settings_named(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SETTING.fullmatch(node.value)
    }
