"""One fix for all invoices that have the same problem, each in a transaction of its own.

What cannot be put right keeps its problem, and says why; the others are not held up by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import delete, select, update

from dray.billing import amending, disagreements, invoices, person_edits
from dray.billing.bulk import NO_SYNC
from dray.billing.editing import find_open
from dray.billing.given import Missing, NotNow, Unacceptable
from dray.billing.models import Invoice
from dray.billing.settings import settings_of
from dray.inbox.models import AppliedFix
from dray.inbox.reading import Trouble
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

AT_ONCE: Final = 200
"""How many invoices one press puts right. The page says how many are left."""

UNDONE_FOR: Final = dt.timedelta(days=30)
"""How long a press can be undone."""

MINE: Final = "mine"
THEIRS: Final = "theirs"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one press: how many were put right, why others were not (by number), how many are left for the next
    press, and by what it is undone."""

    right: int
    left: Sequence[tuple[str, str]]
    later: int
    press: str = ""


def choose_amounts(session: Scoped, troubles: Sequence[Trouble], choice: str, *, at: dt.datetime, actor: str) -> Done:
    """Settle every line whose amount is not quantity × price in the same way; `choice` as in `amending.choose_amount`.
    Commits after each invoice."""

    def settle(public_id: str, problem: Mapping[str, Any]) -> None:
        line = int(str(problem["field"]).split("/")[1])
        amending.choose_amount(session, public_id, line, choice, version=None, at=at, actor=actor)
        details = {"line": line + 1, "choice": choice}
        subject = f"invoice:{public_id}"
        audit.record(session, actor=actor, action="invoice.amount_chosen", subject=subject, now=at, details=details)

    return _each(session, troubles, "amount_differs", settle, _Press(("lines",), at, actor))


def decide(session: Scoped, troubles: Sequence[Trouble], whose: str, *, at: dt.datetime, actor: str) -> Done:
    """Keep what a person wrote (`MINE`) or take what billing says (`THEIRS`), in every invoice where they disagree
    about the same field. Commits after each invoice."""
    act = disagreements.take_theirs if whose == THEIRS else disagreements.keep_mine
    field = troubles[0].field if troubles else ""

    def settle(public_id: str, problem: Mapping[str, Any]) -> None:
        act(session, public_id, field, version=None, at=at, actor=actor)

    column = person_edits.COLUMN.get(field, field)
    press = _Press((column,) if whose == THEIRS else (), at, actor)
    return _each(session, troubles, person_edits.CODE, settle, press, field=field)


def undo(session: Scoped, press: str, *, at: dt.datetime, actor: str) -> Done:
    """Make every invoice of one press what it was before, unless it was changed since. Commits after each invoice.
    Raises Missing for none."""
    rows = session.execute(
        select(AppliedFix.id, Invoice.public_id, Invoice.number)
        .join(Invoice, (Invoice.tenant_id == AppliedFix.tenant_id) & (Invoice.id == AppliedFix.invoice_id))
        .where(AppliedFix.press == press)
        .order_by(AppliedFix.id)
    ).all()
    session.commit()
    if not rows:
        raise Missing(press)
    right, left = 0, []
    for key, public_id, number in rows:
        try:
            _put_back(session, key, public_id, at, actor)
        except (Missing, NotNow) as refused:
            session.rollback()
            left.append((number, str(refused)))
        except Unacceptable as refused:
            session.rollback()
            left.append((number, " ".join(each.detail for each in refused.complaints)))
        else:
            session.commit()
            right += 1
    return Done(right, left, 0)


def forget_old(session: Scoped, *, at: dt.datetime) -> int:
    """Drop what nobody undoes any more, in the caller's transaction; how many."""
    gone = delete(AppliedFix).where(AppliedFix.at < at - UNDONE_FOR)
    return int(cast(Any, session.execute(gone, execution_options=NO_SYNC)).rowcount)


@dataclass(frozen=True, slots=True)
class _Press:
    """One press: which columns it changes, when, and whose it is."""

    columns: tuple[str, ...]
    at: dt.datetime
    actor: str
    id: str = field(default_factory=lambda: new_public_id("fix"))


def _put_back(session: Scoped, key: int, public_id: str, at: dt.datetime, actor: str) -> None:
    settings_of(session, hold=True)
    applied = session.scalars(select(AppliedFix).where(AppliedFix.id == key)).one()
    columns, before, edits = applied.columns, applied.before, applied.edits
    known = find_open(session, public_id, version=None)
    if known.version != applied.version:
        raise NotNow("It was changed since, and stays as it is.")
    session.delete(applied)
    for column in columns:
        changes = disagreements.changes_to(column, before)
        amending.amend(session, public_id, changes, version=None, at=at, actor=actor, by_person=True)
    session.flush()
    values = {"person_edits": edits, "version": Invoice.version + 1, "updated_at": at}
    session.execute(update(Invoice).where(Invoice.id == known.id).values(values), execution_options=NO_SYNC)
    subject = f"invoice:{public_id}"
    audit.record(session, actor=actor, action="invoice.fix_undone", subject=subject, now=at, details={})


def _each(
    session: Scoped,
    troubles: Sequence[Trouble],
    code: str,
    settle: Callable[[str, Mapping[str, Any]], None],
    press: _Press,
    *,
    field: str = "",
) -> Done:
    right, left = 0, []
    for trouble in troubles[:AT_ONCE]:
        public_id, number = session.execute(
            select(Invoice.public_id, Invoice.number).where(Invoice.id == trouble.invoice_id)
        ).one()
        try:
            before = _as_it_is(session, trouble.invoice_id, press)
            changed = _settle_all(session, trouble.invoice_id, public_id, code, settle, field)
            if changed:
                _remember(session, before)
        except (Missing, NotNow) as refused:
            session.rollback()
            left.append((number, str(refused)))
        except Unacceptable as refused:
            session.rollback()
            left.append((number, " ".join(each.detail for each in refused.complaints)))
        else:
            session.commit()
            right += changed
    return Done(right, left, max(len(troubles) - AT_ONCE, 0), press.id if right else "")


def _as_it_is(session: Scoped, invoice_id: int, press: _Press) -> AppliedFix:
    row = session.scalars(select(Invoice).where(Invoice.id == invoice_id)).one()
    given = invoices.plain(amending.as_given(session, row))
    return AppliedFix(
        invoice_id=invoice_id,
        press=press.id,
        columns=list(press.columns),
        before=given,
        edits=dict(row.person_edits) if row.person_edits is not None else None,
        actor=press.actor,
        at=press.at,
    )


def _remember(session: Scoped, before: AppliedFix) -> None:
    version = select(Invoice.version).where(Invoice.id == before.invoice_id)
    before.version = session.scalars(version).one()
    session.add(before)
    session.flush()


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
