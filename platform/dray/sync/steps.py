"""What a plan looks at, and the steps that it may come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dray.connections import links
from dray.connections.links import Key
from dray.connections.models import Connection, Link
from dray.sync.models import Exchange, SyncBatch
from dray.sync.outbox import Waiting
from dray_sdk import (
    Books,
    Connector,
    Find,
    Invoice,
    Kind,
    Operation,
)
from dray_tenants.scope import Scoped

AT_ONCE = 50
"""The most doubts, or things to find, that one request asks about."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a plan looks at: one exchange and its connection, at one moment. Planning changes nothing."""

    session: Scoped
    connection: Connection
    exchange: Exchange
    connector: Connector
    books: Books | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One request to make. `subjects` names what of ours each operation is about, in the same order.

    `about`: the lost batch that is asked about (`asks`: as a whole, by the connector's `recover`; `repeats`: by
    sending the identical bytes again, which the books answer with their first answer). `posts` are claimed, and
    `creates` marked as creating, in the transaction that stores the batch. `forgets`: the books hear in passing that
    they need not remember one of the earlier batches any more; every write says so too. `whole`: its questions say
    something together only.
    """

    operations: tuple[Operation, ...] = ()
    subjects: tuple[dict[str, Any], ...] = ()
    about: SyncBatch | None = None
    asks: bool = False
    repeats: bool = False
    forgets: bool = False
    whole: bool = False
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


def resolve_customers(scene: Scene, documents: list[Invoice]) -> list[Invoice]:
    """The documents with the customer's id in the books where it is known."""
    known = links.known(scene.session, scene.connection.id, {Key.of(document.customer) for document in documents})
    return [with_its_customer(document, known) for document in documents]


def with_its_customer(document: Invoice, known: Mapping[Key, Link]) -> Invoice:
    """The document with the customer's id in the books where it is known."""
    link = known.get(Key.of(document.customer))
    if link is None:
        return document
    return replace(document, customer=replace(document.customer, books_id=link.books_id))


def look_for(document: Invoice) -> tuple[Find, ...]:
    """The questions whose answers together prove that the books hold a document, or that they do not."""
    by_customer = Find(Kind.INVOICE, customer=document.customer, date=document.date, total=document.total)
    return (Find(Kind.INVOICE, number=document.number, total=document.total), by_customer)


def look_for_the_one(there: Mapping[str, str], document: Invoice) -> Find:
    """The question whether the books hold what a person says it is."""
    return Find(Kind.INVOICE, books_id=there.get("books_id"), number=there.get("number"), total=document.total)


def before(moment: dt.datetime | None, since: dt.datetime) -> bool:
    """Whether it has not happened since."""
    return moment is None or moment < since
