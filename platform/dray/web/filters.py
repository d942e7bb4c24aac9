"""What the list of invoices is narrowed to: kept in the address, so that a view can be linked, reloaded and sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dray.web.words import TABS

LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """One view of the list. Empty fields narrow nothing.

    `state` is an invoice's state or "not_sent"; `search` a beginning of a number or a part of a customer's name;
    `first` and `last` the invoice dates, both included.
    """

    state: str = ""
    search: str = ""
    first: dt.date | None = None
    last: dt.date | None = None

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Filter:
        """The filter that an address or a form names. What it cannot be (no such state, no date) narrows nothing."""
        state = arguments.get("state", "")
        return cls(
            state=state if state in TABS else "",
            search=arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
            first=_date(arguments.get("from", "")),
            last=_date(arguments.get("to", "")),
        )

    @property
    def query(self) -> dict[str, Any]:
        """The filter as the arguments of an address; empty ones left out."""
        parts = {
            "state": self.state,
            "q": self.search,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }
        return {name: value for name, value in parts.items() if value}

    @property
    def narrows(self) -> bool:
        """Whether more than the tab is chosen."""
        return bool(self.search or self.first or self.last)

    def on_tab(self, state: str) -> Filter:
        """The same filter on another tab."""
        return replace(self, state=state)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
