"""Looking things up. Finds of one sort share a query: a hundred of them travel in one request, and count as few of the
reads that Intuit meters.

A row is given to every find that it answers. One that seems to answer none is given to all of its query: QuickBooks
Online found that it matches, and whoever asked compares anyway.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dray_qbo import refusals
from dray_qbo.messages.found import rows
from dray_qbo.messages.invoices import transaction_entry
from dray_qbo.messages.lists import LISTINGS, list_entry
from dray_qbo.messages.message import Answered
from dray_qbo.v3 import query
from dray_sdk import Absent, Entry, Find, Found, InDoubt, Kind, LocalProtocolError, Operation, Outcome

MOST_VALUES = 100
"""How many values one query names."""

_CUSTOMER_AND_DAY = "customer and day"

_MOST_DAYS = 12
"""By how many queries invoices are looked up by customer and day: one a day, until there are more days than this."""


_FEW_CUSTOMERS = 30
"""So many customers share a query for one day, as long as there are few queries."""

_MOST_CUSTOMER_DAYS = 100
"""Of how many customers on how many days a query that travels alone asks: their product."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query. `finds` are its finds by their place in the batch, `bid` is the id of the first."""

    bid: str
    kind: Kind
    finds: Mapping[int, Find]
    conditions: tuple[str, ...]

    @property
    def entity(self) -> str:
        """What QuickBooks Online calls what is looked for."""
        return "Invoice" if self.kind is Kind.INVOICE else LISTINGS[self.kind].entity

    @property
    def text(self) -> str:
        """The query; of lists, inactive entries too."""
        active = () if self.kind is Kind.INVOICE else (query.EVEN_INACTIVE,)
        return query.select(self.entity, *self.conditions, *active)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of finding: how its finds are parted into queries, what those ask, and what a find and a row that answers
    it have in common."""

    part: Callable[[Mapping[int, Find]], Iterator[Mapping[int, Find]]]
    conditions: Callable[[Kind, Sequence[Find]], tuple[str, ...]]
    wanted: Callable[[Find], object]
    held: Callable[[Entry], object]


def questions(operations: Sequence[Operation]) -> tuple[Question, ...]:
    """The queries for all the finds among the operations. LocalProtocolError for one that says too little."""
    sorts: dict[tuple[Kind, str], dict[int, Find]] = {}
    for place, operation in enumerate(operations):
        if isinstance(operation, Find):
            sorts.setdefault((operation.kind, _way(operation)), {})[place] = operation
    found: list[Question] = []
    for (kind, name), finds in sorts.items():
        way = _WAYS[name]
        alone = len(sorts) == 1 and name == _CUSTOMER_AND_DAY and _few(finds)
        for some in (finds,) if alone else way.part(finds):
            conditions = way.conditions(kind, tuple(some.values()))
            found.append(Question(str(min(some) + 1), kind, some, conditions))
    return tuple(found)


def first(operations: Sequence[Find]) -> tuple[int, ...]:
    """The places of the finds that one query by itself asks for: those of the first one's sort, as many as it names."""
    kind, name = operations[0].kind, _way(operations[0])
    alike = {place: one for place, one in enumerate(operations) if one.kind is kind and _way(one) == name}
    if name == _CUSTOMER_AND_DAY:
        return tuple(_few_customers_and_days(alike))
    if name == "day":
        return tuple(place for place, one in alike.items() if one.date == operations[0].date)
    return tuple(alike)[:MOST_VALUES]


def read(question: Question, answer: Answered) -> dict[int, Outcome]:
    """The outcome of every find of the query. Absent only where QuickBooks Online looked and holds nothing: a page that
    is full may not be all that there is, and a row that cannot be read may be the one."""
    if answer.fault is not None:
        return dict.fromkeys(question.finds, refusals.of_item(answer.fault, answer.purpose, {}))
    some = rows(answer, question.entity)
    unclear = ""
    if some is None:
        unclear = "QuickBooks Online answered something else than what was asked"
    elif len(some) >= query.MOST_ROWS:
        unclear = f"more than {query.MOST_ROWS} records may match, and QuickBooks Online gives no more at once"
    entries = [_entry(question, row) for row in some or ()]
    if any(entry is None for entry in entries):
        unclear = unclear or "QuickBooks Online gave a record without its id"
    if unclear:
        return dict.fromkeys(question.finds, InDoubt(text=unclear))
    return _given_out(question, [entry for entry in entries if entry is not None])


def _given_out(question: Question, entries: Sequence[Entry]) -> dict[int, Outcome]:
    matched: dict[int, list[Entry]] = {place: [] for place in question.finds}
    way = _WAYS[_way(next(iter(question.finds.values())))]
    takers: dict[object, list[int]] = {}
    for place, find in question.finds.items():
        takers.setdefault(way.wanted(find), []).append(place)
    for entry in entries:
        for place in takers.get(way.held(entry), question.finds):
            matched[place].append(entry)
    return {place: Found(tuple(found)) if found else Absent() for place, found in matched.items()}


def _entry(question: Question, row: Mapping[str, object]) -> Entry | None:
    if question.kind is not Kind.INVOICE:
        return list_entry(question.kind, row)
    totals = [find.total for find in question.finds.values() if find.total is not None]
    return transaction_entry(Kind.INVOICE, row, totals[0].currency if totals else "USD")


def _way(find: Find) -> str:
    """The most exact way that is given. A customer who is not in these books yet is left to the engine to compare:
    QuickBooks Online finds no invoice by a customer's name."""
    if find.kind is not Kind.INVOICE and find.kind not in LISTINGS:
        raise LocalProtocolError(f"QuickBooks Online is never asked for a {find.kind.value}")
    if find.books_id:
        return "id"
    if find.kind is not Kind.INVOICE:
        if find.name:
            return "name"
        raise LocalProtocolError(f"a {find.kind.value} is found by id or by name")
    if find.number:
        return "number"
    if find.date is None:
        raise LocalProtocolError("an invoice is found by id, by number, or by customer and date")
    return _CUSTOMER_AND_DAY if find.customer is not None and find.customer.books_id else "day"


# ---- ways


def _by_count(finds: Mapping[int, Find]) -> Iterator[Mapping[int, Find]]:
    places = list(finds)
    for begin in range(0, len(places), MOST_VALUES):
        yield {place: finds[place] for place in places[begin : begin + MOST_VALUES]}


def _by_day(finds: Mapping[int, Find]) -> Iterator[Mapping[int, Find]]:
    """A query a day, or where there are many days, one for each run of them."""
    days = sorted({find.date for find in finds.values() if find.date is not None})
    run = -(-len(days) // _MOST_DAYS)
    for begin in range(0, len(days), run):
        these = set(days[begin : begin + run])
        yield {place: find for place, find in finds.items() if find.date in these}


def _by_customer_and_day(finds: Mapping[int, Find]) -> Iterator[Mapping[int, Find]]:
    """By day, and where that leaves room for more queries, a few customers each: a day of a busy company has more
    invoices than one query may give."""
    by_day = list(_by_day(finds))
    room = max(1, _MOST_DAYS // max(1, len(by_day)))
    for some in by_day:
        customers = sorted({_customer_of(find) for find in some.values()})
        parts = min(room, -(-len(customers) // _FEW_CUSTOMERS))
        for part in range(parts):
            these = set(customers[part::parts])
            yield {place: find for place, find in some.items() if _customer_of(find) in these}


def _few(finds: Mapping[int, Find]) -> bool:
    customers, days = {_customer_of(find) for find in finds.values()}, {find.date for find in finds.values()}
    return len(customers) <= MOST_VALUES and len(customers) * len(days) <= _MOST_CUSTOMER_DAYS


def _few_customers_and_days(finds: Mapping[int, Find]) -> Iterator[int]:
    """Of the first days as many customers as keep the answer far below a full page."""
    customers: set[str] = set()
    days: set[dt.date | None] = set()
    for place, find in sorted(finds.items(), key=lambda one: (one[1].date or dt.date.min, _customer_of(one[1]))):
        these, then = customers | {_customer_of(find)}, days | {find.date}
        if len(these) > MOST_VALUES or len(these) * len(then) > _MOST_CUSTOMER_DAYS:
            return
        customers, days = these, then
        yield place


def _customer_of(find: Find) -> str:
    return (find.customer.books_id if find.customer else None) or ""


def _listed_under(kind: Kind) -> str:
    return LISTINGS[kind].name


def _on_days(finds: Sequence[Find]) -> str:
    days: set[dt.date] = {find.date for find in finds if find.date is not None}
    return query.among("TxnDate", [day.isoformat() for day in sorted(days)])


def _of_customers(finds: Sequence[Find]) -> str:
    return query.among("CustomerRef", [find.customer.books_id or "" for find in finds if find.customer is not None])


def _plain(name: str | None) -> str:
    return " ".join((name or "").split()).casefold()


_WAYS: Mapping[str, _Way] = {
    "id": _Way(
        _by_count,
        lambda _kind, finds: (query.among("Id", [find.books_id or "" for find in finds]),),
        lambda find: find.books_id,
        lambda entry: entry.books_id,
    ),
    "name": _Way(
        _by_count,
        lambda kind, finds: (query.among(_listed_under(kind), [find.name or "" for find in finds]),),
        lambda find: _plain(find.name),
        lambda entry: _plain(entry.name),
    ),
    "number": _Way(
        _by_count,
        lambda _kind, finds: (query.among("DocNumber", [find.number or "" for find in finds]),),
        lambda find: _plain(find.number),
        lambda entry: _plain(entry.number),
    ),
    _CUSTOMER_AND_DAY: _Way(
        _by_customer_and_day,
        lambda _kind, finds: (_of_customers(finds), _on_days(finds)),
        lambda find: (find.date, find.customer and find.customer.books_id),
        lambda entry: (entry.date, entry.customer and entry.customer.books_id),
    ),
    "day": _Way(
        _by_day,
        lambda _kind, finds: (_on_days(finds),),
        lambda find: find.date,
        lambda entry: entry.date,
    ),
}
