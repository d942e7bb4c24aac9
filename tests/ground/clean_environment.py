"""An environment that holds nothing of ours but what is installed into it, for packages built from this tree."""

from __future__ import annotations

import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError


@dataclass(frozen=True, slots=True)
class CleanEnvironment:
    """What we depend on is lent by the environment that runs the tests; ours comes from wheels alone."""

    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    def install(self, wheel: Path) -> None:
        """Unpack a wheel, its entry points included."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self._place())

    def run(
        self, *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """`python …` there, with these settings and nothing of whoever runs the tests."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.home), **(settings or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    @contextmanager
    def served(self, settings: Mapping[str, str], address: str, home: Path) -> Iterator[None]:
        """`dray serve` with one worker, until the end of the block."""
        log = (home / "serve.log").open("wb")
        command = [str(self.python), "-m", "dray", "serve", "--bind", address.removeprefix("http://"), "--workers", "1"]
        process = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", **settings}, stdout=log, stderr=log, cwd=home)
        try:
            deadline = time.monotonic() + 60
            while not _answers(address):
                assert process.poll() is None, (home / "serve.log").read_text(encoding="utf-8")
                assert time.monotonic() < deadline, f"nobody answers at {address}"
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            log.close()

    def _place(self) -> Path:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.home / "lib" / version / "site-packages"

    def lend(self) -> None:
        """Let it see what the tests' own environment has installed, but for our own packages."""
        (self._place() / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")


def clean_environment(home: Path) -> CleanEnvironment:
    """A new one."""
    venv.create(home, with_pip=False)
    made = CleanEnvironment(home)
    made.lend()
    return made


def wheel_of(project: Path, into: Path) -> Path:
    """The wheel of a project, built as its own pyproject.toml says."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(into), str(project)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = into.glob("*.whl")
    return built


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
    except (URLError, ConnectionError):
        return False
    return True
