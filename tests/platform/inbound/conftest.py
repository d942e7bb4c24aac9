"""An installation in which somebody else's connector is installed, found as any is found: by its entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from dray.app import create_app
from dray.extensions import dray
from dray.settings import read_settings

ENTRY_POINTS = """[dray.connectors]
toy = tests.platform.inbound.toy:connector
hopeless = tests.platform.inbound.toy:hopeless
torn = tests.platform.inbound.no_such_module:connector
"""
METADATA = "Metadata-Version: 2.1\nName: toy-books\nVersion: 1.2\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution `toy-books` with three connectors, one of which cannot be imported."""
    metadata = tmp_path / "site" / "toy_books-1.2.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    (metadata / "METADATA").write_text(METADATA)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


@pytest.fixture
def application(tmp_path: Path, installed: None) -> Iterator[Callable[..., Flask]]:
    """Makes an application with settings added to the defaults; it has a database file without tables."""
    made: list[Flask] = []

    def make(**settings: str) -> Flask:
        environment = {"DRAY_HOME": str(tmp_path / "home"), "DRAY_LOG_LEVEL": "error", **settings}
        app = create_app(read_settings(environment))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            dray().engines.dispose()


@pytest.fixture
def app(application: Callable[..., Flask]) -> Flask:
    """With the toy, the hopeless and the torn connector enabled."""
    return application(DRAY_CONNECTORS="toy,hopeless,torn", DRAY_PUBLIC_URL="https://dray.example.com")
