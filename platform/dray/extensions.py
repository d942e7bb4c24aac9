"""What a composed application holds beside Flask's own: `dray()` gives it to any code that runs in its context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from flask import current_app

from dray.clock import Clock
from dray.registry import Registry
from dray.settings import Settings
from dray_sdk import Desk
from dray_tenants.database import Engines

__all__ = ["EXTENSION", "DeskFor", "Dray", "dray"]

EXTENSION: Final = "dray"

DeskFor = Callable[[str, str], Desk]
"""The desk for one call: (connector's name, install's public id)."""


@dataclass(frozen=True, slots=True)
class Dray:
    """One installation's parts, made once in `create_app`."""

    settings: Settings
    registry: Registry
    engines: Engines
    vault: object
    clock: Clock
    desk_for: DeskFor


def dray() -> Dray:
    """The parts of the current application."""
    return cast(Dray, current_app.extensions[EXTENSION])
