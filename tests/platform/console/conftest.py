"""A company, and a desk in the support office."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.databases import MigratedTemplate
from tests.platform.console.office import Office
from tests.platform.web.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    """A company without people, books and invoices, on SQLite."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def office(stage: Stage) -> Office:
    """The support office."""
    return Office(stage)
