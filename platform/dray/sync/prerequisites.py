"""What a document needs to exist in the books before it can be posted: its customer, its items, and the like.

References are resolved by a link that is known, else by looking in the books, else, for what the connector allows to be
created, by creating it in a batch of its own. What cannot be resolved refuses the invoices that need it, and only
those. Nothing that exists in the books is ever changed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from dray.billing import problems
from dray.connections.links import WAITS, Key, LinkState
from dray.connections.models import Link
from dray.sync.outbox import Waiting
from dray_sdk import Capabilities, Fix, Invoice, Kind, Line, Reference

CALLED: Mapping[Kind, str] = {
    Kind.CUSTOMER: "customer",
    Kind.ITEM: "item",
    Kind.TERMS: "terms",
    Kind.CLASS: "class",
    Kind.REP: "sales rep",
    Kind.TAX_CODE: "sales tax",
    Kind.TAX_STATUS: "tax code",
    Kind.DEPARTMENT: "department",
    Kind.MESSAGE: "customer message",
    Kind.SHIP_METHOD: "shipping method",
    Kind.ACCOUNT: "account",
}
"""What people call a kind of reference."""


@dataclass(slots=True)
class Sorted:
    """What can leave, what must be looked up or created first, and what cannot go at all."""

    ready: list[Waiting] = field(default_factory=list)
    to_find: dict[Key, Reference] = field(default_factory=dict)
    to_create: dict[Key, Waiting] = field(default_factory=dict)
    impossible: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


def sort(
    waiting: Iterable[Waiting], links: Mapping[Key, Link], capabilities: Capabilities, *, since: dt.datetime
) -> Sorted:
    """Sort postings by what is known of their references. What was found absent before `since` is looked up again."""
    result = Sorted()
    for one in waiting:
        _sort_one(one, links, capabilities, since, result)
    return result


def keys(documents: Iterable[Invoice], capabilities: Capabilities) -> set[Key]:
    """Every key that the documents need resolved."""
    return {Key.of(reference) for document in documents for reference in needed(document, capabilities)}


def needed(document: Invoice, capabilities: Capabilities) -> list[Reference]:
    """The references of the document that must have the books' id before it can be encoded."""
    found = [
        value
        for value in (getattr(document, name) for name in _DOCUMENT_REFERENCES)
        if value is not None and value.kind in capabilities.resolves
    ]
    for line in document.lines:
        for name in _LINE_REFERENCES:
            value = getattr(line, name)
            if value is not None and value.kind in capabilities.resolves:
                found.append(value)
    return found


def resolved(document: Invoice, links: Mapping[Key, Link], capabilities: Capabilities) -> Invoice:
    """The document with the books' ids filled in."""

    def fill(reference: Reference | None) -> Reference | None:
        if reference is None or reference.kind not in capabilities.resolves:
            return reference
        return replace(reference, books_id=links[Key.of(reference)].books_id)

    def filled(part: Invoice | Line, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: fill(getattr(part, name)) for name in names}

    lines = tuple(replace(line, **filled(line, _LINE_REFERENCES)) for line in document.lines)
    return replace(document, lines=lines, **filled(document, _DOCUMENT_REFERENCES))


def _sort_one(
    one: Waiting, links: Mapping[Key, Link], capabilities: Capabilities, since: dt.datetime, result: Sorted
) -> None:
    ready = True
    for reference in needed(one.document, capabilities):
        key = Key.of(reference)
        link = links.get(key)
        if link is not None and link.state == LinkState.LINKED:
            continue
        ready = False
        if link is None or (link.state != LinkState.CREATING and link.checked_at < since):
            result.to_find[key] = reference
        elif (
            link.state == LinkState.ABSENT and not link.problem and reference.kind in capabilities.creates_when_missing
        ):
            result.to_create.setdefault(key, one)
        elif link.state not in WAITS:
            result.impossible.append((one.posting_id, link.problem or missing(reference)))
            return
    if ready:
        result.ready.append(one)


def missing(reference: Reference) -> dict[str, Any]:
    """The problem of a reference that the books do not hold and that nobody may create unasked."""
    called = CALLED.get(reference.kind, reference.kind.value)
    return problems.refusal(
        f"{reference.kind.value}_missing",
        f"The books have no {called} named “{reference.name}”. Create it there, or choose another {called} here, "
        "then send the invoice again.",
        _FIELD.get(reference.kind, ""),
        Fix("edit", f"Choose another {called}"),
    )


_DOCUMENT_REFERENCES = tuple(
    part.name
    for part in fields(Invoice)
    if part.name in {"customer", "terms", "rep", "accounting_class", "department", "tax_code"}
)
_LINE_REFERENCES = tuple(part.name for part in fields(Line) if part.name in {"item", "accounting_class"})
_FIELD = {
    Kind.CUSTOMER: "customer",
    Kind.ITEM: "lines",
    Kind.TERMS: "terms",
    Kind.REP: "rep",
    Kind.TAX_CODE: "tax_code",
}
