"""What the list of invoices is narrowed to: kept in the address, so that a view can be linked, reloaded and sent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from dray.web.words import TABS

LONGEST_SEARCH: Final = 200
_ID: Final = re.compile(r"[a-z]{2,5}_[a-z0-9]{1,40}")
_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Filter:
    """One view of the list. Empty fields narrow nothing.

    `state` is an invoice's state or "not_sent"; `search` what `billing.finding` looks for; `first` and `last` the
    invoice dates, both included; `customer` and `connection` public ids; `least` and `most` bounds of the total,
    included; `prepaid` those that were paid in billing already.
    """

    state: str = ""
    search: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    customer: str = ""
    connection: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    prepaid: bool = False

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Filter:
        """The filter that an address or a form names. What it cannot be (no such state, no date) narrows nothing."""
        state = arguments.get("state", "")
        return cls(
            state=state if state in TABS else "",
            search=arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
            first=_date(arguments.get("from", "")),
            last=_date(arguments.get("to", "")),
            customer=_id(arguments.get("customer", "")),
            connection=_id(arguments.get("connection", "")),
            least=_amount(arguments.get("least", "")),
            most=_amount(arguments.get("most", "")),
            prepaid=arguments.get("prepaid") == "1",
        )

    @property
    def query(self) -> dict[str, Any]:
        """The filter as the arguments of an address; empty ones left out."""
        parts = {
            "state": self.state,
            "q": self.search,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "customer": self.customer,
            "connection": self.connection,
            "least": "" if self.least is None else f"{self.least:f}",
            "most": "" if self.most is None else f"{self.most:f}",
            "prepaid": "1" if self.prepaid else "",
        }
        return {name: value for name, value in parts.items() if value}

    @property
    def narrows(self) -> bool:
        """Whether more than the tab is chosen."""
        return bool(set(self.query) - {"state"})

    @property
    def hidden(self) -> int:
        """How many of the filters are those that a page keeps in a fold."""
        return len(set(self.query) & {"customer", "connection", "least", "most", "prepaid"})

    def on_tab(self, state: str) -> Filter:
        """The same filter on another tab."""
        return replace(self, state=state)


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else ""


def _amount(text: str) -> Decimal | None:
    found = _AMOUNT.fullmatch(text.replace(",", "").replace("$", "").strip())
    return Decimal(found[0]) if found else None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
