"""The project's own files, for the tests that keep the house's rules true."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOURCE_ROOTS = {
    "dray": ROOT / "platform" / "dray",
    "dray_sdk": ROOT / "connectors" / "sdk" / "dray_sdk",
    "dray_qbd": ROOT / "connectors" / "qbd" / "dray_qbd",
    "dray_qbo": ROOT / "connectors" / "qbo" / "dray_qbo",
    "dray_tenants": ROOT / "tenants" / "dray_tenants",
}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is committed here or would be, relative to the root."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted({Path(name) for name in listing.stdout.split("\0") if name})
    return tuple(name for name in names if (ROOT / name).is_file())


def packages() -> dict[str, Path]:
    """The packages of the distribution that exist, each with its directory."""
    return {name: directory for name, directory in SOURCE_ROOTS.items() if directory.is_dir()}


def sources(package: str) -> list[Path]:
    """The Python files of a package; none where the package does not exist."""
    return sorted(SOURCE_ROOTS[package].rglob("*.py"))


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file, as dotted names.

    `from a import b` counts as `a.b`: it may be a module, and what is forbidden is forbidden by prefix. An import
    with dots in front counts as what it means there.
    """
    names: set[str] = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(path, node)
            names.update(f"{origin}.{alias.name}" for alias in node.names)
    return names


def _origin(path: Path, node: ast.ImportFrom) -> str:
    """Return the absolute name of the module that `from … import` reads."""
    if node.level == 0:
        return node.module or ""
    (home,) = (directory.parent for directory in SOURCE_ROOTS.values() if path.is_relative_to(directory))
    above = path.relative_to(home).parts[: -node.level]
    return ".".join([*above, *([node.module] if node.module else [])])


def here(path: Path) -> str:
    """The path as a person in the root writes it."""
    return path.relative_to(ROOT).as_posix() if path.is_absolute() else path.as_posix()
