"""Importing warns of nothing, works module by module, and gives a web worker nothing that it must not carry."""

import subprocess
import sys

import pytest

from tests.ground.tree import SOURCE_ROOTS, packages, sources

EVERY_MODULE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
"""

TOO_HEAVY_FOR_A_WEB_WORKER = ("alembic", "apprise", "zeep", "hypothesis", "pytest")


@pytest.mark.parametrize("package", sorted(packages()))
def test_importing_every_module_of_a_package_warns_of_nothing(package: str) -> None:
    home = SOURCE_ROOTS[package].parent
    modules = [
        ".".join(path.relative_to(home).with_suffix("").parts).removesuffix(".__init__")
        for path in sources(package)
        # Alembic loads its own scripts; `python -m` is for running.
        if "migrations" not in path.parts and path.stem != "__main__"
    ]
    assert _said(EVERY_MODULE, *modules) == ""


def test_a_web_worker_does_not_carry_what_only_commands_need() -> None:
    code = f"import sys, dray.app; print(*sorted(set({TOO_HEAVY_FOR_A_WEB_WORKER!r}) & set(sys.modules)))"
    assert _said(code) == ""


def _said(code: str, *arguments: str) -> str:
    """What the code prints. Fails where it warns or ends badly."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 or result.stderr:
        pytest.fail(result.stderr or f"ended with {result.returncode}", pytrace=False)
    return result.stdout.strip()
