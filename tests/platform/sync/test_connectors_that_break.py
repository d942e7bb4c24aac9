"""A connector is a guest: where it breaks over an answer, that batch is in doubt, and nothing else is worse for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dray_qbd import connector as sound
from dray_qbd.connector import QuickBooksDesktop
from dray_sdk import Batch, Create, Invoice, Outcome, Purpose, Request, Response
from tests.platform.sync.office import Office


class Raises(QuickBooksDesktop):
    """Breaks over the answer to invoices."""

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        if _posts(batch, request):
            raise KeyError("a bug of the plugin")
        return super().decode(batch, request, response)


class Miscounts(QuickBooksDesktop):
    """Forgets an operation."""

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        outcomes = super().decode(batch, request, response)
        return outcomes[1:] if _posts(batch, request) else outcomes


def _posts(batch: Batch, request: Request) -> bool:
    made = (one.record for one in batch.operations if isinstance(one, Create))
    return request.purpose is Purpose.WRITE and any(isinstance(record, Invoice) for record in made)


@pytest.mark.parametrize("broken", [Raises, Miscounts])
def test_what_it_cannot_read_is_in_doubt_and_posted_once(
    office: Office, clerk: Callable[[int], list[str]], broken: type[QuickBooksDesktop]
) -> None:
    office.connector = broken()
    clerk(3)
    office.run()
    assert "checking" in office.states().values()
    assert set(office.states().values()) <= {"checking", "pending_sync"}
    office.connector = sound
    for _ in range(4):
        office.run()
    assert set(office.states().values()) == {"synced"}
    assert len(office.books()) == 3
