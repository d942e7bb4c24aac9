"""A copy of an invoice that the books have is its replacement: it goes only once the original is out of them.

Otherwise a customer would be billed twice: the usual reason for a copy is that the original was wrong. Out of the books
means that they showed it voided, deleted or credited when it was looked up. Who really charges something beside the
original says so, and an administrator's word is needed for that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from dray.billing import timeline
from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.differences import Difference
from dray.billing.given import Missing, NotNow
from dray.billing.models import Invoice
from dray.billing.receipt_models import BookState
from dray.billing.states import EDITABLE, InvoiceState
from dray_sdk import Fix, Problem
from dray_tenants import audit
from dray_tenants.scope import Scoped

OUT_OF_THE_BOOKS: Final = frozenset({Difference.GONE, Difference.VOIDED, Difference.CREDITED})
CODE: Final = "replaces"

_ORIGINAL: Final = aliased(Invoice)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What stands between an invoice and Send: the original, and what the books show of it. `additional_by`: who said
    that it is charged beside the original."""

    original: str
    number: str
    seen: Difference | None
    state: InvoiceState
    additional_by: str = ""

    @property
    def holds(self) -> bool:
        """Whether the copy must not go yet."""
        return not self.additional_by and self.seen not in OUT_OF_THE_BOOKS and self.state not in EDITABLE


def begin(session: Scoped, public_id: str, original: str, *, at: dt.datetime, actor: str) -> bool:
    """The new invoice was copied from `original` (public ids). Its replacement where that was sent, and False where it
    was not: then it is an invoice like any other. In the caller's transaction."""
    row = session.execute(
        select(Invoice.id, Invoice.number, Invoice.state).where(
            Invoice.public_id == original, Invoice.deleted_at.is_(None)
        )
    ).one_or_none()
    if row is None or InvoiceState(row.state) in EDITABLE:
        return False
    copied = session.scalar(select(Invoice.id).where(Invoice.public_id == public_id, Invoice.replaces_id.is_(None)))
    if copied is None:
        return False
    values = update(Invoice).where(Invoice.id == copied).values(replaces_id=row.id)
    session.execute(values, execution_options=NO_SYNC)
    timeline.note(session, "replaces", [(copied, {"number": row.number})], at=at, actor=actor)
    return True


def of(session: Scoped, invoice_ids: Sequence[int]) -> dict[int, Replacement]:
    """Of these invoices, those that were copied from one that was sent."""
    found: dict[int, Replacement] = {}
    columns = (
        Invoice.id,
        Invoice.additional_by,
        _ORIGINAL.public_id,
        _ORIGINAL.number,
        _ORIGINAL.state,
        BookState.kind,
    )
    for some in pieces(invoice_ids):
        statement = (
            select(*columns)
            .join(_ORIGINAL, (_ORIGINAL.tenant_id == Invoice.tenant_id) & (_ORIGINAL.id == Invoice.replaces_id))
            .outerjoin(
                BookState, (BookState.tenant_id == Invoice.tenant_id) & (BookState.invoice_id == Invoice.replaces_id)
            )
            .where(Invoice.id.in_(some), Invoice.replaces_id.is_not(None))
        )
        for key, additional_by, original, number, state, seen in session.execute(statement):
            there = Difference(seen) if seen else None
            found[key] = Replacement(original, number, there, InvoiceState(state), additional_by or "")
    return found


def by(session: Scoped, invoice_id: int) -> list[tuple[str, str]]:
    """What was copied from that invoice to take its place: public ids and numbers, the newest first."""
    statement = (
        select(Invoice.public_id, Invoice.number)
        .where(Invoice.replaces_id == invoice_id, Invoice.deleted_at.is_(None), Invoice.additional_by.is_(None))
        .order_by(Invoice.id.desc())
        .limit(5)
    )
    return [(public_id, number) for public_id, number in session.execute(statement)]


def held(session: Scoped, invoice_ids: Sequence[int]) -> dict[int, tuple[Problem, ...]]:
    """Of these invoices, those that may not go yet, with the reason."""
    return {key: (_problem(one),) for key, one in of(session, invoice_ids).items() if one.holds}


def additional(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> None:
    """An administrator (right `post_anyway`) says that it is charged beside the original. In the caller's transaction.
    Raises Missing, and NotNow for one that replaces nothing or was sent already."""
    row = session.scalar(
        select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None)).with_for_update()
    )
    if row is None:
        raise Missing("There is no invoice with this id.")
    replaced = of(session, [row.id]).get(row.id)
    if replaced is None or InvoiceState(row.state) not in EDITABLE:
        raise NotNow("Nothing was changed: it stands in for no other invoice, or was sent already.")
    values = update(Invoice).where(Invoice.id == row.id).values(additional_by=actor, updated_at=at)
    session.execute(values, execution_options=NO_SYNC)
    told = {"number": replaced.number}
    timeline.note(session, "said_additional", [(row.id, told)], at=at, actor=actor)
    details = {"number": row.number, "original": replaced.number}
    audit.record(
        session, actor=actor, action="invoice.said_additional", subject=f"invoice:{public_id}", now=at, details=details
    )


def _problem(one: Replacement) -> Problem:
    return Problem(
        CODE,
        "",
        f"It takes the place of {one.number}, which the books still have. Void, delete or credit {one.number} there; "
        "this one goes as soon as Dray has seen that. If it is charged beside that one, an administrator says so.",
        Fix("said_additional", "It is an additional charge"),
    )
