"""What to ask the books next. Decided afresh each time from what the database holds, so that it survives a restart.

The order within an exchange is the same for every connector: which books are these; what became of every batch in
doubt; what the waiting invoices need and the books already have; create what is missing; post; read figures that an
answer left out. Reading never delays posting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select

from dray.billing import problems
from dray.billing.models import Customer as OurCustomer
from dray.billing.models import Posting, Receipt
from dray.billing.states import PostingState
from dray.connections import links
from dray.connections.links import Key, LinkState
from dray.connections.models import Connection, Link
from dray.sync import outbox, permission, prerequisites, reading
from dray.sync.batches import BatchState
from dray.sync.models import Exchange, SyncBatch
from dray.sync.outbox import Waiting
from dray.sync.permission import Hold
from dray.sync.reading import Posted
from dray_sdk import (
    Books,
    Connector,
    Create,
    Customer,
    Find,
    Identify,
    Invoice,
    Judges,
    Kind,
    Money,
    Operation,
    Reference,
    Severity,
)
from dray_tenants.scope import Scoped

LOOK_AHEAD = 500
"""How many waiting invoices are looked over for what must be found first, so that one request finds it all."""

SCAN = 2_000
"""How far past invoices that cannot go yet the plan looks for others that can."""

AT_ONCE = 50
"""The most doubts, or things to find, that one request asks about."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request to make. `subjects` names what of ours each operation is about, in the same order.

    `about`: the lost batch that is asked about (`asks`: as a whole, by the connector's `recover`). `posts` are claimed,
    and `creates` marked as creating, in the transaction that stores the batch.
    """

    operations: tuple[Operation, ...] = ()
    subjects: tuple[dict[str, Any], ...] = ()
    about: SyncBatch | None = None
    asks: bool = False
    posts: tuple[Waiting, ...] = ()
    creates: tuple[tuple[Key, str], ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it changes the books."""
        return bool(self.posts or self.creates)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not a request: these postings cannot leave, and are refused before the plan is made again."""

    impossible: tuple[tuple[int, dict[str, Any]], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Settle:
    """Not a request: nothing in this lost batch is in doubt any more."""

    row: SyncBatch


@dataclass(frozen=True, slots=True)
class Planner:
    """Looks at one exchange and its connection, changes nothing, and says what to do next."""

    session: Scoped
    connection: Connection
    exchange: Exchange
    connector: Connector
    books: Books | None
    at: dt.datetime

    def next(self) -> Step | Refuse | Settle | None:
        """The next thing to do, None when this exchange has nothing more to do."""
        if self.books is None:
            return Step((Identify(),), ({},))
        if (step := self._doubts()) is not None:
            return step
        held = permission.hold(self.session, self.connection, self.connector.version)
        if held is Hold.QUESTION and not self.exchange.read_back:
            return _look_at_again(reading.vanished(self.session, self.connection))
        if held is None and (post := self._posting()) is not None:
            return post
        if (step := self._figures()) is not None:
            return step
        if held is not Hold.QUESTION and (step := self._read_back()) is not None:
            return step
        if self.exchange.requests == 0:
            # An exchange was opened and found nothing to do: one harmless question ends it in good order.
            return Step((Identify(),), ({},))
        return None

    # ---- doubts

    def _doubts(self) -> Step | Settle | None:
        for row in self._lost():
            if not self._carrier_is_over(row):
                continue
            if self.connector.capabilities.recovers and _before(row.asked_at, self.exchange.opened_at):
                return Step(about=row, asks=True)
            postings, creating = self._in_doubt(row)
            if not postings and not creating:
                return Settle(row)
            if _before(row.looked_at, self.exchange.opened_at):
                return self._look_up(row, postings, creating)
        return None

    def _lost(self) -> Sequence[SyncBatch]:
        return self.session.scalars(
            select(SyncBatch)
            .where(SyncBatch.connection_id == self.connection.id, SyncBatch.state == BatchState.LOST.value)
            .order_by(SyncBatch.id)
        ).all()

    def _carrier_is_over(self, row: SyncBatch) -> bool:
        """Whether whoever carried the batch can no longer deliver it: only then does "not there" prove anything.

        The same computer began another session, or so much time has passed that no carrier waits any more.
        """
        if self.at - row.sent_at >= dt.timedelta(seconds=self.connector.timing.carrier_over_after):
            return True
        carrier = self.session.get(Exchange, row.exchange_id)
        machine = carrier.machine if carrier else None
        return machine is not None and machine == self.exchange.machine and row.exchange_id != self.exchange.id

    def _in_doubt(self, row: SyncBatch) -> tuple[list[Waiting], list[Link]]:
        rows = self.session.execute(
            select(Posting.id, Posting.document, Posting.is_already)
            .where(Posting.batch_id == row.id, Posting.state == PostingState.IN_DOUBT.value)
            .order_by(Posting.position)
        )
        documents = [
            Waiting(posting_id, outbox.read_document(document), is_already=is_already)
            for posting_id, document, is_already in rows
        ]
        creating = self.session.scalars(
            select(Link).where(Link.batch_id == row.id, Link.state == LinkState.CREATING.value).order_by(Link.position)
        )
        return documents, list(creating)

    def _look_up(self, row: SyncBatch, postings: list[Waiting], creating: list[Link]) -> Step:
        operations: list[Operation] = []
        subjects: list[dict[str, Any]] = []
        resolved = self.resolve_customers([one.document for one in postings])
        for one, document in zip(postings, resolved, strict=True):
            if one.is_already:
                operations.append(look_for_the_one(one.is_already, document))
                subjects.append({"is": one.posting_id})
            for find in look_for(document):
                operations.append(find)
                subjects.append({"posting": one.posting_id})
        for link in creating:
            operations.append(Find(Kind(link.kind), name=link.name))
            subjects.append({"kind": link.kind, "key": link.key, "name": link.name})
        return Step(tuple(operations), tuple(subjects), about=row)

    def resolve_customers(self, documents: list[Invoice]) -> list[Invoice]:
        """The documents with the customer's id in the books where it is known."""
        known = links.known(self.session, self.connection.id, {Key.of(document.customer) for document in documents})

        def fill(document: Invoice) -> Invoice:
            link = known.get(Key.of(document.customer))
            if link is None:
                return document
            return replace(document, customer=replace(document.customer, books_id=link.books_id))

        return [fill(document) for document in documents]

    # ---- posting

    def _posting(self) -> Step | Refuse | None:
        size = self.connection.batch_size
        if (step := self._said_to_be_there()) is not None:
            return step
        found = self._sort_waiting(size)
        if not found.to_find and not found.to_create and not all(one.searched for one in found.ready):
            found = self._sort_waiting(LOOK_AHEAD)
        if found.impossible:
            return Refuse(tuple(found.impossible))
        if found.to_find:
            return self._find_missing(found)
        if found.to_create and (step := self._create_missing(found)) is not None:
            return step
        if (search := self._search(found.ready)) is not None:
            return search
        if not found.ready:
            return None
        return self._post(found.ready[:size])

    def _said_to_be_there(self) -> Step | None:
        """Look up what a person says the books hold already; of these nothing is ever posted."""
        said = outbox.waiting(self.session, self.connection.id, limit=AT_ONCE, at=self.at, said=True)
        if not said:
            return None
        return Step(
            tuple(look_for_the_one(one.is_already or {}, one.document) for one in said),
            tuple({"is": one.posting_id} for one in said),
        )

    def _search(self, ready: Sequence[Waiting]) -> Step | None:
        """Ask, before the first attempt, whether somebody has typed the same invoice into the books already."""
        finds: dict[Find, list[int]] = {}
        for one in ready:
            if one.searched:
                continue
            by_number, by_customer = look_for(one.document)
            finds.setdefault(by_number, []).append(one.posting_id)
            # One question for all of a customer's invoices of one day: which of them it is, the total tells.
            finds.setdefault(replace(by_customer, total=Money(0, one.document.currency)), []).append(one.posting_id)
        if not finds:
            return None
        return Step(tuple(finds), tuple({"twin_of": posting_ids} for posting_ids in finds.values()))

    def _sort_waiting(self, size: int) -> prerequisites.Sorted:
        found = prerequisites.Sorted()
        scanned = 0
        for chunk in self._chunks(size):
            scanned += len(chunk)
            capabilities = self.connector.capabilities
            keys = prerequisites.keys((one.document for one in chunk), capabilities)
            known = links.known(self.session, self.connection.id, keys)
            sorted_chunk = prerequisites.sort(chunk, known, capabilities, since=self.exchange.opened_at)
            found.ready += [
                replace(one, document=prerequisites.resolved(one.document, known, capabilities))
                for one in sorted_chunk.ready[: max(0, size - len(found.ready))]
            ]
            found.impossible += sorted_chunk.impossible
            found.to_find |= sorted_chunk.to_find
            found.to_create = sorted_chunk.to_create | found.to_create
            enough = LOOK_AHEAD if found.to_find or found.to_create else 0
            if scanned >= SCAN or (len(found.ready) >= size and scanned >= enough):
                break
            if (found.to_find or found.to_create) and scanned >= LOOK_AHEAD:
                break
        return found

    def _chunks(self, size: int) -> Iterator[list[Waiting]]:
        beyond, limit = 0, max(size, 1)
        while chunk := outbox.waiting(self.session, self.connection.id, limit=limit, at=self.at, beyond=beyond):
            yield chunk
            beyond, limit = chunk[-1].posting_id, LOOK_AHEAD

    def _find_missing(self, found: prerequisites.Sorted) -> Step:
        wanted = list(found.to_find.items())[:AT_ONCE]
        return Step(
            tuple(Find(reference.kind, name=reference.name) for _, reference in wanted),
            tuple({"kind": key.kind.value, "key": key.value, "name": reference.name} for key, reference in wanted),
        )

    def _create_missing(self, found: prerequisites.Sorted) -> Step | None:
        """Customers that the books lack, parents before what is below them. None when all wait for a parent."""
        parents = self._parents([key.value for key in found.to_create if key.kind is Kind.CUSTOMER])
        parent_links = links.known(
            self.session, self.connection.id, {Key(Kind.CUSTOMER, parent) for parent, _ in parents.values()}
        )
        creates: dict[Key, tuple[Waiting, Reference | None]] = {}
        refind: dict[Key, Reference] = {}
        size = min(AT_ONCE, max(1, self.connection.batch_size))
        for key, one in list(found.to_create.items())[:size]:
            parent = _reference_to(parents.get(key.value))
            if parent is None:
                creates[key] = (one, None)
                continue
            link = parent_links.get(Key.of(parent))
            if link is None or (link.state != LinkState.LINKED and link.checked_at < self.exchange.opened_at):
                refind[Key.of(parent)] = parent
            elif link.state == LinkState.LINKED:
                creates[key] = (one, replace(parent, books_id=link.books_id))
            elif link.state not in links.WAITS:
                creates.setdefault(Key.of(parent), (_parent_of(one, parent), None))
        if refind:
            return self._find_missing(prerequisites.Sorted(to_find=refind))
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

    def _parents(self, public_ids: list[str]) -> dict[str, tuple[str, str]]:
        """Our customer → its parent's id and name, of those that have one."""
        child, parent = OurCustomer.__table__.alias("child"), OurCustomer.__table__.alias("parent")
        rows = self.session.execute(
            select(child.c.public_id, parent.c.public_id, parent.c.name)
            .join(parent, (parent.c.tenant_id == child.c.tenant_id) & (parent.c.id == child.c.parent_id))
            .where(child.c.tenant_id == self.connection.tenant_id, child.c.public_id.in_(public_ids)),
            execution_options={"unscoped_sql": "two aliases of one table; the tenant is in the WHERE and the join"},
        )
        return {ours: (parent_id, name) for ours, parent_id, name in rows}

    def _post(self, ready: Sequence[Waiting]) -> Step | Refuse | None:
        impossible = [(one.posting_id, problem) for one in ready if (problem := self._judged(one.document))]
        if impossible:
            return Refuse(tuple(impossible))
        return Step(
            tuple(Create(one.document) for one in ready),
            tuple({"posting": one.posting_id} for one in ready),
            posts=tuple(ready),
        )

    def _judged(self, document: Invoice) -> dict[str, Any] | None:
        if not isinstance(self.connector, Judges):
            return None
        blocking = [
            problem
            for problem in self.connector.judge(document, self.books, None)
            if problem.severity is Severity.BLOCKS
        ]
        return problems.stored(blocking[0]) if blocking else None

    # ---- figures

    def _figures(self) -> Step | None:
        """Receipts whose answer proved acceptance but told no amounts."""
        rows = self.session.execute(
            select(Receipt.id, Receipt.books_id)
            .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
            .where(
                Receipt.total_minor.is_(None),
                Posting.connection_id == self.connection.id,
                or_(Receipt.read_at == Receipt.accepted_at, Receipt.read_at < self.exchange.opened_at),
            )
            .order_by(Receipt.id)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return None
        return Step(
            tuple(Find(Kind.INVOICE, books_id=books_id) for _, books_id in rows),
            tuple({"receipt": receipt_id} for receipt_id, _ in rows),
        )

    def _read_back(self) -> Step | None:
        """A few of the invoices that the books took earlier, at the end of an exchange: are they still as they were?"""
        if self.exchange.read_back:
            return None
        return _look_at_again(reading.oldest(self.session, self.connection, limit=AT_ONCE, at=self.at))


def _look_at_again(posted: Sequence[Posted]) -> Step | None:
    if not posted:
        return None
    return Step(
        tuple(Find(Kind.INVOICE, books_id=one.books_id, total=one.total) for one in posted),
        tuple({"reread": one.receipt_id} for one in posted),
    )


def look_for(document: Invoice) -> tuple[Find, ...]:
    """The questions whose answers together prove that the books hold a document, or that they do not."""
    by_customer = Find(Kind.INVOICE, customer=document.customer, date=document.date, total=document.total)
    return (Find(Kind.INVOICE, number=document.number, total=document.total), by_customer)


def look_for_the_one(there: Mapping[str, str], document: Invoice) -> Find:
    """The question whether the books hold what a person says it is."""
    return Find(Kind.INVOICE, books_id=there.get("books_id"), number=there.get("number"), total=document.total)


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


def _before(moment: dt.datetime | None, since: dt.datetime) -> bool:
    return moment is None or moment < since
