"""What is probably the same in both: names in the tenant's waiting invoices that the books do not have, each beside the
entry there that is most like it. Suggested once, at the end of a set-up, and taken only where somebody says so."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dray.connections import links
from dray.connections.links import Key, LinkState
from dray.connections.models import Connection
from dray.sync.references import named
from dray.twin import likeness
from dray.twin.choosing import Choosing
from dray.twin.judging import BEFORE_SENDING
from dray.twin.lookup import TwinLookup
from dray_sdk import Invoice, Kind, Reference
from dray_tenants.scope import Scoped

__all__ = ["MOST", "Mapping", "Suggestion", "mapping_of", "take"]

MOST: Final = 12
"""How many suggestions are made, those that concern most invoices first; more are on the page of names."""
LOOKED_AT: Final = 40
"""For how many names without a counterpart one is looked for."""
_KINDS: Final = {Kind.CUSTOMER: "customer", Kind.ITEM: "item"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One of ours, and the entry of the books that is most like it."""

    kind: Kind
    key: str
    ours: str
    theirs: str
    books_id: str
    invoices: int

    @property
    def called(self) -> str:
        """What it is, in a word for people."""
        return _KINDS[self.kind]

    @property
    def mark(self) -> str:
        """Stands for exactly this pair in a form."""
        return json.dumps([self.kind.value, self.key, self.books_id])


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the customers and items of the waiting invoices stand there. `known`: found by name, or linked before.
    `new`: customers that their first invoice creates. `missing`: items that somebody has to choose."""

    known: int
    new: int
    missing: int
    suggestions: tuple[Suggestion, ...]


def mapping_of(session: Scoped, connection: Connection, documents: Iterable[Invoice], at: dt.datetime) -> Mapping:
    """The mapping that these invoices need. Writes nothing."""
    counted, references = _named_in(documents)
    lookup = TwinLookup(session, connection.id, since=at - BEFORE_SENDING)
    lookup.look_ahead(references.values())
    decided = links.known(session, connection.id, references)
    unknown = [
        (key, reference)
        for key, reference in references.items()
        if not ((link := decided.get(key)) is not None and (link.chosen_by or link.state == LinkState.LINKED.value))
        and not lookup.by_name(reference.kind, reference.name)
        and reference.kind.value in lookup.read
    ]
    unknown.sort(key=lambda each: (-counted[each[0]], each[1].name))
    found = [
        suggestion
        for key, reference in unknown[:LOOKED_AT]
        if (suggestion := _likest(session, connection, key, reference, counted[key])) is not None
    ]
    new = sum(reference.kind is Kind.CUSTOMER for _, reference in unknown)
    return Mapping(len(references) - len(unknown), new, len(unknown) - new, tuple(found[:MOST]))


def take(
    session: Scoped,
    connection: Connection,
    suggested: Sequence[Suggestion],
    marks: Iterable[str],
    *,
    at: dt.datetime,
    actor: str,
) -> int:
    """What was ticked of what is suggested is the same from now on, in the caller's transaction; how many. What is not
    suggested (any more) is left alone. Raises `twin.choosing.NotChosen`."""
    ticked = set(marks)
    chosen = [each for each in suggested if each.mark in ticked]
    for each in chosen:
        Choosing(session, connection, Key(each.kind, each.key), each.ours, at, actor).link(each.books_id)
    return len(chosen)


def _named_in(documents: Iterable[Invoice]) -> tuple[Counter[Key], dict[Key, Reference]]:
    """How many invoices name each customer and item, and how they are called."""
    counted: Counter[Key] = Counter()
    references: dict[Key, Reference] = {}
    for document in documents:
        mine = {key: reference for reference, key in named(document).items() if reference.kind in _KINDS}
        counted.update(mine.keys())
        references.update(mine)
    return counted, references


def _likest(
    session: Scoped, connection: Connection, key: Key, reference: Reference, invoices: int
) -> Suggestion | None:
    near = likeness.suggestions(session, connection.id, reference.kind, reference.name, limit=1)
    if not near or near[0].name is None:
        return None
    return Suggestion(reference.kind, key.value, reference.name, near[0].name, near[0].books_id, invoices)
