"""Where an import stands, and what kinds of files there are."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a file holds."""

    INVOICES = "invoices"
    CUSTOMERS = "customers"
    ITEMS = "items"
    RATES = "rates"


class State(StrEnum):
    """Where one import stands."""

    UPLOADING = "uploading"
    LOOKING = "looking"
    MATCHING = "matching"
    READING = "reading"
    JUDGING = "judging"
    READY = "ready"
    KEEPING = "keeping"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    REFUSED = "refused"
    DISCARDED = "discarded"


WORKING: Final = frozenset({State.LOOKING, State.READING, State.JUDGING, State.KEEPING, State.UNDOING})
"""The states in which there is something to do for Dray, and not for a person."""

OPEN: Final = frozenset({State.UPLOADING, State.LOOKING, State.MATCHING, State.READING, State.JUDGING, State.READY})
"""The states in which nothing was kept yet, and the import can be discarded."""


class Outcome(StrEnum):
    """What an entry of a file would do, or did."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    BAD = "bad"
