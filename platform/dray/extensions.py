"""What a composed application holds beside Flask's own: `dray()` gives it to any code that runs in its context."""

from __future__ import annotations

from typing import Final, cast

from flask import current_app

from dray.installation import Dray

__all__ = ["EXTENSION", "Dray", "dray"]

EXTENSION: Final = "dray"


def dray() -> Dray:
    """The parts of the current application, `app.extensions["dray"]`."""
    return cast(Dray, current_app.extensions[EXTENSION])
