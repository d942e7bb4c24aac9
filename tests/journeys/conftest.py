from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dray.migrations.upgrade import upgrade
from tests.journeys.installation import Installation


@pytest.fixture(scope="session")
def migrate() -> Callable[[str, Path], None]:
    """The same as the operator's command, in this process."""

    def migrate_here(url: str, home: Path) -> None:
        upgrade(url)

    return migrate_here


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of this run of the tests, the same for all workers."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture
def installation(tmp_path: Path, migrated_database_url: str, free_port: int) -> Iterator[Installation]:
    """An installation on SQLite and PostgreSQL in turn."""
    installation = Installation(tmp_path, migrated_database_url, free_port)
    yield installation
    installation.close()
