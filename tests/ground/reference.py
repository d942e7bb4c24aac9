"""Recorded facts about the accounting systems, which are kept beside the checkout and not in it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The directory of recorded QuickBooks material; skips where it is absent."""
    directory = Path(os.environ.get("DRAY_REFERENCE_DATA", ROOT.parent / "shared" / "reference" / "data"))
    if not directory.is_dir():
        pytest.skip(f"the recorded QuickBooks material is not in {directory}")
    return directory
