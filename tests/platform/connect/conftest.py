"""A company, and a customer with a set-up link in hand."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.databases import MigratedTemplate
from tests.platform.connect.customer import Customer
from tests.platform.web.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    """A company without people, books and invoices, on SQLite."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def customer(stage: Stage) -> Customer:
    """A connection that nobody has set up yet, and its link in a customer's hand."""
    return Customer(stage, stage.connect(called=False))
