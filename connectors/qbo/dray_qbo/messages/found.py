"""The rows of a query's answer."""

from __future__ import annotations

from dray_qbo.messages.message import Answered
from dray_qbo.v3.reader import Record


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
