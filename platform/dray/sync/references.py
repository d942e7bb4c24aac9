"""What a document names, and the same document with the books' ids filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from dray.connections.links import Key
from dray.connections.models import Link
from dray_sdk import Invoice, Line, Reference


def named(document: Invoice) -> dict[Reference, Key]:
    """Everything that a document names, each spelling once, the customer first, with what it is linked under."""
    found = [getattr(document, name) for name in _OF_A_DOCUMENT]
    found += [getattr(line, name) for line in document.lines for name in _OF_A_LINE]
    return {reference: Key.of(reference) for reference in dict.fromkeys(found) if reference is not None}


def resolved(document: Invoice, needs: Mapping[Reference, Key], links: Mapping[Key, Link]) -> Invoice:
    """The document with the books' id in everything that it `needs` resolved; all of that must be linked."""
    filled = {reference: replace(reference, books_id=links[key].books_id) for reference, key in needs.items()}

    def fill(part: Invoice | Line, names: tuple[str, ...]) -> dict[str, Any]:
        mine = ((name, getattr(part, name)) for name in names)
        return {name: filled[reference] for name, reference in mine if reference in filled}

    lines = tuple(replace(line, **fill(line, _OF_A_LINE)) for line in document.lines)
    return replace(document, lines=lines, **fill(document, _OF_A_DOCUMENT))


_OF_A_DOCUMENT = tuple(
    part.name
    for part in fields(Invoice)
    if part.name in {"customer", "terms", "rep", "accounting_class", "department", "tax_code"}
)
_OF_A_LINE = tuple(part.name for part in fields(Line) if part.name in {"item", "accounting_class"})
