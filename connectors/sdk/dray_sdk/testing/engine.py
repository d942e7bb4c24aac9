"""The platform's engine in small: no database, no clock, the same order and the same decisions.

Which books are these → what became of each lost batch (as a whole by `recover`, or by sending the identical bytes again
where the books repeat their answer; then by `Find`) → post what waits. In doubt never goes straight back to being sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dray_sdk.operations import Batch, Create, Find, Identify
from dray_sdk.outcomes import Absent, Deferred, Disconnected, Found, Identified, InDoubt, NotRun, Outcome, Posted, Stale
from dray_sdk.outcomes import Refused as Refusal
from dray_sdk.records import Entry, Invoice, Kind
from dray_sdk.testing.pretend import Mishap
from dray_sdk.testing.stage import Stage
from dray_sdk.testing.verdicts import demand, short
from dray_sdk.wire import Request

MOST_RUNS = 12
"""After so many runs in fine weather everything is settled, or never will be."""


class Weather(StrEnum):
    """What happens to one request that writes."""

    FINE = "fine"
    NEVER_ARRIVES = "never arrives"
    ANSWER_LOST = "its answer is lost"
    ANSWER_LOST_AND_FORGOTTEN = "its answer is lost, and the books forget the batch"


class Standing(StrEnum):
    """Where an invoice stands."""

    QUEUED = "queued"
    IN_DOUBT = "in doubt"
    POSTED = "posted"
    REFUSED = "refused"
    UNCLEAR = "for a person to decide"


@dataclass
class Posting:
    """One invoice on its way."""

    invoice: Invoice
    standing: Standing = Standing.QUEUED
    last: Outcome | None = None


@dataclass
class Lost:
    """A batch whose answer never came, with the very bytes that left."""

    batch: Batch
    request: Request
    postings: list[Posting]


@dataclass
class Engine:
    """Carries invoices into the books of a stage, through the weather: one kind for each request that writes, then
    fine for ever."""

    stage: Stage
    together: int = 1
    weather: list[Weather] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    repeats: bool = True
    """Whether it is still within the time in which the books repeat their answer to identical bytes."""

    def send(self, invoices: Iterable[Invoice]) -> None:
        """Put them in the queue."""
        self.postings += [Posting(invoice) for invoice in invoices]

    def run(self) -> None:
        """Until nothing moves any more."""
        for _ in range(MOST_RUNS):
            if not isinstance(self.stage.one(Identify()), Identified):
                continue
            for lost in list(self.lost):
                self._settle(lost)
            for batch in self._next_batches():
                self._post(batch)
            if not any(one.standing in (Standing.QUEUED, Standing.IN_DOUBT) for one in self.postings):
                return

    def _next_batches(self) -> list[list[Posting]]:
        waiting = [one for one in self.postings if one.standing is Standing.QUEUED]
        return [waiting[at : at + self.together] for at in range(0, len(waiting), self.together)]

    def _post(self, postings: list[Posting]) -> None:
        batch = self.stage.batch(*(Create(one.invoice) for one in postings))
        request = self.stage.encode(batch)
        weather = self.weather.pop(0) if self.weather else Weather.FINE
        if weather is Weather.FINE:
            self._receive(Lost(batch, request, postings), request, range(len(postings)))
            return
        if weather is not Weather.NEVER_ARRIVES:
            self.stage.carry(batch, request)
        if weather is Weather.ANSWER_LOST_AND_FORGOTTEN:
            self.stage.befall(Mishap.FORGETS)
        for one in postings:
            one.standing = Standing.IN_DOUBT
        self.lost.append(Lost(batch, request, postings))

    def _receive(self, lost: Lost, request: Request, places: Iterable[int]) -> None:
        outcomes = self.stage.decode(lost.batch, request, self.stage.carry(lost.batch, request))
        for place in places:
            posting = lost.postings[place]
            posting.last = outcome = InDoubt() if outcomes is None else outcomes[place]
            posting.standing = _STANDINGS.get(type(outcome), Standing.IN_DOUBT)
        if any(one.standing is Standing.IN_DOUBT for one in lost.postings) and lost not in self.lost:
            self.lost.append(lost)

    def _settle(self, lost: Lost) -> None:
        self.lost.remove(lost)
        capabilities = self.stage.connector.capabilities
        if capabilities.recovers:
            self._recover(lost)
        elif capabilities.repeats_for and self.repeats:
            self._receive(lost, lost.request, range(len(lost.postings)))
            if lost in self.lost:
                self.lost.remove(lost)
        for posting in lost.postings:
            if posting.standing is Standing.IN_DOUBT:
                self._look_up(posting)

    def _recover(self, lost: Lost) -> None:
        request = self.stage.connector.recover(lost.batch, self.stage.books)
        if request is None:
            return
        outcomes = self.stage.decode(lost.batch, request, self.stage.carry(lost.batch, request))
        for posting, outcome in zip(lost.postings, outcomes or (), strict=False):
            if isinstance(outcome, Posted | Refusal | Stale):
                posting.last, posting.standing = outcome, _STANDINGS[type(outcome)]

    def _look_up(self, posting: Posting) -> None:
        answers = [self.stage.one(find) for find in questions(self.stage, posting.invoice)]
        candidates = {
            entry.books_id: entry for answer in answers if isinstance(answer, Found) for entry in answer.candidates
        }
        alike = [entry for entry in candidates.values() if is_alike(posting.invoice, entry)]
        if sum(is_ours(posting.invoice, entry) for entry in alike) == 1:
            posting.standing = Standing.POSTED
        elif alike:
            posting.standing = Standing.UNCLEAR
        elif answers and all(isinstance(answer, Absent | Found) for answer in answers):
            posting.standing = Standing.QUEUED


_STANDINGS: dict[type, Standing] = {
    Posted: Standing.POSTED,
    Refusal: Standing.REFUSED,
    Stale: Standing.REFUSED,
    NotRun: Standing.QUEUED,
    Deferred: Standing.QUEUED,
    Disconnected: Standing.QUEUED,
}


def questions(stage: Stage, invoice: Invoice) -> list[Find]:
    """What the engine asks about an invoice in doubt: by number, and by customer and day; nothing where neither is
    declared, for which there is a rule."""
    if not {"number", "customer", "date"} <= stage.connector.capabilities.finds.get(Kind.INVOICE, frozenset()):
        return []
    by_customer = Find(Kind.INVOICE, customer=invoice.customer, date=invoice.date, total=invoice.total)
    return [Find(Kind.INVOICE, number=invoice.number, total=invoice.total), by_customer]


def is_ours(invoice: Invoice, entry: Entry) -> bool:
    """Whether what was found is that invoice: by our mark where the books kept one, else where number, customer, date
    and total all agree."""
    if entry.mark and invoice.mark:
        return _same_mark(invoice, entry)
    return _same_number(invoice, entry) and _same_sale(invoice, entry)


def is_alike(invoice: Invoice, entry: Entry) -> bool:
    """Whether it could be that invoice: it bears its number, or, without a mark, was sold to the same customer on the
    same day for as much."""
    if entry.kind is not Kind.INVOICE:
        return False
    return _same_mark(invoice, entry) or _same_number(invoice, entry) or (not entry.mark and _same_sale(invoice, entry))


def _same_mark(invoice: Invoice, entry: Entry) -> bool:
    ours, theirs = ((mark or "").strip("{}").casefold() for mark in (invoice.mark, entry.mark))
    return bool(ours) and ours == theirs


def _same_number(invoice: Invoice, entry: Entry) -> bool:
    return (entry.number or "").casefold() == invoice.number.casefold()


def _same_sale(invoice: Invoice, entry: Entry) -> bool:
    if entry.customer is None or (entry.date, entry.total) != (invoice.date, invoice.total):
        return False
    ours, theirs = invoice.customer, entry.customer
    if ours.books_id and theirs.books_id:
        return ours.books_id == theirs.books_id
    return ours.name.casefold() == theirs.name.casefold()


def all_posted_once(engine: Engine, weather: str) -> None:
    """What must hold after a run."""
    held = engine.stage.found_numbers()
    for posting in engine.postings:
        number = posting.invoice.number
        times = held.count(number)
        demand(
            times == 1 and posting.standing is Standing.POSTED,
            f"Weather: {weather}. Invoice {number} is in the books {times} times and stands as "
            f"{posting.standing.value!r} at the end; it should be there once, and posted. "
            f"The last outcome was {short(posting.last)}. Look at recover, and at how Find is answered.",
        )
