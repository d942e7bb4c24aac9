"""The shape of the house: its folders, the sizes of its files, the names it does not use."""

import ast
import re
from pathlib import Path

from tests.ground.tree import ROOT, SOURCE_ROOTS, files, here, sources, syntax

FOLDERS = {".ci", "connectors", "docs", "ops", "platform", "tenants", "tests"}
FILES = {".gitignore", "LICENSE", "Makefile", "README.md", "pyproject.toml"}

LINES_OF_A_FILE = 600
LINES_OF_A_FUNCTION = 80
MEASURED = {".py", ".js", ".html", ".j2", ".sh"}

# They say that something exists and not what it is for.
EMPTY_WORDS = {
    "base", "common", "handler", "handlers", "helper", "helpers", "impl", "manager", "managers", "misc",
    "processor", "processors", "service", "util", "utils",
}  # fmt: skip


def test_the_root_holds_what_it_should_and_nothing_else() -> None:
    folders = {path.parts[0] for path in files() if len(path.parts) > 1}
    loose = {path.name for path in files() if len(path.parts) == 1}
    assert folders - FOLDERS == set()
    assert loose - FILES == set()


def test_the_platform_folder_is_no_package() -> None:
    """It would shadow the standard library's `platform` for whatever is started in the root."""
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_no_package_lives_under_tests() -> None:
    assert [here(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_connectors_are_named_by_their_folder() -> None:
    inside = {path.parts[:3] for path in files() if path.parts[0] == "connectors" and len(path.parts) > 2}
    assert inside <= {("connectors", name, f"dray_{name}") for name in ("sdk", "qbd", "qbo")}


def test_no_file_grew_past_reading() -> None:
    assert [
        f"{path}: {lines} lines"
        for path in files()
        if path.suffix in MEASURED
        and (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > LINES_OF_A_FILE
    ] == []


def test_no_function_grew_past_reading() -> None:
    assert [
        f"{here(path)}:{node.lineno} {node.name}: {lines} lines"
        for package in SOURCE_ROOTS
        for path in sources(package)
        if "migrations" not in path.parts
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LINES_OF_A_FUNCTION
    ] == []


def test_no_module_or_class_hides_behind_an_empty_word() -> None:
    assert [
        f"{path}: {name}"
        for path in files()
        if path.suffix == ".py"
        for name in _names(path)
        if {_words(name)[0], _words(name)[-1]} & EMPTY_WORDS
    ] == []


def test_every_package_says_that_it_is_typed() -> None:
    assert [name for name, path in SOURCE_ROOTS.items() if path.is_dir() and not (path / "py.typed").exists()] == []


def _names(path: Path) -> list[str]:
    """The module and its classes; SQLAlchemy's own word for the root of all models is `Base`."""
    classes = [node.name for node in ast.walk(syntax(ROOT / path)) if isinstance(node, ast.ClassDef)]
    return [path.stem, *(name for name in classes if name != "Base")]


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)] or [name]
