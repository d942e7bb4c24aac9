"""What to ask the books next. Decided afresh each time from what the database holds, so that it survives a restart.

The order within an exchange is the same for every connector: which books are these; what became of every batch in
doubt; what the waiting invoices need and the books already have; create what is missing; post; read figures that an
answer left out; look again at what was posted; read the lists. Reading never delays posting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select

from dray.billing.posting_models import Posting
from dray.billing.receipt_models import Receipt
from dray.sync import changes, permission, pulling, reading
from dray.sync.doubts import ask_about_doubts
from dray.sync.permission import Hold
from dray.sync.posting import post_what_waits
from dray.sync.reading import Posted
from dray.sync.steps import AT_ONCE, Refuse, Scene, Settle, Step
from dray_sdk import (
    Find,
    Identify,
    Kind,
)

READ_BACK = 500
"""How many posted invoices one exchange looks up again where we call the books."""

READ_BACK_AT_ONCE = 100
"""How many of them one request asks for."""


@dataclass(frozen=True, slots=True)
class Planner(Scene):
    """Says what to do next in its scene."""

    def next(self) -> Step | Refuse | Settle | None:
        """The next thing to do, None when this exchange has nothing more to do."""
        if self.books is None:
            return Step((Identify(),), ({},))
        if (step := ask_about_doubts(self)) is not None:
            return step
        held = permission.hold(self.session, self.connection, self.connector, self.at)
        if held is Hold.QUESTION and not self.exchange.read_back:
            step = _look_at_again(reading.vanished(self.session, self.connection))
            return None if step is None else replace(step, whole=True)
        if held is None and (post := post_what_waits(self)) is not None:
            return post
        if (step := self._figures()) is not None:
            return step
        if held is not Hold.QUESTION and (step := changes.ask(self) or self._read_back()) is not None:
            return step
        if held is not Hold.QUESTION and (step := pulling.read_lists(self)) is not None:
            return step
        if self.exchange.requests == 0:
            # An exchange was opened and found nothing to do: one harmless question ends it in good order.
            return Step((Identify(),), ({},))
        return None

    def _figures(self) -> Step | None:
        """Receipts whose answer proved acceptance but told no amounts."""
        if not reading.may_ask(self.connector):
            return None
        rows = self.session.execute(
            select(Receipt.id, Receipt.books_id)
            .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
            .where(
                Receipt.total_minor.is_(None),
                Posting.connection_id == self.connection.id,
                or_(Receipt.read_at == Receipt.accepted_at, Receipt.read_at < self.exchange.opened_at),
            )
            .order_by(Receipt.id)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return None
        return Step(
            tuple(Find(Kind.INVOICE, books_id=books_id) for _, books_id in rows),
            tuple({"receipt": receipt_id} for receipt_id, _ in rows),
        )

    def _read_back(self) -> Step | None:
        """Some of the invoices that the books took earlier, at the end of an exchange: are they still as they were?
        Those first of which the books themselves said that they are not. Books that call us are asked once, those that
        we call a few times, since a question costs them little."""
        called = not self.connector.capabilities.dialled_into
        most, at_once = (READ_BACK, READ_BACK_AT_ONCE) if called else (1, AT_ONCE)
        if self.exchange.read_back >= most or not reading.may_ask(self.connector):
            return None
        told = reading.told_of(self.session, self.connection, limit=at_once)
        wrong = reading.standing_wrong(self.session, self.connection, limit=at_once, at=self.at)
        oldest = reading.oldest(self.session, self.connection, limit=at_once, at=self.at)
        together = {one.receipt_id: one for one in (*told, *wrong, *oldest)}
        step = _look_at_again(list(together.values())[:at_once])
        return None if step is None else replace(step, forgets=True)


def _look_at_again(posted: Sequence[Posted]) -> Step | None:
    if not posted:
        return None
    return Step(
        tuple(Find(Kind.INVOICE, books_id=one.books_id, total=one.total) for one in posted),
        tuple({"reread": one.receipt_id} for one in posted),
    )
