"""An application on a migrated SQLite database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from dray.app import create_app
from dray.extensions import dray
from dray.settings import read_settings
from tests.ground.databases import MigratedTemplate


@pytest.fixture
def application(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Callable[..., Flask]]:
    """Makes an application with settings added to the defaults."""
    (tmp_path / "dray.db").write_bytes(migrated_template.sqlite().read_bytes())
    made: list[Flask] = []

    def make(**settings: str) -> Flask:
        app = create_app(read_settings({"DRAY_HOME": str(tmp_path), "DRAY_LOG_LEVEL": "error", **settings}))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            dray().engines.dispose()


@pytest.fixture
def app(application: Callable[..., Flask]) -> Flask:
    """With every setting at its default."""
    return application()
