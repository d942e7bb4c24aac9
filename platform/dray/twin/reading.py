"""Reading the books' lists: which page comes next, what an answer changes, when a list is read again.

A pass reads one list once: from the beginning, or what changed since the watermark. Its pages live as long as the
exchange that began it; another exchange begins anew under the next number, and only a pass from the beginning that came
to its end removes what it did not see. An interrupted pass has therefore shown more, and never less, than is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select

from dray.billing.bulk import NO_SYNC, pieces
from dray.connections.models import Connection
from dray.twin import entries
from dray.twin.models import TwinEntry, TwinList
from dray_sdk import CursorExpired, Disconnected, Entry, Kind, Outcome, Pull, Pulled, Refused
from dray_tenants.scope import Scoped

LISTS: Final[tuple[Kind, ...]] = (
    Kind.ITEM,
    Kind.TERMS,
    Kind.TAX_CODE,
    Kind.TAX_STATUS,
    Kind.CLASS,
    Kind.DEPARTMENT,
    Kind.REP,
    Kind.MESSAGE,
    Kind.SHIP_METHOD,
    Kind.TEMPLATE,
    Kind.ACCOUNT,
    Kind.OTHER_NAME,
    Kind.EMPLOYEE,
    Kind.VENDOR,
    Kind.CUSTOMER,
)
"""Which lists are copied, in the order in which they are first read: the short ones, then the names."""

PAGE: Final = 500
"""How many entries one page may have: some 200 kB of an answer, and 50 ms of the writer's time."""

TOGETHER: Final = 4
"""How many pages one request asks for, where each may be a full one."""

MOST_PAGES: Final = 400
"""How many pages one exchange reads at most, 200,000 entries; what is posted goes before each of them."""

SOON: Final = dt.timedelta(minutes=60)
LATER: Final = dt.timedelta(hours=24)
"""How old a copy may grow: on a day with invoices, and otherwise."""

FROM_THE_BEGINNING: Final = dt.timedelta(days=30)
"""So often a list is read whole again. Books forget what was deleted (QuickBooks Desktop after 90 days, change data
capture of QuickBooks Online after 30), and this finds whatever a reading of changes has missed."""

EXPIRED: Final = "expired"
"""The trouble of a pass whose page or watermark the books did not honour any more."""

BEGIN_AGAIN: Final = ""
"""Stands for the page of a pass that begins from the beginning in the same exchange."""

OVERLAP: Final = dt.timedelta(minutes=1)
"""Changes are asked for from so long before the newest one known: two may carry the same second."""

CLOCKS_APART: Final = dt.timedelta(hours=1)
"""How far the books' clock may lag behind ours. What changes while a long list is read, on a page that was read
already, is asked for again from so long before the pass began."""


def wanted(
    session: Scoped, connection: Connection, exchange_id: int, kinds: Collection[Kind], at: dt.datetime
) -> tuple[Pull, ...]:
    """What to ask next in this exchange, () when every list is as fresh as it should be: the next pages of long lists
    first, then lists that are read from the beginning, then the changes of all the others together. Changes nothing."""
    rows = lists_of(session, connection.id)
    if sum(row.pages for row in rows.values() if row.pass_exchange_id == exchange_id) >= MOST_PAGES:
        return ()
    whole: list[Pull] = []
    changes: list[Pull] = []
    for kind in (one for one in LISTS if one in kinds):
        row = rows.get(kind)
        if row is None:
            whole.append(Pull(kind, limit=PAGE))
        elif row.pass_exchange_id == exchange_id:
            if row.page is not None:
                whole.append(Pull(kind, row.pass_since if row.page else None, row.page or None, PAGE))
        elif _from_the_beginning(row, connection, at):
            whole.append(Pull(kind, limit=PAGE))
        elif _is_due(row, at):
            changes.append(Pull(kind, row.watermark - OVERLAP if row.watermark else None, limit=PAGE))
    return tuple(whole[:TOGETHER] or changes)


@dataclass(frozen=True, slots=True)
class Asked:
    """One page that was asked for: of which list, from when on, which page, in which exchange, and when."""

    kind: Kind
    since: dt.datetime | None
    page: str | None
    exchange_id: int
    at: dt.datetime


def take(session: Scoped, connection_id: int, answered: Sequence[tuple[Asked, Outcome]], at: dt.datetime) -> None:
    """What the books answered, list by list. An answer that is no page ends the pass; the next exchange tries again."""
    rows = lists_of(session, connection_id)
    for asked, outcome in answered:
        row = rows.get(asked.kind)
        if row is None:
            row = TwinList(connection_id=connection_id, kind=asked.kind.value, generation=0, pass_number=0, pages=0)
            session.add(row)
        if asked.page is None:
            _begin(row, asked)
        elif (row.pass_exchange_id, row.page) != (asked.exchange_id, asked.page):
            continue  # an answer that came late, to a pass that was given up
        row.pages += 1
        match outcome:
            case Pulled():
                _take_page(session, row, outcome, several=asked.page is not None or outcome.page is not None, at=at)
            case CursorExpired():
                _expire(row)
            case _:
                row.page = None
                row.trouble = _trouble(outcome)


@dataclass(frozen=True, slots=True)
class Age:
    """One list as a page tells of it: how many entries the copy has, when it was last complete, what went wrong."""

    kind: Kind
    entries: int
    read_at: dt.datetime | None
    trouble: Mapping[str, Any] | None


def ages(session: Scoped, connection_id: int) -> list[Age]:
    """Every list that was read or tried, in the order of `LISTS`."""
    count = select(TwinEntry.kind, func.count()).where(TwinEntry.connection_id == connection_id)
    counted: dict[str, int] = dict(session.execute(count.group_by(TwinEntry.kind)).all())
    rows = lists_of(session, connection_id)
    return [
        Age(kind, counted.get(kind.value, 0), rows[kind].read_at, rows[kind].trouble) for kind in LISTS if kind in rows
    ]


def ask_again(session: Scoped, connection_id: int, at: dt.datetime, kinds: Collection[Kind] | None = None) -> None:
    """The next exchange reads what changed in every list, or in those of `kinds`, however fresh the copy is."""
    for kind, row in lists_of(session, connection_id).items():
        if kinds is None or kind in kinds:
            row.wanted_at = at


def asked_for(session: Scoped, connection_id: int, kinds: Collection[Kind]) -> bool:
    """Whether one of these lists was asked for, and its reading was not even begun since."""
    rows = lists_of(session, connection_id)
    return any(_waits(row) for kind, row in rows.items() if kind in kinds)


def forget(session: Scoped, connection_id: int, *, most: int = 5_000) -> int:
    """Drop the copy of books that are no longer connected, up to `most` entries; how many went. Again until none is
    left, so that nobody waits long."""
    some = select(TwinEntry.id).where(TwinEntry.connection_id == connection_id).limit(most)
    ids = session.scalars(some).all()
    for piece in pieces(ids):
        session.execute(delete(TwinEntry).where(TwinEntry.id.in_(piece)), execution_options=NO_SYNC)
    if len(ids) < most:
        lists = delete(TwinList).where(TwinList.connection_id == connection_id)
        session.execute(lists, execution_options=NO_SYNC)
    return len(ids)


def next_at(session: Scoped, connection_id: int, at: dt.datetime, *, busy: bool) -> dt.datetime | None:
    """When a list is to be read again; None where none was ever tried. `busy`: invoices went there lately."""
    times = [_again_at(row, at, busy) for row in lists_of(session, connection_id).values()]
    return min(times, default=None)


def lists_of(session: Scoped, connection_id: int) -> dict[Kind, TwinList]:
    """The connection's lists by kind."""
    rows: Sequence[TwinList] = session.scalars(select(TwinList).where(TwinList.connection_id == connection_id)).all()
    return {Kind(row.kind): row for row in rows}


def _again_at(row: TwinList, at: dt.datetime, busy: bool) -> dt.datetime:
    soon = busy if row.trouble is None else not row.trouble["lasts"]
    tried_at = max((one for one in (row.read_at, row.pass_began_at) if one is not None), default=at)
    return max(tried_at + (SOON if soon else LATER), at + SOON)


def _from_the_beginning(row: TwinList, connection: Connection, at: dt.datetime) -> bool:
    """Never read whole, long ago, or from other books."""
    since = max((one for one in (connection.bound_at, connection.confirmed_at) if one is not None), default=None)
    return row.full_at is None or row.full_at <= at - FROM_THE_BEGINNING or (since is not None and row.full_at < since)


def _is_due(row: TwinList, at: dt.datetime) -> bool:
    if row.read_at is None or row.read_at <= at - SOON:
        return True
    if row.wanted_at is None:
        return False
    # what changed after a page was asked for need not be on it, although the answer came later
    return row.wanted_at >= min(row.read_at, row.pass_began_at or row.read_at)


def _waits(row: TwinList) -> bool:
    return row.wanted_at is not None and (row.pass_began_at is None or row.wanted_at > row.pass_began_at)


def _begin(row: TwinList, asked: Asked) -> None:
    if row.pass_exchange_id != asked.exchange_id:
        row.pages = 0
    row.pass_exchange_id = asked.exchange_id
    row.pass_number += 1
    row.pass_began_at = asked.at
    row.pass_since = asked.since
    row.pass_newest = None
    row.page = None


def _expire(row: TwinList) -> None:
    """A page, or a watermark, that is honoured no longer: the whole list again, once in this exchange."""
    again = row.trouble is None or row.trouble["code"] != EXPIRED
    row.full_at = None
    row.page = BEGIN_AGAIN if again else None
    row.trouble = {"code": EXPIRED, "text": "", "lasts": False}


def _trouble(outcome: Outcome) -> dict[str, Any]:
    """`lasts`: the books said no for good, so that asking again soon is of no use."""
    lasts = isinstance(outcome, Refused | Disconnected)
    return {"code": getattr(outcome, "code", ""), "text": getattr(outcome, "text", ""), "lasts": lasts}


def _take_page(session: Scoped, row: TwinList, pulled: Pulled, *, several: bool, at: dt.datetime) -> None:
    read = [one for one in pulled.records if isinstance(one, Entry) and one.name]
    changed = entries.keep(session, row, read)
    changed |= entries.drop(session, row, pulled.gone, at)
    row.pass_newest = max((one for one in (row.pass_newest, pulled.watermark) if one is not None), default=None)
    row.page = pulled.page
    if pulled.page is None:
        if row.pass_since is None:
            changed |= entries.drop_unseen(session, row, at)
            row.full_at = row.pass_began_at
        row.watermark = _watermark(row, several=several)
        row.read_at = at
        row.trouble = None
    if changed:
        row.generation += 1


def _watermark(row: TwinList, *, several: bool) -> dt.datetime | None:
    newest = row.pass_newest
    if newest is None or not several or row.pass_began_at is None:
        return newest or row.watermark
    return min(newest, row.pass_began_at - CLOCKS_APART)
