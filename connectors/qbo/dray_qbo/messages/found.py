"""What the answer to one query means."""

from __future__ import annotations

from collections.abc import Callable

from dray_qbo import refusals
from dray_qbo.messages.message import Answered
from dray_qbo.v3.query import MOST_ROWS
from dray_qbo.v3.reader import Record
from dray_sdk import Absent, Entry, Found, InDoubt, Outcome


def rows(answer: Answered, entity: str) -> list[Record] | None:
    """The rows of a query's answer; None where it is not one, or holds something else than was asked for."""
    response = answer.content.get("QueryResponse")
    if not isinstance(response, dict):
        return None
    named = [name for name, value in response.items() if isinstance(value, list)]
    if not named:
        # "nothing there" is an empty object, perhaps with counts; anything else is not understood
        return None if any(not isinstance(value, int) for value in response.values()) else []
    if named != [entity]:
        return None
    found = response[entity]
    return found if all(isinstance(row, dict) for row in found) else None


def found(answer: Answered, entity: str, entry: Callable[[Record], Entry | None]) -> Outcome:
    """Every candidate. Absent only where QuickBooks Online looked and holds nothing: a page that is full may not be all
    that there is, and a row that cannot be read may be the one."""
    if answer.fault is not None:
        return refusals.of_item(answer.fault, answer.purpose, {})
    found_rows = rows(answer, entity)
    if found_rows is None:
        return InDoubt(text="QuickBooks Online answered something else than what was asked")
    candidates = [entry(row) for row in found_rows]
    if any(one is None for one in candidates):
        return InDoubt(text="QuickBooks Online gave a record without its id")
    if len(found_rows) >= MOST_ROWS:
        return InDoubt(text=f"more than {MOST_ROWS} records may match, and QuickBooks Online gives no more at once")
    kept = tuple(one for one in candidates if one is not None)
    return Found(kept) if kept else Absent()
