"""What the processes of one test run share: a directory, and a way to do a thing once among them.

pytest-xdist runs several processes. Whatever is dear to make (a database server, a migrated database) is made
by whichever needs it first, inside the run's directory, and taken down by the process that began the run.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

VARIABLE = "DRAY_TEST_RUN"
PREFIX = "dray-tests-"

_endings: list[Callable[[Path], None]] = []


def at_the_end(ending: Callable[[Path], None]) -> None:
    """Have `ending` called with a run's directory before that directory is removed."""
    _endings.append(ending)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    _sweep_after_killed_runs()
    # Not the TMPDIR of some systems: the path of a Unix socket may have 107 characters at most.
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_short_temporary_directory()))
    os.environ[VARIABLE] = str(directory)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if directory := os.environ.pop(VARIABLE, None):
        _remove(Path(directory))


@pytest.fixture(scope="session")
def run_directory() -> Path:
    """The directory that all processes of this run share."""
    return Path(os.environ[VARIABLE])


@contextmanager
def one_at_a_time(directory: Path, name: str) -> Iterator[None]:
    """Hold the run's lock `name`, so that one process makes what the others then find made."""
    with (directory / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _short_temporary_directory() -> str | None:
    return "/tmp" if os.access("/tmp", os.W_OK) else None


def _sweep_after_killed_runs() -> None:
    """Take down what runs left behind whose process was killed before it could."""
    for directory in Path(_short_temporary_directory() or tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = directory.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            _remove(directory)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(directory: Path) -> None:
    for ending in _endings:
        ending(directory)
    shutil.rmtree(directory, ignore_errors=True)
