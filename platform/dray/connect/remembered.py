"""What was worked out a moment ago for a set-up's page, which asks again every few seconds while somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final, TypeVar, cast

from flask import current_app

__all__ = ["GOOD_FOR", "remembered"]

Value = TypeVar("Value")

GOOD_FOR: Final = 15.0
"""Seconds."""
MOST: Final = 64
_KEY: Final = "dray.connect.remembered"


def remembered(key: Hashable, work: Callable[[], Value]) -> Value:
    """What `work` gave for this key in this process, at most fifteen seconds ago."""
    kept = cast(dict[Hashable, tuple[float, Value]], current_app.extensions.setdefault(_KEY, {}))
    now = time.monotonic()
    found = kept.get(key)
    if found is not None and now - found[0] < GOOD_FOR:
        return found[1]
    if len(kept) >= MOST:
        kept.clear()
    value = work()
    kept[key] = (now, value)
    return value
