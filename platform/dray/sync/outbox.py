"""What waits to be carried: queued postings, oldest first. The postings table is the queue; there are no messages."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, func, or_, select

from dray.billing.models import Posting
from dray.billing.states import PostingState
from dray.connections.links import Key
from dray.sync.references import named
from dray_sdk import Invoice, Reference, canonical
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Waiting:
    """One posting, the document frozen on it, and what that names. `searched`: the books were asked for a twin of it,
    or need not be; `number_free`: they were asked for its number, and for nothing else yet. `is_already`: what it is in
    the books, as a person says."""

    posting_id: int
    document: Invoice
    names: Mapping[Reference, Key]
    searched: bool = False
    number_free: bool = False
    is_already: Mapping[str, str] | None = None


def waiting(
    session: Scoped, connection_id: int, *, limit: int, at: dt.datetime, beyond: int = 0, said: bool = False
) -> list[Waiting]:
    """Up to `limit` postings that may leave now, oldest first, with ids above `beyond`. `said`: instead, those that a
    person says the books hold already."""
    rows = session.execute(
        select(
            Posting.id,
            Posting.document,
            Posting.looked_for_at,
            Posting.number_looked_for_at,
            Posting.anyway,
            Posting.is_already,
        )
        .where(
            _may_leave(connection_id, at),
            Posting.id > beyond,
            Posting.is_already.is_not(None) if said else Posting.is_already.is_(None),
        )
        .order_by(Posting.id)
        .limit(limit)
    )
    return [
        frozen(
            row.id,
            row.document,
            searched=row.anyway or row.looked_for_at is not None,
            number_free=row.number_looked_for_at is not None,
            is_already=row.is_already,
        )
        for row in rows
    ]


def count_waiting(session: Scoped, connection_id: int, *, at: dt.datetime) -> int:
    """How many may leave now."""
    return session.scalar(select(func.count()).select_from(Posting).where(_may_leave(connection_id, at))) or 0


def earliest(session: Scoped, connection_id: int) -> dt.datetime | None:
    """When the first of the postings that wait for a time may leave; None when none does."""
    return session.scalar(
        select(func.min(Posting.not_before)).where(
            Posting.connection_id == connection_id, Posting.state == PostingState.QUEUED.value
        )
    )


def frozen(
    posting_id: int,
    stored: bytes,
    *,
    searched: bool = False,
    number_free: bool = False,
    is_already: Mapping[str, str] | None = None,
) -> Waiting:
    """A posting with its stored document read."""
    document, names = _read(stored)
    return Waiting(posting_id, document, names, searched, number_free, is_already)


def read_document(stored: bytes) -> Invoice:
    """The document of a posting."""
    return _read(stored)[0]


@lru_cache(maxsize=1024)
def _read(stored: bytes) -> tuple[Invoice, Mapping[Reference, Key]]:
    """The last ones are remembered, because an exchange plans with the same invoices again and again; a document never
    changes, so what is remembered is never stale."""
    document = canonical.loads(Invoice, zlib.decompress(stored))
    return document, named(document)


def _may_leave(connection_id: int, at: dt.datetime) -> ColumnElement[bool]:
    return and_(
        Posting.connection_id == connection_id,
        Posting.state == PostingState.QUEUED.value,
        or_(Posting.not_before.is_(None), Posting.not_before <= at),
    )
