"""What the books say of a posted invoice since they took it, where that differs from what Dray knows.

Nothing here changes an invoice, and nothing is ever posted again because of it: a difference is shown beside the locked
invoice, and a person decides. Each has its row while it lasts, and an entry in the timeline when it comes or changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray.billing import timeline
from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.receipt_models import BookState
from dray_sdk import Entry, Money
from dray_tenants.scope import Scoped


class Difference(StrEnum):
    """How the books differ.

    `gone`: they do not have it any more. `voided`: it is there without an amount. `changed`: another total or number.
    `credited`: credit memos cover all of it. `paid`, `part_paid`: less is owed than when they took it. `already_there`:
    they hold an invoice under our own mark that this database does not know to have been sent: it was put back from a
    backup. Or books that were removed turn out to hold what has gone to others since.
    """

    GONE = "gone"
    VOIDED = "voided"
    CHANGED = "changed"
    CREDITED = "credited"
    PAID = "paid"
    PART_PAID = "part_paid"
    ALREADY_THERE = "already_there"


_TOLD_AS: Final[Mapping[Difference, str]] = {
    Difference.GONE: "books_deleted",
    Difference.VOIDED: "books_voided",
    Difference.CHANGED: "books_changed",
    Difference.CREDITED: "books_credited",
    Difference.PAID: "books_paid",
    Difference.PART_PAID: "books_paid",
}
"""The timeline's kinds. What is already there is told by the refusal that it goes with."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the books said when they took the invoice, in minor units; None for what they did not tell."""

    number: str | None
    total_minor: int | None
    balance_minor: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of one invoice: the difference, None where the books agree; and the figures there now."""

    invoice_id: int
    difference: Difference | None
    books_id: str | None = None
    number: str | None = None
    total: Money | None = None
    balance: Money | None = None
    before_minor: int | None = None


def compare(invoice_id: int, taken: Taken, entry: Entry | None) -> Seen:
    """What an entry says of an invoice, None for an entry that is not there. Pure."""
    if entry is None:
        return Seen(invoice_id, Difference.GONE)
    return Seen(
        invoice_id, _judge(taken, entry), entry.books_id, entry.number, entry.total, entry.balance, taken.total_minor
    )


def _judge(taken: Taken, entry: Entry) -> Difference | None:
    total = entry.total.minor if entry.total else None
    balance = entry.balance.minor if entry.balance else None
    if taken.total_minor and total == 0:
        return Difference.VOIDED
    if entry.details.get("credited") == "yes":
        return Difference.CREDITED
    if None not in (total, taken.total_minor) and total != taken.total_minor:
        return Difference.CHANGED
    if None not in (entry.number, taken.number) and entry.number != taken.number:
        return Difference.CHANGED
    if balance is None or not total or balance >= (taken.balance_minor or total):
        return None
    return Difference.PAID if balance == 0 else Difference.PART_PAID


def record(
    session: Scoped, connection_id: int, name: str, seen: Sequence[Seen], *, at: dt.datetime, actor: str
) -> list[int]:
    """Store what was seen, in the caller's transaction; the invoices of which something new is to be told.

    The same difference again is only noted as seen. One that is over is removed, and told.
    """
    known = _known(session, [one.invoice_id for one in seen])
    differing = [one for one in seen if one.difference is not None]
    fresh = [one for one in differing if _is_new(one, known.get(one.invoice_id))]
    fresh_ids = {one.invoice_id for one in fresh}
    _touch(session, [one.invoice_id for one in differing if one.invoice_id not in fresh_ids], at)
    for one in fresh:
        _write(session, connection_id, one, at)
    over = [one.invoice_id for one in seen if one.difference is None and _can_be_over(known.get(one.invoice_id))]
    forget(session, over)
    for kind in dict.fromkeys(_TOLD_AS.values()):
        told = [
            (one.invoice_id, {"connection_name": name, **_details(one)})
            for one in fresh
            if one.difference is not None and _TOLD_AS.get(one.difference) == kind
        ]
        timeline.note(session, kind, told, at=at, actor=actor)
    timeline.note(session, "books_agree", [(each, {"connection_name": name}) for each in over], at=at, actor=actor)
    return [*fresh_ids, *over]


def of(session: Scoped, invoice_ids: Iterable[int]) -> dict[int, BookState]:
    """The differences of these invoices: invoice id → its row."""
    found: dict[int, BookState] = {}
    for some in pieces(list(invoice_ids)):
        for row in session.scalars(select(BookState).where(BookState.invoice_id.in_(some))):
            found[row.invoice_id] = row
    return found


def forget(session: Scoped, invoice_ids: Sequence[int]) -> None:
    """The invoices have no difference any more; nothing is told."""
    for some in pieces(invoice_ids):
        session.execute(delete(BookState).where(BookState.invoice_id.in_(some)), execution_options=NO_SYNC)


def known_gone(session: Scoped, invoice_ids: Sequence[int]) -> frozenset[int]:
    """Those of which it is recorded already that the books do not have them any more."""
    known = _known(session, invoice_ids)
    return frozenset(each for each, (kind, *_) in known.items() if kind == Difference.GONE.value)


def _known(session: Scoped, invoice_ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    columns = (BookState.invoice_id, BookState.kind, BookState.number, BookState.total_minor, BookState.balance_minor)
    known: dict[int, tuple[Any, ...]] = {}
    for some in pieces(invoice_ids):
        for invoice_id, *rest in session.execute(select(*columns).where(BookState.invoice_id.in_(some))):
            known[invoice_id] = tuple(rest)
    return known


def _is_new(one: Seen, known: tuple[Any, ...] | None) -> bool:
    return known != (str(one.difference), one.number, *_figures(one))


def _can_be_over(known: tuple[Any, ...] | None) -> bool:
    """What other books hold as well is not over because these agree."""
    return known is not None and known[0] != Difference.ALREADY_THERE.value


def _figures(one: Seen) -> tuple[int | None, int | None]:
    return (one.total.minor if one.total else None, one.balance.minor if one.balance else None)


def _touch(session: Scoped, invoice_ids: Sequence[int], at: dt.datetime) -> None:
    for some in pieces(invoice_ids):
        statement = update(BookState).where(BookState.invoice_id.in_(some)).values(seen_at=at)
        session.execute(statement, execution_options=NO_SYNC)


def _write(session: Scoped, connection_id: int, one: Seen, at: dt.datetime) -> None:
    total, balance = _figures(one)
    values = {
        "connection_id": connection_id,
        "kind": str(one.difference),
        "books_id": one.books_id,
        "number": one.number,
        "total_minor": total,
        "balance_minor": balance,
        "since": at,
        "seen_at": at,
    }
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    insertion = make(BookState).values(tenant_id=session.require_tenant(), invoice_id=one.invoice_id, **values)
    session.execute(insertion.on_conflict_do_update(index_elements=["tenant_id", "invoice_id"], set_=values))


def _details(one: Seen) -> dict[str, Any]:
    match one.difference:
        case Difference.CHANGED if one.total is not None and one.before_minor not in (None, one.total.minor):
            return {"detail": f"{Money(one.before_minor or 0, one.total.currency)} → {one.total}"}
        case Difference.CHANGED:
            return {"detail": f"its number there is {one.number} now"}
        case Difference.PART_PAID:
            return {"detail": f"{one.balance} of {one.total} is still open"}
        case _:
            return {}
