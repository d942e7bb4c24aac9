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
    _must_be_quiet(EVERY_MODULE, *modules)


@pytest.mark.skipif(not (SOURCE_ROOTS["dray"] / "app.py").exists(), reason="there is no application yet")
def test_a_web_worker_does_not_carry_what_only_commands_need() -> None:
    code = f"import sys, dray.app; sys.exit(' '.join(sorted(set({TOO_HEAVY_FOR_A_WEB_WORKER!r}) & set(sys.modules))))"
    _must_be_quiet(code)


def _must_be_quiet(code: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 or result.stderr:
        pytest.fail(result.stderr or f"ended with {result.returncode}", pytrace=False)
