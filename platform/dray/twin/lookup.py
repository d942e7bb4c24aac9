"""What the copy of the books' lists tells a judge: names and ids, looked up for many documents at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from dray.billing import documents
from dray.billing.bulk import pieces
from dray.billing.models import Invoice, Posting, Receipt
from dray.connections.links import fold
from dray.twin.models import TwinEntry, TwinList
from dray_sdk import Entry, Kind, Reference
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

HOLDERS: Final = (Kind.CUSTOMER, Kind.VENDOR, Kind.EMPLOYEE, Kind.OTHER_NAME)
"""The lists that may hold a customer's name."""

_RECEIVED: Final = (
    select(
        Receipt.number,
        Receipt.books_id,
        Invoice.public_id.label("invoice"),
        Tenant.public_id.label("tenant"),
    )
    .join(Posting, (Posting.tenant_id == Receipt.tenant_id) & (Posting.id == Receipt.posting_id))
    .join(Invoice, (Invoice.tenant_id == Receipt.tenant_id) & (Invoice.id == Receipt.invoice_id))
    .join(Tenant, Tenant.id == Receipt.tenant_id)
)

MOST_REMEMBERED: Final = 20_000
"""How many answers are kept between two looks ahead, so that a Send of any length needs no more memory."""


class TwinLookup:
    """A `dray_sdk.Lookup` over one connection's copy.

    A list that was never read to its end, or not since `since`, is believed to hold whatever a document names: nothing
    is ever said to be missing by guess. An id that the copy does not have is newer than the copy, and believed too;
    what was deleted is not in any link any more. Nobody's name is believed to be taken.
    """

    def __init__(self, session: Scoped, connection_id: int, *, since: dt.datetime) -> None:
        self._session = session
        self._connection_id = connection_id
        read = select(TwinList.kind).where(TwinList.connection_id == connection_id, TwinList.read_at >= since)
        self.read: Final[frozenset[str]] = frozenset(session.scalars(read))
        self._names: dict[tuple[str, str], tuple[Entry, ...]] = {}
        self._ids: dict[tuple[str, str], Entry | None] = {}

    def look_ahead(self, references: Iterable[Reference], messages: Iterable[str] = ()) -> None:
        """Learn at once what `by_name` and `by_books_id` will be asked of these."""
        if len(self._names) + len(self._ids) > MOST_REMEMBERED:
            self._names.clear()
            self._ids.clear()
        names: dict[tuple[Kind, ...], set[str]] = {}
        ids: dict[Kind, set[str]] = {}
        for reference in references:
            if reference.books_id:
                ids.setdefault(reference.kind, set()).add(reference.books_id)
            elif reference.kind is Kind.CUSTOMER:
                names.setdefault(HOLDERS, set()).update(_parts(reference.name))
            else:
                names.setdefault((reference.kind,), set()).add(fold(reference.name))
        names.setdefault((Kind.MESSAGE,), set()).update(fold(text) for text in messages)
        for kinds, keys in names.items():
            self._learn_names(kinds, keys)
        for kind, books_ids in ids.items():
            self._learn_ids(kind, books_ids)

    def look_ahead_for_numbers(self, numbers: Iterable[str]) -> None:
        """Learn at once which of these numbers the books are known to have given to invoices of ours."""
        for some in pieces(sorted(set(numbers))):
            found: dict[str, list[Entry]] = {number: [] for number in some}
            for row in self._session.execute(
                _RECEIVED.where(Posting.connection_id == self._connection_id, Receipt.number.in_(some))
            ):
                mark = documents.mark(row.tenant, row.invoice)
                found[row.number].append(Entry(Kind.INVOICE, row.books_id, number=row.number, mark=mark))
            self._names |= {(Kind.INVOICE.value, number): tuple(entries) for number, entries in found.items()}

    def by_name(self, kind: Kind, name: str) -> tuple[Entry, ...]:
        """Every entry of the kind whose full name equals `name` without regard to case; of invoices, those of that
        number that `look_ahead_for_numbers` found."""
        if kind is Kind.INVOICE:
            return self._names.get((kind.value, name), ())
        if kind.value not in self.read:
            return () if kind in HOLDERS else (Entry(kind, "", name=name),)
        key = fold(name)
        if (kind.value, key) not in self._names:
            self._learn_names((kind,), {key})
        return self._names[kind.value, key]

    def by_books_id(self, kind: Kind, books_id: str) -> Entry | None:
        """The entry with that id; where the copy has none, one of which no more is known."""
        if kind.value in self.read and (kind.value, books_id) not in self._ids:
            self._learn_ids(kind, {books_id})
        return self._ids.get((kind.value, books_id)) or Entry(kind, books_id)

    def _learn_names(self, kinds: Collection[Kind], keys: Collection[str]) -> None:
        wanted = [kind.value for kind in kinds if kind.value in self.read]
        asked = [key for key in keys if any((kind, key) not in self._names for kind in wanted)]
        if not wanted or not asked:
            return
        found: dict[tuple[str, str], list[Entry]] = {}
        for some in pieces(asked):
            for row in self._session.execute(
                self._entries().where(TwinEntry.kind.in_(wanted), TwinEntry.key.in_(some))
            ):
                found.setdefault((row.kind, row.key), []).append(_entry(row))
        for kind in wanted:
            for key in asked:
                self._names[kind, key] = tuple(found.get((kind, key), ()))

    def _learn_ids(self, kind: Kind, books_ids: Collection[str]) -> None:
        if kind.value not in self.read:
            return
        asked = [books_id for books_id in books_ids if (kind.value, books_id) not in self._ids]
        for some in pieces(asked):
            statement = self._entries().where(TwinEntry.kind == kind.value, TwinEntry.books_id.in_(some))
            for row in self._session.execute(statement):
                self._ids[kind.value, row.books_id] = _entry(row)
        for books_id in asked:
            self._ids.setdefault((kind.value, books_id), None)

    def _entries(self) -> Any:
        columns = (TwinEntry.kind, TwinEntry.key, TwinEntry.books_id, TwinEntry.name, TwinEntry.active)
        return select(*columns, TwinEntry.details).where(TwinEntry.connection_id == self._connection_id)


def _entry(row: Any) -> Entry:
    details: Mapping[str, str] = row.details or {}
    return Entry(Kind(row.kind), row.books_id, name=row.name, active=row.active, details=details)


def _parts(full_name: str) -> Iterable[str]:
    """The names of which some books want each to be free: the whole, the first and the last."""
    first, last = full_name.partition(":")[0], full_name.rpartition(":")[2]
    return {fold(full_name), fold(first), fold(last)}
