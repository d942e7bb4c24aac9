"""Limits of fields as pages show them: the figure, and where the help says it."""

from __future__ import annotations

from dray_sdk import Limit


class Most(int):
    """How many characters a field may have: a number like any other, that also knows its row in the help."""

    anchor: str

    @classmethod
    def of(cls, connector: str, limit: Limit) -> Most:
        """The limit of a connector's field."""
        most = cls(limit.maximum)
        most.anchor = anchor_of(connector, limit)
        return most


def anchor_of(connector: str, limit: Limit) -> str:
    """The id of the limit's row on the page of all limits."""
    return f"{connector}-{limit.field.replace('/', '-').replace('*', 'each')}"
