"""The stage of the pages' tests, with another company beside it."""

import pytest

from tests.platform.doors.prairie import Prairie, settle
from tests.platform.web.conftest import stage
from tests.platform.web.stage import Stage

__all__ = ["prairie", "stage"]


@pytest.fixture
def prairie(stage: Stage) -> Prairie:
    """A company of other people, with one of everything."""
    return settle(stage)
