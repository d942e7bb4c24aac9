"""What one page changes in the copy of a list, and in the links that point into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update

from dray.billing.bulk import NO_SYNC, pieces, update_each
from dray.billing.problems import refusal
from dray.connections.links import LinkState, fold
from dray.connections.models import Link
from dray.twin.models import TwinEntry, TwinList
from dray_sdk import Entry, Fix
from dray_tenants.scope import Scoped

_COLUMNS = ("name", "key", "active", "revision", "details", "pass_number")


def keep(session: Scoped, row: TwinList, read: Sequence[Entry]) -> bool:
    """Write a page over what is known; whether it changed anything. One statement for each kind of change."""
    known = _known(session, row, [entry.books_id for entry in read])
    new: dict[str, dict[str, Any]] = {}
    changed: list[tuple[int, tuple[Any, ...]]] = []
    renamed: list[Entry] = []
    unchanged: list[int] = []
    for entry in read:
        columns = _columns(entry, row.pass_number)
        there = known.get(entry.books_id)
        if there is None:
            new[entry.books_id] = columns
        elif all(getattr(there, name) == columns[name] for name in _COLUMNS[:-1]):
            unchanged.append(there.id)
        else:
            changed.append((there.id, tuple(columns[name] for name in _COLUMNS)))
            if there.name != columns["name"]:
                renamed.append(entry)
    if new:
        place = {"connection_id": row.connection_id, "kind": row.kind}
        session.execute(insert(TwinEntry), [{**place, **columns} for columns in new.values()])
    update_each(session, TwinEntry, _COLUMNS, changed)
    _rename_links(session, row, renamed)
    for some in pieces(unchanged) if row.pass_since is None else ():
        seen = update(TwinEntry).where(TwinEntry.id.in_(some)).values(pass_number=row.pass_number)
        session.execute(seen, execution_options=NO_SYNC)
    return bool(new or changed)


def drop(session: Scoped, row: TwinList, gone: Collection[str], at: dt.datetime) -> bool:
    """Entries that were deleted or merged away; whether any was there. Links to them lead nowhere from now on."""
    there = sorted(_known(session, row, list(gone)))
    for some in pieces(there):
        statement = delete(TwinEntry).where(*_in(row), TwinEntry.books_id.in_(some))
        session.execute(statement, execution_options=NO_SYNC)
    _cut_links(session, row, list(gone), at)
    return bool(there)


def drop_unseen(session: Scoped, row: TwinList, at: dt.datetime) -> bool:
    """What a whole pass did not see is no longer there."""
    unseen = (*_in(row), TwinEntry.pass_number < row.pass_number)
    gone = session.scalars(select(TwinEntry.books_id).where(*unseen)).all()
    if not gone:
        return False
    session.execute(delete(TwinEntry).where(*unseen), execution_options=NO_SYNC)
    _cut_links(session, row, gone, at)
    return True


def _in(row: TwinList) -> tuple[Any, ...]:
    return TwinEntry.connection_id == row.connection_id, TwinEntry.kind == row.kind


def _columns(entry: Entry, pass_number: int) -> dict[str, Any]:
    name = entry.name or ""
    return {
        "books_id": entry.books_id,
        "name": name,
        "key": fold(name),
        "active": entry.active,
        "revision": entry.revision,
        "details": dict(entry.details) or None,
        "pass_number": pass_number,
    }


def _known(session: Scoped, row: TwinList, books_ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    columns = (TwinEntry.id, TwinEntry.books_id, *(getattr(TwinEntry, name) for name in _COLUMNS))
    for some in pieces(books_ids):
        for one in session.execute(select(*columns).where(*_in(row), TwinEntry.books_id.in_(some))):
            found[one.books_id] = one
    return found


def _rename_links(session: Scoped, row: TwinList, renamed: Sequence[Entry]) -> None:
    """A link is by the books' id and follows the entry to its new name."""
    for entry in renamed:
        statement = update(Link).where(*_to(row), Link.books_id == entry.books_id).values(books_name=entry.name)
        session.execute(statement, execution_options=NO_SYNC)


def _cut_links(session: Scoped, row: TwinList, gone: Sequence[str], at: dt.datetime) -> None:
    """What was linked by its name is looked for again; where a person chose the entry, a person chooses again."""
    for some in pieces(gone):
        here = (*_to(row), Link.books_id.in_(some), Link.state == LinkState.LINKED.value)
        chosen = session.scalars(select(Link).where(*here, Link.chosen_by.is_not(None))).all()
        for link in chosen:
            link.state, link.problem, link.checked_at = LinkState.UNCLEAR.value, _gone(link), at
        session.flush()
        statement = update(Link).where(*here).values(state=LinkState.UNKNOWN.value, books_id=None)
        session.execute(statement, execution_options=NO_SYNC)


def _to(row: TwinList) -> tuple[Any, ...]:
    return Link.connection_id == row.connection_id, Link.kind == row.kind


def _gone(link: Link) -> dict[str, Any]:
    return refusal(
        "link_gone",
        f"“{link.books_name or link.name}” is no longer in the books: it was deleted there, or merged with another. "
        f"Choose what “{link.name}” is there now, then send again.",
        link.kind,
        Fix("pick", "Choose another"),
    )
