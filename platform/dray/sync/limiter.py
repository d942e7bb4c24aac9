"""How hard one set of books may be pressed: asked before every request to books that we call.

What a connector says its books bear (`dray_sdk.Timing`) holds for all processes and machines together, so that what
was begun is kept in the database, one row for each set of books. A request that was given leave and never told its end
(its process died) counts as under way until nobody can be waiting for its answer any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dray.sync.models import BooksPace
from dray_sdk import Connector, Timing
from dray_tenants.scope import ScopedSession

__all__ = ["Limiter", "Slot"]

_MINUTE: Final = 61_500
_SECOND: Final = 1_100
"""Longer than the books' own, in milliseconds: what leaves evenly may arrive closer together."""

_LOOK_AGAIN: Final = 500
"""Milliseconds after which whoever found too much under way asks again."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave to send one request, given at `began`. `bulk_at`: from when on it may be one that carries much; None for at
    once."""

    connector: str
    books_id: str
    key: str
    began: int = 0
    bulk_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Limiter:
    """Gives leave. `sessions` are for small writes that a power cut may take back."""

    sessions: Callable[[], ScopedSession]
    randomness: Callable[[int], bytes]

    def take(self, connector: Connector, books_id: str, *, at: dt.datetime) -> Slot | dt.datetime:
        """Leave to send one request now; or when to ask again. What takes it must tell its end with `done`."""
        now = _milliseconds(at)
        with self.sessions() as session:
            row = _row(session, connector.name, books_id)
            under_way = {key: until for key, until in row.under_way.items() if until > now}
            free_at = _free_at(row, len(under_way), connector.timing, now)
            if free_at > now:
                session.rollback()
                return _moment(free_at)
            bulk_at = _free_again(row.bulk, connector.timing.bulk_per_minute, _MINUTE, now)
            waits = _moment(bulk_at) if bulk_at > now else None
            slot = Slot(connector.name, books_id, self.randomness(6).hex(), now, waits)
            if bulk_at <= now:
                row.bulk = sorted([*(one for one in row.bulk if one > now - _MINUTE), now])
            row.under_way = {**under_way, slot.key: now + int(connector.timing.answer_within * 2000)}
            row.begun = sorted([*(one for one in row.begun if one > now - _MINUTE), now])
            session.commit()
        return slot

    def done(self, slot: Slot, *, left: bool = True, bulk: bool = True) -> None:
        """Its request was answered or given up; or, with `left` false, there was nothing to send after all. `bulk`:
        whether it carried much."""
        with self.sessions() as session:
            row = _row(session, slot.connector, slot.books_id)
            row.under_way = {key: until for key, until in row.under_way.items() if key != slot.key}
            if not left:
                row.begun = _without(row.begun, slot.began)
            if slot.bulk_at is None and not (left and bulk):
                row.bulk = _without(row.bulk, slot.began)
            session.commit()

    def hold(self, slot: Slot, *, until: dt.datetime) -> None:
        """These books asked to be left alone until then: that goes for every process."""
        with self.sessions() as session:
            row = _row(session, slot.connector, slot.books_id)
            row.wait_until = max(until, row.wait_until or until)
            session.commit()

    def held_until(self, connector: str, books_id: str, *, at: dt.datetime) -> dt.datetime | None:
        """Until when these books asked to be left alone; None when they did not."""
        with self.sessions() as session:
            until = session.scalar(
                select(BooksPace.wait_until).where(BooksPace.connector == connector, BooksPace.books_id == books_id)
            )
        return until if until is not None and until > at else None


def _row(session: ScopedSession, connector: str, books_id: str) -> BooksPace:
    """The row of these books, and until the transaction ends nobody else's."""
    statement = select(BooksPace).where(BooksPace.connector == connector, BooksPace.books_id == books_id)
    found = session.scalar(statement.with_for_update())
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(BooksPace(connector=connector, books_id=books_id, begun=[], bulk=[], under_way={}))
    except IntegrityError:
        pass  # another process made it at the same moment
    return session.scalars(statement.with_for_update()).one()


def _free_at(row: BooksPace, under_way: int, timing: Timing, now: int) -> int:
    """The moment at which one more request may begin."""
    moments = [_milliseconds(row.wait_until)] if row.wait_until else []
    if under_way >= timing.at_once:
        moments.append(now + _LOOK_AGAIN)
    for most, span in ((timing.requests_per_minute, _MINUTE), (timing.at_once, _SECOND)):
        moments.append(_free_again(row.begun, most, span, now))
    return max(moments)


def _free_again(begun: Sequence[int], most: int | None, span: int, now: int) -> int:
    """The moment at which fewer than `most` of them lie within the last `span`."""
    return begun[-most] + span if most and len(begun) >= most else now


def _without(begun: Sequence[int], moment: int) -> list[int]:
    """All but one that began at that moment."""
    place = begun.index(moment) if moment in begun else len(begun)
    return [*begun[:place], *begun[place + 1 :]]


def _moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)


def _milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
