"""The wheel holds the whole tree and works without it.

Hatchling drops a mistyped package and everything that .gitignore matches without a word.
"""

import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ground.tree import ROOT, SOURCE_ROOTS, files, here, imports, packages, sources

# Flask, Flask-WTF, celery[redis] and pydantic are unthinkable without them.
PARTS_OF_WHAT_IS_ASKED_FOR = ("werkzeug", "jinja2", "markupsafe", "itsdangerous", "wtforms", "redis", "pydantic-core")

EVERY_ENTRY_POINT = """
from importlib.metadata import distribution
for entry_point in distribution("dray").entry_points:
    entry_point.load()
"""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = directory.glob("*.whl")
    return built


def test_the_wheel_equals_the_tree(wheel: Path) -> None:
    homes = [directory.parent.relative_to(ROOT) for directory in packages().values()]
    tree = {
        path.relative_to(home).as_posix()
        for path in files()
        for home in homes
        if path.is_relative_to(home) and path.relative_to(home).parts[0] in SOURCE_ROOTS
    }
    help_of = Path("docs/help")
    tree |= {f"dray/help/articles/{path.name}" for path in files() if path.parent == help_of}
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert sorted(packed ^ tree) == []


def test_the_wheel_works_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """Ours comes from the wheel alone; what we depend on is lent by the environment that runs the tests."""
    venv.create(tmp_path / "clean", with_pip=False)
    python = tmp_path / "clean" / "bin" / "python"
    place = _asked(python, tmp_path, "import sysconfig; print(sysconfig.get_paths()['purelib'])")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    (Path(place) / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    for name in packages():
        found = _asked(python, tmp_path, f"import {name}; print({name}.__file__)")
        assert Path(found).is_relative_to(tmp_path), f"{name} came from {found}"
    _asked(python, tmp_path, EVERY_ENTRY_POINT)


def test_the_package_list_names_the_packages_that_exist() -> None:
    built = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(built) == sorted(here(directory) for directory in packages().values())
    editable = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["dev-mode-dirs"]
    assert sorted(editable) == sorted(here(directory.parent) for directory in packages().values())


def test_every_connector_in_the_tree_is_an_entry_point(wheel: Path) -> None:
    parser = ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        parser.read_string(archive.read(name).decode("utf-8"))
    shipped = {package.removeprefix("dray_") for package in packages()} - {"dray", "sdk", "tenants"}
    assert set(parser["dray.connectors"]) == shipped
    assert parser["console_scripts"]["dray"] == "dray.cli:main"


def test_everything_imported_is_asked_for() -> None:
    """A package that only another package brings along goes away with that one."""
    asked = {canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}
    asked |= {canonicalize_name(name) for name in PARTS_OF_WHAT_IS_ASKED_FOR}
    homes = packages_distributions()
    missing = set()
    for package in SOURCE_ROOTS:
        for path in sources(package):
            for name in {name.partition(".")[0] for name in imports(path)} - sys.stdlib_module_names:
                distributions = {canonicalize_name(found) for found in homes.get(name, [])}
                if name not in SOURCE_ROOTS and not distributions & asked:
                    missing.add(f"{here(path)} imports {name}")
    assert sorted(missing) == []


def _asked(python: Path, where: Path, code: str) -> str:
    result = subprocess.run([python, "-W", "error", "-c", code], cwd=where, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
