"""A package imports only what is on a floor below it, and never by accident.

2   dray
1   dray_qbd   dray_qbo   third-party connectors        dray_tenants
0   dray_sdk
"""

import ast
from pathlib import Path

import pytest

from tests.ground.tree import SOURCE_ROOTS, here, imports, packages, sources, syntax

MAY_IMPORT: dict[str, set[str]] = {
    "dray_sdk": set(),
    "dray_qbd": {"dray_sdk"},
    "dray_qbo": {"dray_sdk"},
    "dray_tenants": set(),
    "dray": {"dray_sdk", "dray_tenants"},
}

DUTIES = {"billing", "sync", "connections", "onboarding", "people", "mail", "twin", "cadence"}
AUDIENCES = {"api", "web", "connect", "console", "inbound", "cli"}

CONNECTOR_NAMES = {"qbd", "qbo"}
CONNECTOR_PACKAGES = ("dray_qbd", "dray_qbo")

# Rooms of a connector that turn text into values and back, and know nothing of the world.
WIRE = {"qbxml", "soap", "qwc", "entities", "faults", "batches", "cdc", "webhooks", "oauth2"}
WORLD = {
    "socket", "ssl", "http.client", "http.server", "urllib.request", "requests", "asyncio", "select",
    "random", "secrets", "time", "threading", "subprocess", "sqlite3", "sqlalchemy", "psycopg", "os", "pathlib",
}  # fmt: skip
CLOCKS_AND_DICE = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom"}


@pytest.mark.parametrize("package", SOURCE_ROOTS)
def test_a_package_imports_only_what_is_below_it(package: str) -> None:
    forbidden = set(SOURCE_ROOTS) - MAY_IMPORT[package] - {package}
    assert [
        f"{here(path)} imports {name}"
        for path in sources(package)
        for name in sorted(imports(path))
        if name.partition(".")[0] in forbidden
    ] == []


def test_the_platform_names_no_connector() -> None:
    """Connectors are found by entry point, first-party ones too: so a third party's can do all that ours can."""
    assert [said for path in sources("dray") for said in _connectors_named(path)] == []


def test_rooms_for_a_duty_never_use_rooms_for_an_audience() -> None:
    above = {f"dray.{room}" for room in AUDIENCES} | {"dray.app"}
    assert [
        f"{here(path)} imports {name}"
        for path in sources("dray")
        if _room(path) in DUTIES
        for name in sorted(imports(path))
        if ".".join(name.split(".")[:2]) in above
    ] == []


@pytest.mark.parametrize("package", CONNECTOR_PACKAGES)
def test_wire_code_is_pure(package: str) -> None:
    assert [
        f"{here(path)}: {touched}"
        for path in sources(package)
        if WIRE & set(path.relative_to(SOURCE_ROOTS[package]).with_suffix("").parts)
        for touched in _world_touched(path)
    ] == []


def test_every_package_is_on_a_floor() -> None:
    assert set(packages()) <= set(MAY_IMPORT)
    assert set(packages()) >= {"dray", "dray_sdk", "dray_tenants"}


def _room(path: Path) -> str:
    return path.relative_to(SOURCE_ROOTS["dray"]).with_suffix("").parts[0]


def _connectors_named(path: Path) -> list[str]:
    said = []
    for node in ast.walk(syntax(path)):
        match node:
            case ast.Constant(value=str(text)) if text in CONNECTOR_NAMES or text.startswith(CONNECTOR_PACKAGES):
                said.append(f"{here(path)}:{node.lineno} says {text!r}")
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in CONNECTOR_NAMES:
                said.append(f"{here(path)}:{node.lineno} names {name}")
            case _:
                pass
    return said


def _world_touched(path: Path) -> list[str]:
    touched = [
        f"imports {name}"
        for name in sorted(imports(path))
        if any(name == module or name.startswith(f"{module}.") for module in WORLD)
    ]
    touched += [
        f"line {node.lineno} calls {node.func.attr}()"
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS_AND_DICE
    ]
    return touched
