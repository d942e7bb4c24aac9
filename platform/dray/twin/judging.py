"""The judge of one connection's books: the connector's rules, with what the books hold and what is linked to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from dray.billing import company_settings, rules
from dray.billing.foreseen_tax import tax_problems
from dray.billing.mending import Way
from dray.connections import choices, due, links
from dray.connections.binding import bound_books
from dray.connections.links import Key, LinkState, called_there
from dray.connections.models import Connection, Link
from dray.guests import judged, predicted_tax
from dray.sync.references import named, resolved
from dray.twin import reading
from dray.twin.lookup import TwinLookup
from dray_sdk import Invoice, Judges, Problem, Reference
from dray_tenants.scope import Scoped

BEFORE_SENDING: Final = dt.timedelta(hours=36)
"""A copy that is older tells nothing before Send: its books have not been heard for longer than a day."""

AT_HAND_OUT: Final = dt.timedelta(hours=2)
"""At hand-out, where somebody may have put the books right meanwhile, only a copy that is not older tells anything."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is known of one document: as it is sent, what rules did to it, and what stands in its way still."""

    sent: Invoice
    steps: tuple[rules.Step, ...]
    problems: tuple[Problem, ...]


class BooksJudge:
    """Finds the problems that a document would have in a connection's books. A value to be called with one document;
    `look_ahead` first makes many of them cheap."""

    def __init__(self, session: Scoped, connection: Connection, judges: Judges, at: dt.datetime) -> None:
        self._session = session
        self._connection_id = connection.id
        self._judges = judges
        self._books = bound_books(connection)
        self._at = at
        self._choices = choices.of(connection)
        lookup = TwinLookup(session, connection.id, since=at - BEFORE_SENDING)
        self._lookup = lookup if lookup.read else None
        self._linked: dict[Key, Link | None] = {}
        self._chosen: dict[Key, Link] = {}
        # what was looked ahead at last, by identity: comparing whole documents would cost more than it saves
        self._named: dict[int, tuple[Invoice, dict[Reference, Key]]] = {}
        self._last: tuple[Invoice, _Judged] | None = None

    def look_ahead(self, documents: Sequence[Invoice]) -> None:
        """Learn in a few statements what judging these will ask."""
        self._named = {id(document): (document, named(self._filled_in(document))) for document in documents}
        references = {reference: key for _, names in self._named.values() for reference, key in names.items()}
        self._learn_links(references)
        if self._lookup is not None:
            linked = [self._filled(reference, key) for reference, key in references.items()]
            self._lookup.look_ahead(linked, {document.message for document in documents if document.message})
            self._lookup.look_ahead_for_numbers([document.number for document in documents])

    def __call__(self, document: Invoice, /) -> tuple[Problem, ...]:
        """Every problem of one document as it would be sent, worst first; what rules did to it comes last."""
        judged_one = self._judged(document)
        return (*judged_one.problems, *rules.told(judged_one.steps))

    def as_sent(self, document: Invoice) -> Invoice:
        """The document as it is sent: with what the tenant's rules change in it, and in what is open then, what the
        company chose."""
        return self._filled_in(self._judged(document).sent)

    def without_rules(self, document: Invoice) -> tuple[Problem, ...]:
        """Every problem of one document as it stands, worst first."""
        linked = self._with_links(document)
        found = judged(self._judges, linked, self._books, self._lookup)
        if document.tax is None:
            return found
        foreseen = predicted_tax(self._judges, linked, self._books, self._lookup)
        return (*tax_problems(document, foreseen, tolerance=self._tolerance), *found)

    def _judged(self, document: Invoice) -> _Judged:
        """Rules are asked only about what has a problem; the last document is judged once, however often it is asked
        for."""
        if self._last is None or self._last[0] is not document:
            problems = self.without_rules(document)
            known = _Judged(document, (), problems)
            if problems and self._ways:
                sent, steps = rules.by_rules(document, self._ways, self.without_rules)
                known = _Judged(sent, steps, self.without_rules(sent)) if steps else known
            self._last = (document, known)
        return self._last[1]

    @cached_property
    def _ways(self) -> Mapping[rules.Key, Way]:
        return rules.ways_of(self._session, self._connection_id)

    @cached_property
    def _tolerance(self) -> int:
        return company_settings.read(self._session).tolerance_minor

    def read_again_for(self, documents: Sequence[Invoice]) -> None:
        """These were kept back. Where the books' lists were the reason, somebody will put that right there: the next
        call reads them again, so that nobody is told of yesterday's trouble."""
        if self._lookup is None:
            return
        for document in map(self.as_sent, documents):
            linked = self._with_links(document)
            if set(judged(self._judges, linked, self._books, self._lookup)) - set(
                judged(self._judges, linked, self._books, None)
            ):
                reading.ask_again(self._session, self._connection_id, self._at)
                due.mark_due(self._session, self._connection_id, self._at)
                return

    def _with_links(self, document: Invoice) -> Invoice:
        found = self._named.get(id(document))
        document = self._filled_in(document)
        references = found[1] if found is not None else named(document)
        if found is None:
            self._learn_links(references)
        open_ones = {one: key for one, key in references.items() if not one.books_id}
        there = {key: link for key in open_ones.values() if (link := self._linked[key]) is not None}
        if not there and not self._chosen:
            return document
        linked = resolved(document, {one: key for one, key in open_ones.items() if key in there}, there)
        link = self._chosen.get(references[document.customer])
        if link is None:
            return linked
        return replace(linked, customer=replace(document.customer, name=called_there(link, document.customer.name)))

    def _learn_links(self, references: Mapping[Reference, Key]) -> None:
        asked = {key for key in references.values() if key not in self._linked}
        known = links.known(self._session, self._connection_id, asked)
        for key in asked:
            link = known.get(key)
            is_linked = link is not None and link.state == LinkState.LINKED.value
            self._linked[key] = link if is_linked else None
            if link is not None and not is_linked and link.chosen_by:
                self._chosen[key] = link

    def _filled_in(self, document: Invoice) -> Invoice:
        """With what the company chose for what an invoice leaves open."""
        return choices.filled(document, self._choices)

    def _filled(self, reference: Reference, key: Key) -> Reference:
        if reference.books_id:
            return reference
        link = self._linked[key]
        if link is not None:
            return replace(reference, books_id=link.books_id)
        return replace(reference, name=called_there(self._chosen.get(key), reference.name))


def in_an_exchange(session: Scoped, connection_id: int, at: dt.datetime) -> TwinLookup | None:
    """What is known of the lists at hand-out; None where no copy is fresh enough to be believed."""
    lookup = TwinLookup(session, connection_id, since=at - AT_HAND_OUT)
    return lookup if lookup.read else None
