"""One fix for all invoices that have the same problem, each in a transaction of its own.

What cannot be put right keeps its problem, and says why; the others are not held up by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dray.billing import amending, disagreements, person_edits
from dray.billing.given import Missing, NotNow, Unacceptable
from dray.billing.models import Invoice
from dray.inbox.reading import Trouble
from dray_tenants import audit
from dray_tenants.scope import Scoped

AT_ONCE: Final = 200
"""How many invoices one press puts right. The page says how many are left."""

MINE: Final = "mine"
THEIRS: Final = "theirs"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one press: how many were put right, why others were not (by number), how many are left for the next
    press."""

    right: int
    left: Sequence[tuple[str, str]]
    later: int


def choose_amounts(session: Scoped, troubles: Sequence[Trouble], choice: str, *, at: dt.datetime, actor: str) -> Done:
    """Settle every line whose amount is not quantity × price in the same way; `choice` as in `amending.choose_amount`.
    Commits after each invoice."""

    def settle(public_id: str, problem: Mapping[str, Any]) -> None:
        line = int(str(problem["field"]).split("/")[1])
        amending.choose_amount(session, public_id, line, choice, version=None, at=at, actor=actor)
        details = {"line": line + 1, "choice": choice}
        subject = f"invoice:{public_id}"
        audit.record(session, actor=actor, action="invoice.amount_chosen", subject=subject, now=at, details=details)

    return _each(session, troubles, "amount_differs", settle)


def decide(session: Scoped, troubles: Sequence[Trouble], whose: str, *, at: dt.datetime, actor: str) -> Done:
    """Keep what a person wrote (`MINE`) or take what billing says (`THEIRS`), in every invoice where they disagree
    about the same field. Commits after each invoice."""
    act = disagreements.take_theirs if whose == THEIRS else disagreements.keep_mine
    field = troubles[0].field if troubles else ""

    def settle(public_id: str, problem: Mapping[str, Any]) -> None:
        act(session, public_id, field, version=None, at=at, actor=actor)

    return _each(session, troubles, person_edits.CODE, settle, field=field)


def _each(
    session: Scoped,
    troubles: Sequence[Trouble],
    code: str,
    settle: Callable[[str, Mapping[str, Any]], None],
    *,
    field: str = "",
) -> Done:
    right, left = 0, []
    for trouble in troubles[:AT_ONCE]:
        public_id, number = session.execute(
            select(Invoice.public_id, Invoice.number).where(Invoice.id == trouble.invoice_id)
        ).one()
        try:
            changed = _settle_all(session, trouble.invoice_id, public_id, code, settle, field)
        except (Missing, NotNow) as refused:
            session.rollback()
            left.append((number, str(refused)))
        except Unacceptable as refused:
            session.rollback()
            left.append((number, " ".join(each.detail for each in refused.complaints)))
        else:
            session.commit()
            right += changed
    return Done(right, left, max(len(troubles) - AT_ONCE, 0))


def _settle_all(
    session: Scoped,
    invoice_id: int,
    public_id: str,
    code: str,
    settle: Callable[[str, Mapping[str, Any]], None],
    field: str,
) -> bool:
    """Settle one problem after the other until there is none of that code; whether there was any."""
    changed = False
    settled: set[str] = set()
    while (problem := _first(session, invoice_id, code, field)) is not None:
        if problem["field"] in settled:
            break
        settled.add(problem["field"])
        settle(public_id, problem)
        session.flush()
        changed = True
    return changed


def _first(session: Scoped, invoice_id: int, code: str, field: str) -> Mapping[str, Any] | None:
    problems: Sequence[Mapping[str, Any]] | None = session.scalar(
        select(Invoice.problems).where(Invoice.id == invoice_id)
    )
    edits = session.scalar(select(Invoice.person_edits).where(Invoice.id == invoice_id))
    known = [*(problems or ()), *person_edits.as_problems(edits)]
    return next((each for each in known if each["code"] == code and field in ("", each["field"])), None)
