"""How a month stands: billed here = in the books as sent + every exception named. By invoice date. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from sqlalchemy import func, select

from dray.billing.bulk import pieces
from dray.billing.differences import Difference
from dray.billing.models import BookState, Invoice
from dray.billing.states import InvoiceState
from dray_sdk import Money
from dray_tenants.scope import Scoped


class Standing(StrEnum):
    """Where one invoice stands at the end of a month. Each is in exactly one of these."""

    IN_THE_BOOKS = "in_the_books"
    """Accepted, and there as it was sent. That it was paid since changes nothing about it."""
    CHANGED = "changed"
    """Accepted; its total or number in the books is another one now."""
    VOIDED = "voided"
    GONE = "gone"
    """Accepted, and deleted there."""
    DRAFT = "draft"
    NEEDS_ATTENTION = "needs_attention"
    CHECKING = "checking"
    PENDING_SYNC = "pending_sync"
    SENDING = "sending"
    NOT_SENT = "not_sent"
    """Marked as never to be sent."""


ON_ITS_WAY: Final = frozenset({Standing.PENDING_SYNC, Standing.SENDING})
"""What will be in the books by itself, if nothing stops it."""

_BY_STATE: Final[Mapping[str, Standing]] = {
    InvoiceState.DRAFT.value: Standing.DRAFT,
    InvoiceState.NEEDS_ATTENTION.value: Standing.NEEDS_ATTENTION,
    InvoiceState.CHECKING.value: Standing.CHECKING,
    InvoiceState.PENDING_SYNC.value: Standing.PENDING_SYNC,
    InvoiceState.SENDING.value: Standing.SENDING,
    InvoiceState.SYNCED.value: Standing.IN_THE_BOOKS,
}
_BY_DIFFERENCE: Final[Mapping[str, Standing]] = {
    Difference.CHANGED.value: Standing.CHANGED,
    Difference.VOIDED.value: Standing.VOIDED,
    Difference.GONE.value: Standing.GONE,
}


def standing(state: str, not_sent: str | None, difference: str | None) -> Standing:
    """Where an invoice stands. `difference`: the kind of its row in `book_states`, if it has one."""
    if not_sent is not None:
        return Standing.NOT_SENT
    found = _BY_STATE[state]
    return _BY_DIFFERENCE.get(difference or "", found) if found is Standing.IN_THE_BOOKS else found


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the reckoning, in one currency."""

    standing: Standing
    invoices: int
    total: Money


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A month in one currency."""

    currency: str
    entries: Sequence[Entry]

    @property
    def billed(self) -> Entry:
        """Everything: what the entries add up to."""
        return self._sum(Standing.IN_THE_BOOKS, self.entries)

    @property
    def in_the_books(self) -> Entry:
        """What is there as it was sent."""
        found = [each for each in self.entries if each.standing is Standing.IN_THE_BOOKS]
        return self._sum(Standing.IN_THE_BOOKS, found)

    @property
    def exceptions(self) -> Sequence[Entry]:
        """What is not, by what it is, without those that hold nothing."""
        return [each for each in self.entries if each.standing is not Standing.IN_THE_BOOKS and each.invoices]

    @property
    def settled(self) -> bool:
        """Whether nothing waits for anybody or is on its way."""
        waits = ON_ITS_WAY | {Standing.DRAFT, Standing.NEEDS_ATTENTION, Standing.CHECKING}
        return not any(each.standing in waits for each in self.exceptions)

    def _sum(self, called: Standing, entries: Sequence[Entry]) -> Entry:
        minor = sum(each.total.minor for each in entries)
        return Entry(called, sum(each.invoices for each in entries), Money(minor, self.currency))


@dataclass(frozen=True, slots=True)
class Month:
    """A month, in each currency that it has."""

    first: dt.date
    reckonings: Sequence[Reckoning]

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return last_of(self.first)

    @property
    def invoices(self) -> int:
        """How many in all."""
        return sum(each.billed.invoices for each in self.reckonings)

    @property
    def settled(self) -> bool:
        """Whether it could be closed without anything left open."""
        return all(each.settled for each in self.reckonings)

    def as_json(self) -> dict[str, Any]:
        """As it is stored: currency → standing → [invoices, minor units]."""
        return {
            each.currency: {entry.standing.value: [entry.invoices, entry.total.minor] for entry in each.entries}
            for each in self.reckonings
        }

    @classmethod
    def from_json(cls, first: dt.date, stored: Mapping[str, Any]) -> Self:
        """The month that `as_json` gave."""
        sums = {
            (currency, Standing(name)): (invoices, minor)
            for currency, entries in stored.items()
            for name, (invoices, minor) in entries.items()
        }
        return cls(first, reckonings(sums))


def reckonings(sums: Mapping[tuple[str, Standing], tuple[int, int]]) -> list[Reckoning]:
    """Sums by currency and standing, (invoices, minor units), in the order of the standings."""
    currencies = sorted({currency for currency, _ in sums})
    return [
        Reckoning(
            currency,
            [
                Entry(each, invoices, Money(minor, currency))
                for each in Standing
                for invoices, minor in [sums.get((currency, each), (0, 0))]
            ],
        )
        for currency in currencies
    ]


def read(session: Scoped, first: dt.date) -> Month:
    """How the month that begins on `first` stands now: three statements, and one for every 500 that the books
    changed, over indexes that hold what they need."""
    within = (Invoice.date >= first, Invoice.date <= last_of(first), Invoice.deleted_at.is_(None))
    sums: dict[tuple[str, Standing], list[int]] = defaultdict(lambda: [0, 0])

    def add(currency: str, where: Standing, invoices: int, minor: int) -> None:
        sums[currency, where][0] += invoices
        sums[currency, where][1] += minor

    figures = (func.count(), func.sum(Invoice.total_minor))
    by_state = (
        select(Invoice.state, Invoice.currency, *figures)
        .where(*within, Invoice.not_sent.is_(None))
        .group_by(Invoice.state, Invoice.currency)
    )
    for state, currency, invoices, minor in session.execute(by_state):
        add(currency, _BY_STATE[state], invoices, int(minor))
    marked = select(Invoice.currency, *figures).where(*within, Invoice.not_sent.is_not(None)).group_by(Invoice.currency)
    for currency, invoices, minor in session.execute(marked):
        add(currency, Standing.NOT_SENT, invoices, int(minor))
    for kind, currency, minor in _differing(session, first):
        add(currency, _BY_DIFFERENCE[kind], 1, minor)
        add(currency, Standing.IN_THE_BOOKS, -1, -minor)
    return Month(first, reckonings({key: (number, minor) for key, (number, minor) in sums.items()}))


def _differing(session: Scoped, first: dt.date) -> Iterator[tuple[str, str, int]]:
    """Kind, currency and minor units of each accepted invoice of the month that the books changed. The few differences
    are read first, and not the month: joined, SQLite would begin with the invoices."""
    these = BookState.kind.in_(_BY_DIFFERENCE)
    kinds = dict(session.execute(select(BookState.invoice_id, BookState.kind).where(these)).all())
    for some in pieces(list(kinds)):
        statement = select(Invoice.id, Invoice.currency, Invoice.total_minor).where(
            Invoice.id.in_(some),
            Invoice.state == InvoiceState.SYNCED.value,
            Invoice.date >= first,
            Invoice.date <= last_of(first),
            Invoice.not_sent.is_(None),
            Invoice.deleted_at.is_(None),
        )
        for invoice_id, currency, minor in session.execute(statement):
            yield kinds[invoice_id], currency, minor


def last_of(first: dt.date) -> dt.date:
    """The last day of the month that begins on `first`."""
    return (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
