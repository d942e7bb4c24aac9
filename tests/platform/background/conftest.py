import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from dray.installation import compose
from dray.settings import read_settings
from tests.platform.background.working import Works
from tests.platform.connections.online import online_at


@pytest.fixture
def works(migrated_database_url: str, tmp_path: Path) -> Iterator[Works]:
    """A company whose books are called, connected, on SQLite and PostgreSQL in turn; its clock is the real one."""
    with online_at(tmp_path, migrated_database_url) as online:
        online.clock.now = dt.datetime.now(dt.UTC)
        with online.parts.engines:
            online.parts = compose(read_settings(online.environment))
            yield Works(online)
