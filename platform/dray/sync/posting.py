"""What waiting invoices need before they can leave, and their leaving: find, create, search for twins, post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from dray import guests
from dray.billing import problems
from dray.billing.models import Customer as OurCustomer
from dray.connections import links
from dray.connections.links import Key, LinkState
from dray.connections.models import Link
from dray.sync import outbox, prerequisites
from dray.sync.outbox import Waiting
from dray.sync.references import named, resolved
from dray.sync.steps import AT_ONCE, Refuse, Scene, Step, look_for, look_for_the_one, with_its_customer
from dray.twin import judging
from dray_sdk import (
    AsksApart,
    Create,
    Customer,
    Find,
    Invoice,
    Judges,
    Kind,
    Money,
    Reference,
    Severity,
)

LOOK_AHEAD = 500
"""How many waiting invoices are looked over for what must be found first, so that one request finds it all."""

SCAN = 2_000
"""How far past invoices that cannot go yet the plan looks for others that can."""


NUMBER = "number"
"""What a search for twins that asks for numbers goes by."""


def post_what_waits(scene: Scene) -> Step | Refuse | None:
    """The next step towards posting what waits, None when nothing more can leave in this exchange."""
    size = scene.connection.batch_size
    if (step := _said_to_be_there(scene)) is not None:
        return step
    found = _sort_waiting(scene, size)
    if not found.to_find and not found.to_create and not all(one.searched for one in found.ready):
        found = _sort_waiting(scene, LOOK_AHEAD)
    if found.impossible:
        return Refuse(tuple(found.impossible))
    if found.to_find:
        return _find_missing(scene, found)
    if found.to_create and (step := _create_missing(scene, found)) is not None:
        return step
    if (search := _search(scene, found)) is not None:
        return search
    if not found.ready:
        return None
    return _post(scene, found.ready[:size], found.links)


def _said_to_be_there(scene: Scene) -> Step | None:
    """Look up what a person says the books hold already; of these nothing is ever posted."""
    said = outbox.waiting(scene.session, scene.connection.id, limit=AT_ONCE, at=scene.at, said=True)
    if not said:
        return None
    return Step(
        tuple(look_for_the_one(one.is_already or {}, one.document) for one in said),
        tuple({"is": one.posting_id} for one in said),
    )


def _search(scene: Scene, found: prerequisites.Sorted) -> Step | None:
    """Ask, before the first attempt, whether somebody has typed the same invoice into the books already: under its
    number, and for its customer on its day. Where questions travel apart, all the numbers are asked for first."""
    numbers: dict[Find, list[int]] = {}
    days: dict[Find, list[int]] = {}
    for one in found.ready:
        if one.searched:
            continue
        by_number, by_customer = look_for(with_its_customer(one.document, found.links))
        if not one.number_free:
            numbers.setdefault(by_number, []).append(one.posting_id)
        # One question for all of a customer's invoices of one day: which of them it is, the total tells.
        days.setdefault(replace(by_customer, total=Money(0, one.document.currency)), []).append(one.posting_id)
    if numbers and isinstance(scene.connector, AsksApart):
        days = {}
    finds = (*numbers, *days)
    if not finds:
        return None
    by_number_only = [{"twin_of": posting_ids, "by": NUMBER} for posting_ids in numbers.values()]
    return Step(finds, (*by_number_only, *({"twin_of": posting_ids} for posting_ids in days.values())))


def _sort_waiting(scene: Scene, size: int) -> prerequisites.Sorted:
    found = prerequisites.Sorted()
    scanned = 0
    for chunk in _chunks(scene, size):
        scanned += len(chunk)
        capabilities = scene.connector.capabilities
        keys = {key for one in chunk for key in prerequisites.needed(one, capabilities).values()}
        found.links |= links.known(scene.session, scene.connection.id, keys - found.links.keys())
        sorted_chunk = prerequisites.sort(chunk, found.links, capabilities, since=scene.exchange.opened_at)
        found.ready += sorted_chunk.ready[: max(0, size - len(found.ready))]
        found.impossible += sorted_chunk.impossible
        found.to_find |= sorted_chunk.to_find
        found.to_create = sorted_chunk.to_create | found.to_create
        enough = LOOK_AHEAD if found.to_find or found.to_create else 0
        if scanned >= SCAN or (len(found.ready) >= size and scanned >= enough):
            break
        if (found.to_find or found.to_create) and scanned >= LOOK_AHEAD:
            break
    return found


def _chunks(scene: Scene, size: int) -> Iterator[list[Waiting]]:
    beyond, limit = 0, max(size, 1)
    while chunk := outbox.waiting(scene.session, scene.connection.id, limit=limit, at=scene.at, beyond=beyond):
        yield chunk
        beyond, limit = chunk[-1].posting_id, LOOK_AHEAD


def _find_missing(scene: Scene, found: prerequisites.Sorted) -> Step:
    wanted = list(found.to_find.items())[:AT_ONCE]
    return Step(
        tuple(Find(reference.kind, name=reference.name) for _, reference in wanted),
        tuple({"kind": key.kind.value, "key": key.value, "name": reference.name} for key, reference in wanted),
    )


def _create_missing(scene: Scene, found: prerequisites.Sorted) -> Step | None:
    """Customers that the books lack, parents before what is below them. None when all wait for a parent."""
    parents = _parents(scene, [key.value for key in found.to_create if key.kind is Kind.CUSTOMER])
    parent_links = links.known(
        scene.session, scene.connection.id, {Key(Kind.CUSTOMER, parent) for parent, _ in parents.values()}
    )
    creates: dict[Key, tuple[Waiting, Reference | None]] = {}
    refind: dict[Key, Reference] = {}
    size = min(AT_ONCE, max(1, scene.connection.batch_size))
    for key, waiting in list(found.to_create.items())[:size]:
        one = _called_there(waiting, found.links.get(key))
        parent = _reference_to(parents.get(key.value))
        if parent is None:
            creates[key] = (one, None)
            continue
        link = parent_links.get(Key.of(parent))
        parent = replace(parent, name=links.called_there(link, parent.name))
        if link is None or (link.state != LinkState.LINKED and link.checked_at < scene.exchange.opened_at):
            refind[Key.of(parent)] = parent
        elif link.state == LinkState.LINKED:
            creates[key] = (one, replace(parent, books_id=link.books_id))
        elif link.state not in links.WAITS:
            creates.setdefault(Key.of(parent), (_parent_of(one, parent), None))
    if refind:
        return _find_missing(scene, prerequisites.Sorted(to_find=refind))
    if not creates:
        return None
    return Step(
        tuple(Create(new_customer(one.document, parent)) for one, parent in creates.values()),
        tuple(
            {"kind": key.kind.value, "key": key.value, "name": one.document.customer.name}
            for key, (one, _) in creates.items()
        ),
        creates=tuple((key, one.document.customer.name) for key, (one, _) in creates.items()),
    )


def _parents(scene: Scene, public_ids: list[str]) -> dict[str, tuple[str, str]]:
    """Our customer → its parent's id and name, of those that have one."""
    child, parent = OurCustomer.__table__.alias("child"), OurCustomer.__table__.alias("parent")
    rows = scene.session.execute(
        select(child.c.public_id, parent.c.public_id, parent.c.name)
        .join(parent, (parent.c.tenant_id == child.c.tenant_id) & (parent.c.id == child.c.parent_id))
        .where(child.c.tenant_id == scene.connection.tenant_id, child.c.public_id.in_(public_ids)),
        execution_options={"unscoped_sql": "two aliases of one table; the tenant is in the WHERE and the join"},
    )
    return {ours: (parent_id, name) for ours, parent_id, name in rows}


def _post(scene: Scene, waiting: Sequence[Waiting], known: Mapping[Key, Link]) -> Step | Refuse | None:
    capabilities = scene.connector.capabilities
    ready = [
        replace(one, document=resolved(one.document, prerequisites.needed(one, capabilities), known)) for one in waiting
    ]
    impossible = list(_impossible(scene, ready))
    if impossible:
        return Refuse(tuple(impossible))
    return Step(
        tuple(Create(one.document) for one in ready),
        tuple({"posting": one.posting_id} for one in ready),
        posts=tuple(ready),
    )


def _impossible(scene: Scene, ready: Sequence[Waiting]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Those that the books would refuse, each with what stands in the way."""
    if not isinstance(scene.connector, Judges):
        return
    lookup = judging.in_an_exchange(scene.session, scene.connection.id, scene.at)
    if lookup is not None:
        references = {reference for one in ready for reference in named(one.document)}
        lookup.look_ahead(references, {one.document.message for one in ready if one.document.message})
    for one in ready:
        found = guests.judged(scene.connector, one.document, scene.books, lookup)
        blocking = next((problem for problem in found if problem.severity is Severity.BLOCKS), None)
        if blocking is not None:
            yield one.posting_id, problems.stored(blocking)


def _called_there(one: Waiting, link: Link | None) -> Waiting:
    """The waiting invoice, its customer under the name that a person chose for the books."""
    customer = one.document.customer
    name = links.called_there(link, customer.name)
    if name == customer.name:
        return one
    return replace(one, document=replace(one.document, customer=replace(customer, name=name)))


def new_customer(document: Invoice, parent: Reference | None) -> Customer:
    """The customer that a document needs, as the document describes it: only what was approved is written."""
    name = document.customer.name.rsplit(":", 1)[-1]
    return Customer(
        name=name,
        id=document.customer.id,
        parent=parent,
        company_name=None,
        email=document.email,
        phone=document.phone,
        billing_address=document.bill_to,
        shipping_address=document.ship_to,
        currency=document.currency,
    )


def _reference_to(parent: tuple[str, str] | None) -> Reference | None:
    return None if parent is None else Reference(Kind.CUSTOMER, parent[1], id=parent[0])


def _parent_of(one: Waiting, parent: Reference) -> Waiting:
    """A stand-in document for a parent that must exist first: the same addressee, under the parent's own name."""
    return replace(one, document=replace(one.document, customer=parent, ship_to=None))
