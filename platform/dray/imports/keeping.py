"""What was judged good is kept, and an import is taken back, in pieces; each remembers where it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from dray.billing import customers, invoices, items
from dray.billing.bulk import update_each
from dray.billing.given import Missing, NotNow, Unacceptable
from dray.billing.haste import while_quick
from dray.billing.imports import BadRow
from dray.billing.models import Invoice, Item
from dray.billing.names import folded
from dray.billing.settings import settings_of
from dray.imports import rates
from dray.imports.entries import Readers, Staged, make_entry
from dray.imports.judging import customer_differs, item_differs, known_customer, next_entries, note_bad
from dray.imports.models import Import, ImportRow
from dray.imports.states import Kind, Outcome
from dray_tenants.scope import Scoped


def keep_on(session: Scoped, row: Import, readers: Readers, many: int, *, at: dt.datetime) -> int:
    """Keep the next piece, at most so many entries; how many were looked at. In the caller's transaction, which makes
    the piece visible and remembers that it is kept, both or neither."""
    settings_of(session, hold=True)
    some = next_entries(session, row, many, Outcome.NEW, Outcome.CHANGED)
    made: list[tuple[int, str | None]] = []
    done: list[Staged] = []
    for staged in while_quick(some):
        make_entry(row, staged, readers)
        became = None if staged.bad else _keep(session, row, staged, readers, at)
        if not staged.bad:
            made.append((staged.place, became))
        done.append(staged)
    _remember(session, row, done, made)
    if done:
        row.cursor = done[-1].place
    return len(done)


def undo_on(session: Scoped, row: Import, many: int, *, actor: str, at: dt.datetime) -> int:
    """Delete the next piece of the drafts that this import made and that nobody touched; how many rows were looked at.
    In the caller's transaction."""
    some = session.execute(
        select(ImportRow.place, ImportRow.made, ImportRow.made_version)
        .where(ImportRow.import_id == row.id, ImportRow.place > row.cursor, ImportRow.made.is_not(None))
        .order_by(ImportRow.place)
        .limit(many)
    ).all()
    settings_of(session, hold=True)
    for place, made, version in while_quick(some):
        row.undone += _delete(session, made or "", version or 1, actor=actor, at=at)
        row.cursor = place
    return len(some)


def _delete(session: Scoped, public_id: str, version: int, *, actor: str, at: dt.datetime) -> bool:
    touched = session.scalar(
        select(Invoice.id).where(Invoice.public_id == public_id, Invoice.connection_id.is_not(None))
    )
    if touched is not None:
        return False
    try:
        invoices.delete(session, public_id, version=version, at=at, actor=actor)
    except (NotNow, Missing):
        return False
    return True


def _keep(session: Scoped, row: Import, staged: Staged, readers: Readers, at: dt.datetime) -> str | None:
    """The public id of an invoice that this made; None where nothing new came to be."""
    if staged.entry is None:
        return None
    before = session.begin_nested()
    try:
        given = readers.fields[Kind(row.kind)](staged.entry.fields)
        made: str | None = _KEEPERS[Kind(row.kind)](session, staged, given, row.actor, at)
    except Unacceptable as refused:
        before.rollback()
        staged.refuse(refused.complaints)
        return None
    before.commit()
    return made


def _keep_invoice(session: Scoped, staged: Staged, given: Any, actor: str, at: dt.datetime) -> str | None:
    answer = invoices.push(session, given, at=at, actor=actor, kind="imported")
    staged.refuse(answer.complaints)
    if answer.sentence:
        staged.bad.append(BadRow(staged.place, "number", answer.sentence))
    return answer.id if answer.became is invoices.Became.CREATED else None


def _keep_customer(session: Scoped, staged: Staged, given: Mapping[str, Any], actor: str, at: dt.datetime) -> None:
    known = known_customer(session, given)
    if known is None:
        customers.put(session, given, at=at)
    elif customer_differs(session, known, given):
        customers.change(session, known.public_id, given, version=None, at=at)


def _keep_item(session: Scoped, staged: Staged, given: Mapping[str, Any], actor: str, at: dt.datetime) -> None:
    known = session.scalar(select(Item).where(Item.name_key == folded(given["name"])))
    if known is None:
        items.add(session, given, at=at, actor=actor)
    elif item_differs(known, given):
        items.change(session, known.public_id, given, at=at, actor=actor)


def _keep_rate(session: Scoped, staged: Staged, given: Mapping[str, Any], actor: str, at: dt.datetime) -> None:
    rates.keep(session, given, at=at, actor=actor)


_KEEPERS: Final[Mapping[Kind, Any]] = {
    Kind.INVOICES: _keep_invoice,
    Kind.CUSTOMERS: _keep_customer,
    Kind.ITEMS: _keep_item,
    Kind.RATES: _keep_rate,
}


def _remember(session: Scoped, row: Import, some: list[Staged], made: list[tuple[int, str | None]]) -> None:
    rows = {
        found.place: found
        for found in session.execute(
            select(ImportRow.place, ImportRow.id, ImportRow.outcome).where(
                ImportRow.import_id == row.id, ImportRow.place.in_([staged.place for staged in some])
            )
        )
    }
    update_each(
        session,
        ImportRow,
        ("made", "made_version"),
        [(rows[place].id, (public_id, 1)) for place, public_id in made if public_id is not None],
    )
    row.kept += len(made)
    late = [staged for staged in some if staged.bad]
    if not late:
        return
    for staged in late:
        judged = rows[staged.place].outcome
        setattr(row, judged, getattr(row, judged) - 1)
    row.bad += len(late)
    update_each(session, ImportRow, ("outcome",), [(rows[staged.place].id, (Outcome.BAD.value,)) for staged in late])
    note_bad(session, row, [bad for staged in late for bad in staged.bad])
