"""What the answer to one write means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dray_qbo import refusals
from dray_qbo.messages.message import Answered
from dray_qbo.v3.reader import Record, part
from dray_sdk import InDoubt, Outcome


def written(
    answers: tuple[Answered, ...], entity: str, posted: Callable[[Record], Outcome], fields: Mapping[str, str | None]
) -> Outcome:
    """The outcome of a create, an update or a void. Only the entity itself, with an id, proves that it is there; only a
    fault proves that it is not."""
    (answer,) = answers
    if answer.fault is not None:
        if entity in answer.content:
            return InDoubt(text="QuickBooks Online gave both the record and a fault")
        return refusals.of_item(answer.fault, answer.purpose, fields)
    found = part(answer.content, entity)
    if not isinstance(found.get("Id"), str) or not found["Id"]:
        return InDoubt(text="QuickBooks Online did not give the record back")
    return posted(found)
