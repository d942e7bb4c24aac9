"""A file that is imported whole or not at all, as a command does it: staged and judged first, with nothing kept yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from dray.billing.imports import BadRow, NotReadable, Refused
from dray.clock import Clock
from dray.imports import columns, reading, storing, work
from dray.imports.entries import Readers
from dray.imports.models import Import, ImportRow
from dray.imports.states import Kind, State
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries of the file were new, changed something, or were here already."""

    created: int
    updated: int
    same: int


def import_whole(
    session: Scoped,
    kind: Kind,
    name: str,
    content: Iterable[bytes],
    readers: Readers,
    *,
    actor: str,
    clock: Clock,
    between: Callable[[], None] = lambda: None,
) -> Counts:
    """Import all of it. Commits in pieces, and calls `between` after each, so that nobody waits for the file.

    Raises NotReadable for a file that is none, and Refused, with every bad row, where one cannot be imported: nothing
    is then. Where somebody else is faster after the file was found good (takes a number, sends an invoice), what was
    made is deleted again; an invoice that was changed by then is named.
    """
    public_id = _store(session, kind, name, content, actor=actor, clock=clock)
    _go_on(session, public_id, readers, clock, between)
    row = storing.find(session, public_id)
    if row.state == State.REFUSED:
        raise NotReadable(row.problem or "The file cannot be read.")
    said = _unclear(session, row) if row.state == State.MATCHING else ""
    bad = _bad_rows(session, row) if row.bad else []
    if said or bad:
        storing.discard(session, public_id, actor=actor, at=clock())
        raise NotReadable(said) if said else Refused(bad)
    work.start_keeping(session, public_id, actor=actor, at=clock())
    session.commit()
    _go_on(session, public_id, readers, clock, between)
    row = storing.find(session, public_id)
    if not row.bad:
        return Counts(created=row.new, updated=row.changed, same=row.same)
    raise _undone(session, row, readers, actor=actor, clock=clock, between=between)


def _store(session: Scoped, kind: Kind, name: str, content: Iterable[bytes], *, actor: str, clock: Clock) -> str:
    public_id = storing.begin(session, kind, name, actor=actor, at=clock()).public_id
    session.commit()
    offset = 0
    for part in content:
        offset = storing.add(session, public_id, part, offset=offset, at=clock())
    storing.complete(session, public_id, at=clock())
    session.commit()
    return public_id


def _go_on(session: Scoped, public_id: str, readers: Readers, clock: Clock, between: Callable[[], None]) -> None:
    while work.go_on(session, public_id, readers, clock=clock, pieces=work.A_TURN, between=between):
        pass


def _unclear(session: Scoped, row: Import) -> str:
    """Why somebody would have to say what the columns are; nobody is there to be asked."""
    kind, headings, fields = Kind(row.kind), row.headings or [], row.columns or []
    strange = columns.unclear(headings, fields, reading.said_before(session, kind))
    keys = [columns.heading_key(heading) for heading in headings]
    if strange and keys.count(columns.heading_key(strange[0])) > 1:
        return f"The column {strange[0]!r} is there twice."
    if strange:
        return f"There is no column {strange[0]!r}. The columns are: {', '.join(columns.FIELDS[kind])}."
    if lacking := columns.missing(kind, fields):
        return f"The column {lacking[0]!r} is missing."
    return "In its dates day and month could be mistaken for each other. Write them as 2026-11-24."


def _bad_rows(session: Scoped, row: Import) -> list[BadRow]:
    found = session.execute(
        select(ImportRow.place, ImportRow.complaints)
        .where(ImportRow.import_id == row.id, ImportRow.complaints.is_not(None))
        .order_by(ImportRow.place)
    )
    return [BadRow(place, column, said) for place, complaints in found for column, said in complaints or ()]


def _undone(
    session: Scoped, row: Import, readers: Readers, *, actor: str, clock: Clock, between: Callable[[], None]
) -> Refused:
    bad, changed = _bad_rows(session, row), row.changed
    if row.kind == Kind.INVOICES:
        work.start_undoing(session, row.public_id, actor=actor, at=clock())
        session.commit()
        _go_on(session, row.public_id, readers, clock, between)
    if changed or row.kind != Kind.INVOICES:
        count = changed if row.kind == Kind.INVOICES else row.kept
        bad.append(BadRow(0, "", f"{count} that were good had been written before this was found, and stay so."))
    return Refused(bad)
