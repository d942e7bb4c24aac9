"""What the tests of the platform's rooms share: a migrated database, and a fictional tenant in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dray.migrations.upgrade import upgrade
from dray_tenants.database import Engines
from tests.platform.shop import Shop


@pytest.fixture(scope="session")
def migrate() -> Callable[[str, Path], None]:
    """The same as the operator's command, in this process."""

    def migrate_here(url: str, home: Path) -> None:
        upgrade(url)

    return migrate_here


@pytest.fixture
def engines(migrated_database_url: str) -> Iterator[Engines]:
    """The engines of an empty, migrated database, on SQLite and PostgreSQL in turn."""
    with Engines(migrated_database_url) as engines:
        yield engines


@pytest.fixture
def shop(engines: Engines) -> Shop:
    """A tenant with nothing in it."""
    return Shop(engines, "paperworks")


@pytest.fixture
def other_shop(engines: Engines) -> Shop:
    """Another tenant in the same database."""
    return Shop(engines, "stonemill")
