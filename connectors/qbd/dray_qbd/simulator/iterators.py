"""Queries that are read in pages. A page lives in the session that started it and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from dray_qbd.simulator.checker import Record
from dray_qbd.simulator.statuses import Refusal


@dataclass(slots=True)
class _Pages:
    request: str
    filters: Record
    left: list[str]


@dataclass(slots=True)
class Iterators:
    """The open iterators of one session."""

    new_id: Callable[[], uuid.UUID] = uuid.uuid4
    _open: dict[str, _Pages] = field(default_factory=dict)

    def start(self, request: str, filters: Record, identities: list[str]) -> str:
        """Opens an iterator over these objects and returns its id."""
        iterator_id = "{" + str(self.new_id()) + "}"
        self._open[iterator_id] = _Pages(request, _without_page_size(filters), identities)
        return iterator_id

    def page(self, iterator_id: str, request: str, filters: Record) -> tuple[list[str], int]:
        """The next objects and how many are left. After the last page the iterator is gone.

        Refusal 3000 if the session has no such iterator, or if the filters are not those that it was started with.
        """
        pages = self._open.get(iterator_id)
        if pages is None or pages.request != request or pages.filters != _without_page_size(filters):
            raise Refusal(3000, iterator_id, "iteratorID")
        size = page_size(filters)
        taken, pages.left = pages.left[:size], pages.left[size:]
        if not pages.left:
            del self._open[iterator_id]
        return taken, len(pages.left)

    def stop(self, iterator_id: str) -> None:
        """Ends an iterator early."""
        if self._open.pop(iterator_id, None) is None:
            raise Refusal(3000, iterator_id, "iteratorID")

    def end(self) -> None:
        """Ends all of them, as the end of a session does."""
        self._open.clear()


def page_size(filters: Record) -> int:
    """MaxReturned, which an iterator cannot do without."""
    if not filters.get("MaxReturned"):
        raise Refusal(3150, "MaxReturned")
    return int(filters["MaxReturned"])


def _without_page_size(filters: Record) -> Record:
    return {name: value for name, value in filters.items() if name != "MaxReturned"}
