"""An outbox on both engines in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform.mail.mail_desk import Desk


@pytest.fixture
def desk(tmp_path: Path, migrated_database_url: str, free_port: int) -> Iterator[Desk]:
    """On both engines in turn."""
    desk = Desk(tmp_path, migrated_database_url, free_port)
    yield desk
    desk.parts.engines.dispose()
