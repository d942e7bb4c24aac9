"""Programs outside Python that some tests need, and what happens where one is missing.

On a developer's machine the test is skipped and says why. With CI=true that is a failure: a suite that leaves
out its PostgreSQL half without a word has proved nothing.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test for want of `what`; with CI=true, fail it."""
    reason = f"{what} is not here (ops/test-services installs what the tests need)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(*names: str) -> Path:
    """Return the first of `names` that is on the PATH."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    missing(names[0])
