from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.connections.online import Online, online_at


@pytest.fixture
def online(migrated_database_url: str, tmp_path: Path) -> Iterator[Online]:
    """An installation and a pretend Intuit that rotates strictly, on SQLite and PostgreSQL in turn."""
    with online_at(tmp_path, migrated_database_url) as online:
        yield online
