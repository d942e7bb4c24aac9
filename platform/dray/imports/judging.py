"""What each entry of a file would do: new, here already, changed, or bad, and why. Changes nothing but the staging."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, or_, select

from dray.billing import customers
from dray.billing.bulk import pieces, update_each
from dray.billing.checking import MOST_LINES, check, clean
from dray.billing.customers import Resolver
from dray.billing.editing import LOCKED_BECAUSE
from dray.billing.given import Complaint, GivenInvoice, Unacceptable
from dray.billing.haste import while_quick
from dray.billing.imports import BadRow
from dray.billing.invoices import content_hash
from dray.billing.models import Customer, Invoice, Item
from dray.billing.names import folded
from dray.billing.settings import settings_of
from dray.billing.states import EDITABLE, InvoiceState
from dray.imports import rates
from dray.imports.entries import TOO_MANY, Readers, Staged, column_of, make_entry
from dray.imports.models import Import, ImportRow
from dray.imports.states import Kind, Outcome
from dray_tenants.scope import Scoped

_ROWS: Final = 2_000

Verdict = tuple[Outcome, str | None, str | None]
"""Outcome, identity, key of the number."""


def judge_on(session: Scoped, row: Import, readers: Readers, many: int) -> int:
    """Judge the next piece, at most so many entries; how many they were. In the caller's transaction."""
    some: list[Staged] = []
    given = []
    for staged in while_quick(next_entries(session, row, many)):
        some.append(staged)
        if not staged.bad:
            make_entry(row, staged, readers)
        if (read := _read(row, staged, readers)) is not None:
            given.append((staged, read))
    verdicts = _JUDGES[Kind(row.kind)](session, given, row.updated_at)
    _refuse_twins(session, row, some, verdicts)
    _store(session, row, some, verdicts)
    return len(some)


def next_entries(session: Scoped, row: Import, many: int, *outcomes: Outcome) -> list[Staged]:
    """The entries behind the import's cursor, with their rows: about `many`, fewer where they have many rows.

    With outcomes only those that were judged so.
    """
    first = select(ImportRow.place).where(ImportRow.import_id == row.id, ImportRow.entry == ImportRow.place)
    if outcomes:
        first = first.where(ImportRow.outcome.in_([outcome.value for outcome in outcomes]))
    places = session.scalars(first.where(ImportRow.place > row.cursor).order_by(ImportRow.place).limit(many)).all()
    sizes = dict(
        session.execute(
            select(ImportRow.entry, func.count())
            .where(ImportRow.import_id == row.id, ImportRow.entry.in_(places))
            .group_by(ImportRow.entry)
        ).all()
    )
    taken: list[int] = []
    total = 0
    for place in places:
        total += min(sizes[place], MOST_LINES)
        if taken and total > _ROWS:
            break
        taken.append(place)
    whole = [place for place in taken if sizes[place] <= MOST_LINES]
    rows: dict[int, list[tuple[int, str]]] = {}
    for entry, place, content in session.execute(
        select(ImportRow.entry, ImportRow.place, ImportRow.content)
        .where(ImportRow.import_id == row.id, ImportRow.entry.in_(whole))
        .order_by(ImportRow.place)
    ):
        rows.setdefault(entry, []).append((place, content))
    return [
        Staged(place, rows[place]) if place in rows else Staged(place, (), bad=[BadRow(place, "number", TOO_MANY)])
        for place in taken
    ]


def known_customer(session: Scoped, fields: Mapping[str, Any]) -> Customer | None:
    """The customer that these fields mean: of the same external_id, or, where none is given, of the same name in the
    same place. Raises Unacceptable where several are meant."""
    if external_id := clean(fields.get("external_id")):
        return session.scalar(select(Customer).where(Customer.external_id == external_id))
    return customers.find_named(session, clean(fields.get("name")) or "", clean(fields.get("parent")))


def customer_differs(session: Scoped, customer: Customer, fields: Mapping[str, Any]) -> bool:
    """Whether storing the fields would change the customer."""
    for name in ("external_id", "company_name", "email", "phone"):
        if name in fields and clean(fields[name]) != getattr(customer, name):
            return True
    if fields.get("name") is not None and fields["name"].strip() != customer.name:
        return True
    for name in ("billing_address", "shipping_address"):
        if name in fields and (fields[name] or None) != getattr(customer, name):
            return True
    if "parent" not in fields:
        return False
    parent = clean(fields["parent"])
    now = session.scalar(select(Customer.name_key).where(Customer.id == customer.parent_id))
    return (folded(parent) if parent else None) != now


def item_differs(item: Item, fields: Mapping[str, Any]) -> bool:
    """Whether storing the fields would change the item."""
    return any(fields[name] != getattr(item, name) for name in fields if name != "name") or (
        fields["name"].strip() != item.name
    )


def note_bad(session: Scoped, row: Import, bad: Sequence[BadRow]) -> None:
    """Keep complaints at the rows that they are about."""
    by_place: dict[int, list[list[str]]] = {}
    for each in bad:
        by_place.setdefault(each.row, []).append([column_of(row, each.field), each.detail])
    for some in pieces(sorted(by_place)):
        keys = session.execute(
            select(ImportRow.place, ImportRow.id).where(ImportRow.import_id == row.id, ImportRow.place.in_(some))
        ).all()
        update_each(session, ImportRow, ("complaints",), [(key, [by_place[place][:20]]) for place, key in keys])


def _read(row: Import, staged: Staged, readers: Readers) -> Any:
    if staged.entry is None or staged.bad:
        return None
    try:
        return readers.fields[Kind(row.kind)](staged.entry.fields)
    except Unacceptable as refused:
        staged.refuse(refused.complaints)
        return None


def _judge_invoices(
    session: Scoped, given: Sequence[tuple[Staged, GivenInvoice]], at: dt.datetime
) -> dict[int, Verdict]:
    currency = settings_of(session).currency
    look = Resolver(session, at).look
    good = []
    for staged, invoice in given:
        if not clean(invoice.number) and not clean(invoice.external_id):
            said = "Give a number or an external_id. Without one the same file would make it twice."
            staged.refuse([Complaint(("number",), said)])
            continue
        try:
            check(invoice, currency=currency)
            look(invoice.customer)
        except Unacceptable as refused:
            staged.refuse(refused.complaints)
            continue
        good.append((staged, invoice))
    known = _known_invoices(session, [invoice for _, invoice in good])
    return {staged.place: _invoice_verdict(staged, invoice, known) for staged, invoice in good}


def _invoice_verdict(staged: Staged, invoice: GivenInvoice, known: Mapping[tuple[str, str], Any]) -> Verdict:
    external_id, number = clean(invoice.external_id), clean(invoice.number)
    number_key = folded(number) if number else None
    holder = known.get(("number", number_key)) if number_key else None
    found = known.get(("external_id", external_id)) if external_id else holder
    identity = f"x:{external_id}" if external_id else f"n:{number_key}"
    outcome = Outcome.NEW
    if holder is not None and (found is None or holder.id != found.id):
        staged.refuse([Complaint(("number",), f"Another invoice has the number {number}.")])
    elif found is not None and found.content_hash == content_hash(invoice):
        outcome = Outcome.SAME
    elif found is not None and InvoiceState(found.state) not in EDITABLE:
        staged.refuse([Complaint(("number",), LOCKED_BECAUSE[InvoiceState(found.state)])])
    elif found is not None:
        outcome = Outcome.CHANGED
    return outcome, identity, number_key


def _known_invoices(session: Scoped, wanted: Sequence[GivenInvoice]) -> dict[tuple[str, str], Any]:
    numbers = sorted({folded(number) for each in wanted if (number := clean(each.number))})
    external_ids = sorted({key for each in wanted if (key := clean(each.external_id))})
    known: dict[tuple[str, str], Any] = {}
    rows = session.execute(
        select(Invoice.id, Invoice.number_key, Invoice.external_id, Invoice.content_hash, Invoice.state).where(
            or_(Invoice.number_key.in_(numbers), Invoice.external_id.in_(external_ids)), Invoice.deleted_at.is_(None)
        )
    )
    for found in rows:
        known["number", found.number_key] = found
        if found.external_id is not None:
            known["external_id", found.external_id] = found
    return known


def _judge_customers(
    session: Scoped, given: Sequence[tuple[Staged, Mapping[str, Any]]], at: dt.datetime
) -> dict[int, Verdict]:
    verdicts: dict[int, Verdict] = {}
    for staged, fields in given:
        try:
            found = known_customer(session, fields)
            complaints = list(customers.complaints(fields))
            if found is None and fields.get("name") is None:
                complaints.append(Complaint(("name",), "Give a name."))
            if complaints:
                raise Unacceptable(complaints)
        except Unacceptable as refused:
            staged.refuse(refused.complaints)
            continue
        external_id = clean(fields.get("external_id"))
        place = f"{folded(clean(fields.get('parent')) or '')}:{folded(fields.get('name') or '')}"
        outcome = Outcome.NEW
        if found is not None:
            outcome = Outcome.CHANGED if customer_differs(session, found, fields) else Outcome.SAME
        verdicts[staged.place] = (outcome, f"x:{external_id}" if external_id else f"n:{place}", None)
    return verdicts


def _judge_items(
    session: Scoped, given: Sequence[tuple[Staged, Mapping[str, Any]]], at: dt.datetime
) -> dict[int, Verdict]:
    names = sorted({folded(fields["name"]) for _, fields in given})
    known = {item.name_key: item for item in session.scalars(select(Item).where(Item.name_key.in_(names)))}
    verdicts: dict[int, Verdict] = {}
    for staged, fields in given:
        found = known.get(folded(fields["name"]))
        outcome = Outcome.NEW
        if found is not None:
            outcome = Outcome.CHANGED if item_differs(found, fields) else Outcome.SAME
        verdicts[staged.place] = (outcome, f"n:{folded(fields['name'])}", None)
    return verdicts


def _judge_rates(
    session: Scoped, given: Sequence[tuple[Staged, Mapping[str, Any]]], at: dt.datetime
) -> dict[int, Verdict]:
    verdicts: dict[int, Verdict] = {}
    for staged, fields in given:
        try:
            rate, found = rates.as_given(session, fields)
        except Unacceptable as refused:
            staged.refuse(refused.complaints)
            continue
        outcome = Outcome.NEW
        if found is not None:
            outcome = Outcome.CHANGED if rates.differs(found, rate) else Outcome.SAME
        identity = f"n:{rate.customer or ''}:{rate.first_day}:{folded(rate.item)}"
        verdicts[staged.place] = (outcome, identity, None)
    return verdicts


_JUDGES: Final[Mapping[Kind, Any]] = {
    Kind.INVOICES: _judge_invoices,
    Kind.CUSTOMERS: _judge_customers,
    Kind.ITEMS: _judge_items,
    Kind.RATES: _judge_rates,
}


def _refuse_twins(session: Scoped, row: Import, some: Sequence[Staged], verdicts: dict[int, Verdict]) -> None:
    """An entry that is in the file twice is kept once, in its first place; the second is named."""
    for column, at in ((ImportRow.identity, 1), (ImportRow.number_key, 2)):
        keys = sorted({key for verdict in verdicts.values() if isinstance(key := verdict[at], str)})
        rows = session.execute(
            select(column, func.min(ImportRow.place))
            .where(ImportRow.import_id == row.id, column.in_(keys))
            .group_by(column)
        )
        first = {str(key): place for key, place in rows}
        for staged in some:
            key = verdicts.get(staged.place, (None, None, None))[at]
            if isinstance(key, str) and first.setdefault(key, staged.place) != staged.place and not staged.bad:
                what = "Entry" if row.form == "json" else "Row"
                said = f"{what} {first[key]} is the same one already. Keep one of them."
                field = "external_id" if key.startswith("x:") and at == 1 else _NAMES[Kind(row.kind)]
                staged.bad.append(BadRow(staged.place, field, said))


_NAMES: Final = {Kind.INVOICES: "number", Kind.CUSTOMERS: "name", Kind.ITEMS: "name", Kind.RATES: "item"}


def _store(session: Scoped, row: Import, some: Sequence[Staged], verdicts: Mapping[int, Verdict]) -> None:
    ids = dict(
        session.execute(
            select(ImportRow.place, ImportRow.id).where(
                ImportRow.import_id == row.id, ImportRow.place.in_([staged.place for staged in some])
            )
        ).all()
    )
    written = []
    for staged in some:
        outcome, identity, number_key = verdicts.get(staged.place, (Outcome.BAD, None, None))
        if staged.bad:
            outcome, identity, number_key = Outcome.BAD, None, None
        written.append((ids[staged.place], (outcome.value, identity, number_key)))
        setattr(row, outcome.value, getattr(row, outcome.value) + 1)
    update_each(session, ImportRow, ("outcome", "identity", "number_key"), written)
    note_bad(session, row, [bad for staged in some for bad in staged.bad])
    if some:
        row.cursor = some[-1].place
