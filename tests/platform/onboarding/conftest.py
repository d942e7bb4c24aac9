"""A whole installation on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.installation import Installation


@pytest.fixture
def installation(tmp_path: Path, migrated_database_url: str, free_port: int) -> Iterator[Installation]:
    """An installation on SQLite and PostgreSQL in turn."""
    installation = Installation(tmp_path, migrated_database_url, free_port)
    yield installation
    installation.close()
