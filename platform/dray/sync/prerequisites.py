"""What a document needs to exist in the books before it can be posted: its customer, its items, and the like.

References are resolved by a link that is known, else by looking in the books, else, for what the connector allows to be
created, by creating it in a batch of its own. What cannot be resolved refuses the invoices that need it, and only
those. Nothing that exists in the books is ever changed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dray.billing import problems
from dray.connections.links import WAITS, Key, LinkState, called_there
from dray.connections.models import Link
from dray.sync.outbox import Waiting
from dray_sdk import Capabilities, Fix, Kind, Reference

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
    Kind.TEMPLATE: "template",
    Kind.ACCOUNT: "account",
}
"""What people call a kind of reference."""


@dataclass(slots=True)
class Sorted:
    """What can leave, what must be looked up or created first, what cannot go at all, and the links that say so."""

    ready: list[Waiting] = field(default_factory=list)
    to_find: dict[Key, Reference] = field(default_factory=dict)
    to_create: dict[Key, Waiting] = field(default_factory=dict)
    impossible: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    links: dict[Key, Link] = field(default_factory=dict)


def sort(
    waiting: Iterable[Waiting], links: Mapping[Key, Link], capabilities: Capabilities, *, since: dt.datetime
) -> Sorted:
    """Sort postings by what is known of their references. What was found absent before `since` is looked up again."""
    result = Sorted()
    for one in waiting:
        _sort_one(one, links, capabilities, since, result)
    return result


def needed(one: Waiting, capabilities: Capabilities) -> dict[Reference, Key]:
    """What the books' id must be known of before the document can be encoded, and is not yet."""
    return {
        reference: key
        for reference, key in one.names.items()
        if key.kind in capabilities.resolves and not reference.books_id
    }


def _sort_one(
    one: Waiting, links: Mapping[Key, Link], capabilities: Capabilities, since: dt.datetime, result: Sorted
) -> None:
    ready = True
    for reference, key in needed(one, capabilities).items():
        link = links.get(key)
        if link is not None and link.state == LinkState.LINKED:
            continue
        ready = False
        if link is not None and link.chosen_by and link.state == LinkState.UNCLEAR:
            # a person chose what is no longer there: a namesake is not taken in its place
            result.impossible.append((one.posting_id, link.problem or missing(reference)))
            return
        if link is None or (link.state != LinkState.CREATING and link.checked_at < since):
            result.to_find[key] = replace(reference, name=called_there(link, reference.name))
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


_FIELD = {
    Kind.CUSTOMER: "customer",
    Kind.ITEM: "lines",
    Kind.TERMS: "terms",
    Kind.REP: "rep",
    Kind.TAX_CODE: "tax_code",
}
