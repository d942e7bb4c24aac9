"""Dray's engine in small, without the preflight: what a document names is looked up, customers are made, and the
invoice goes to pretend books whatever they will say. And what is known of those books' lists, read as the twin reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dray.connections.links import fold
from dray.sync.posting import new_customer
from dray_sdk import (
    Batch,
    Books,
    Create,
    Customer,
    Entry,
    Find,
    Found,
    Identified,
    Identify,
    Invoice,
    Kind,
    LocalProtocolError,
    Operation,
    Outcome,
    Posted,
    Pull,
    Pulled,
    Reference,
    Request,
    Response,
)

MOST = 30


class Unheld(Exception):
    """A text or figure that cannot be written in the books' own words at all."""


@dataclass
class Lists:
    """Everything in the books' lists, by kind and folded name and by id."""

    names: dict[tuple[Kind, str], list[Entry]] = field(default_factory=dict)
    ids: dict[tuple[Kind, str], Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        name = entry.number if entry.kind is Kind.INVOICE else entry.name
        self.names.setdefault((entry.kind, fold(name or "")), []).append(entry)
        self.ids[entry.kind, entry.books_id] = entry

    def by_name(self, kind: Kind, name: str) -> tuple[Entry, ...]:
        return tuple(self.names.get((kind, fold(name)), ()))

    def by_books_id(self, kind: Kind, books_id: str) -> Entry | None:
        return self.ids.get((kind, books_id))

    def of(self, kind: Kind) -> list[Entry]:
        return [entry for (each, _), entry in self.ids.items() if each is kind]


@dataclass
class Carrier:
    """One set of pretend books with the connector that speaks to them."""

    connector: Any
    books: Books
    carry: Callable[[Request], Response]
    found: dict[tuple[Kind, str], Outcome] = field(default_factory=dict)
    batches: int = 0

    def __post_init__(self) -> None:
        known = self.ask(Identify())[0]
        assert isinstance(known, Identified), known
        self.books = known.books

    def ask(self, *operations: Operation) -> tuple[Outcome, ...]:
        self.batches += 1
        batch = Batch(f"{self.batches:020x}", operations)
        request = self.connector.encode(batch, self.books)
        outcomes: tuple[Outcome, ...] = self.connector.decode(batch, request, self.carry(request))
        return outcomes

    def read(self, numbers: Iterable[str] = ()) -> Lists:
        """Every list of the books, page by page, and the invoices that bear one of these numbers."""
        lists = Lists()
        for kind in sorted(self.connector.capabilities.pulls):
            page: str | None = None
            while True:
                (pulled,) = self.ask(Pull(kind, page=page))
                assert isinstance(pulled, Pulled), pulled
                for entry in pulled.records:
                    assert isinstance(entry, Entry)
                    lists.add(entry)
                if pulled.page is None:
                    break
                page = pulled.page
        for found in self.each([Find(Kind.INVOICE, number=number) for number in numbers]):
            for entry in found.candidates if isinstance(found, Found) else ():
                lists.add(entry)
        return lists

    def each(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Outcomes of many, in batches."""
        return [outcome for at in range(0, len(operations), MOST) for outcome in self.ask(*operations[at : at + MOST])]

    def post(self, documents: Sequence[Invoice]) -> list[Outcome | Unheld]:
        """What the books say to each of them, when nobody judged it before."""
        results: dict[int, Outcome | Unheld] = {}
        waiting: list[tuple[int, Invoice]] = []
        self._look_up(documents)
        for place, document in enumerate(documents):
            try:
                waiting.append((place, self._resolved(document)))
            except LocalProtocolError as unheld:
                results[place] = Unheld(str(unheld))
            except _NotMade as refused:
                results[place] = refused.outcome
        for at in range(0, len(waiting), MOST):
            results |= self._write(waiting[at : at + MOST])
        return [results[place] for place in range(len(documents))]

    def _write(self, waiting: Sequence[tuple[int, Invoice]]) -> dict[int, Outcome | Unheld]:
        """Together, or where one of them cannot be written at all, each by itself."""
        try:
            outcomes = self.ask(*(Create(document) for _, document in waiting))
        except LocalProtocolError as unheld:
            if len(waiting) == 1:
                return {waiting[0][0]: Unheld(str(unheld))}
            return {place: outcome for one in waiting for place, outcome in self._write([one]).items()}
        return {place: outcome for (place, _), outcome in zip(waiting, outcomes, strict=True)}

    def _look_up(self, documents: Iterable[Invoice]) -> None:
        wanted = {
            (one.kind, fold(one.name)): Find(one.kind, name=one.name)
            for document in documents
            for one in references(document)
            if not one.books_id and one.kind in self.connector.capabilities.resolves and _can_be_asked(one)
        }
        new = {key: find for key, find in wanted.items() if key not in self.found}
        finds = list(new.values())
        self.found |= dict(zip(new, self.each(finds), strict=True))

    def _resolved(self, document: Invoice) -> Invoice:
        customer = self._customer(document)
        changes: dict[str, Any] = {"customer": customer}
        for name in ("terms", "rep", "accounting_class", "department", "tax_code"):
            changes[name] = self._id_of(getattr(document, name))
        changes["lines"] = tuple(
            replace(line, item=self._id_of(line.item), accounting_class=self._id_of(line.accounting_class))
            for line in document.lines
        )
        return replace(document, **changes)

    def _id_of(self, reference: Reference | None) -> Reference | None:
        """By its id; one that is not there gets an id that nothing has, so that the books themselves refuse it."""
        if reference is None or reference.books_id or reference.kind not in self.connector.capabilities.resolves:
            return reference
        return replace(reference, books_id=self._known(reference) or "999999")

    def _known(self, reference: Reference) -> str | None:
        found = self.found.get((reference.kind, fold(reference.name)))
        if not isinstance(found, Found):
            return None
        active = [entry for entry in found.candidates if entry.active] or list(found.candidates)
        return active[0].books_id if len(active) == 1 else None

    def _customer(self, document: Invoice) -> Reference:
        """As the engine does: linked, else found by its full name, else made, below a parent that is made first."""
        customer = document.customer
        if customer.books_id:
            return customer
        known = self._known(customer)
        return replace(customer, books_id=known or self._made(document, customer.name))

    def _made(self, document: Invoice, name: str) -> str:
        key = (Kind.CUSTOMER, fold(name))
        if key not in self.found and ":" in name:
            self.found[key] = self.ask(Find(Kind.CUSTOMER, name=name))[0]
        if (known := self._known(Reference(Kind.CUSTOMER, name))) is not None:
            return known
        above, _, _ = name.rpartition(":")
        parent = None
        if above:
            self.found.setdefault((Kind.CUSTOMER, fold(above)), self.ask(Find(Kind.CUSTOMER, name=above))[0])
            parent = Reference(Kind.CUSTOMER, above, books_id=self._made(document, above))
        record: Customer = new_customer(replace(document, customer=Reference(Kind.CUSTOMER, name, "cus")), parent)
        (outcome,) = self.ask(Create(record))
        if not isinstance(outcome, Posted):
            raise _NotMade(outcome)
        self.found[key] = Found((Entry(Kind.CUSTOMER, outcome.books_id, name=name),))
        return outcome.books_id


class _NotMade(Exception):
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(str(outcome))


def references(document: Invoice) -> Iterator[Reference]:
    """Everything that a document names."""
    yield document.customer
    for one in (document.terms, document.rep, document.accounting_class, document.department, document.tax_code):
        if one is not None:
            yield one
    for line in document.lines:
        yield from (one for one in (line.item, line.accounting_class) if one is not None)


def _can_be_asked(reference: Reference) -> bool:
    return bool(reference.name.strip())


def linked(document: Invoice, lists: Lists, which: Mapping[Kind, bool]) -> Invoice:
    """The document with what it names known by the books' id, for the kinds that are said to be linked."""

    def known(reference: Reference | None) -> Reference | None:
        if reference is None or not which.get(reference.kind):
            return reference
        found = lists.by_name(reference.kind, reference.name)
        return replace(reference, books_id=found[0].books_id) if len(found) == 1 else reference

    lines = tuple(
        replace(line, item=known(line.item), accounting_class=known(line.accounting_class)) for line in document.lines
    )
    customer = known(document.customer)
    assert customer is not None
    return replace(document, customer=customer, lines=lines, terms=known(document.terms))
