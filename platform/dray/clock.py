"""The time, as one thing that is handed in, so that tests and replays can give their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)
