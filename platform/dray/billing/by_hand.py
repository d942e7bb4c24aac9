"""Invoices as people write them: each act is audited, none makes a twin, and a delete can be undone for a while."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select, update

from dray.billing import amending, counts, idempotency, invoices, numbers, timeline
from dray.billing.bulk import NO_SYNC
from dray.billing.checking import TEXTS, clean
from dray.billing.given import Complaint, GivenInvoice, Missing, NotNow, Unacceptable
from dray.billing.idempotency import Answer
from dray.billing.invoices import Became
from dray.billing.models import Invoice
from dray.billing.names import folded
from dray.billing.settings import settings_of
from dray.billing.states import InvoiceState
from dray_tenants import audit
from dray_tenants.scope import Scoped

UNDO_FOR: Final = dt.timedelta(minutes=15)
"""How long a deleted invoice can be brought back."""

_SCOPE: Final = "written by hand"
_A_PERSONS: Final = (
    *TEXTS, "date", "due_date", "ship_date", "bill_to", "ship_to", "email", "phone", "custom", "payments", "tax_minor",
    "customer_id", "lines",
)  # fmt: skip


def create(session: Scoped, given: GivenInvoice, *, once: str, at: dt.datetime, actor: str) -> str:
    """Make an invoice, in the caller's transaction; its public id.

    `once` names the form: the same form sent twice makes one invoice. A number that is in use is refused; what billing
    pushes under a known number would update that invoice instead. Raises Unacceptable.
    """
    settings_of(session, hold=True)
    before = idempotency.begin(session, _SCOPE, once, once, at=at) if once else None
    if before is not None:
        return str(before.result["invoice"])
    number = clean(given.number)
    if number is not None and numbers.taken_numbers(session, [number]):
        detail = f"Another invoice has the number {number}. Give another, or leave it empty to have one drawn."
        raise Unacceptable([Complaint(("number",), detail)])
    pushed = invoices.push(session, given, at=at, actor=actor)
    if pushed.became is not Became.CREATED or pushed.id is None:
        raise Unacceptable(pushed.complaints)
    # Nobody pushed it, so no push is equal to it; and all of it is a person's: billing that comes with the same number
    # later changes nothing, but is shown beside it.
    session.execute(
        update(Invoice)
        .where(Invoice.public_id == pushed.id)
        .values(content_hash=None, person_edits=dict.fromkeys(_A_PERSONS)),
        execution_options=NO_SYNC,
    )
    if once:
        idempotency.finish(session, _SCOPE, once, Answer(201, {"invoice": pushed.id}))
    _record(session, "created", pushed.id, at, actor)
    return pushed.id


def save(session: Scoped, public_id: str, given: GivenInvoice, *, version: int, at: dt.datetime, actor: str) -> None:
    """Give an open invoice this content; later pushes leave what this changes. Raises Missing, NotNow, Unacceptable."""
    invoices.change(session, public_id, given, version=version, at=at, actor=actor, by_person=True)
    if session.scalar(select(Invoice.version).where(Invoice.public_id == public_id)) != version:
        _record(session, "edited", public_id, at, actor)


def redate(session: Scoped, public_id: str, day: dt.date, *, version: int | None, at: dt.datetime, actor: str) -> None:
    """Give an open invoice another date and leave the rest. Raises Missing, NotNow, Unacceptable."""
    before = session.scalar(select(Invoice.date).where(Invoice.public_id == public_id))
    amending.amend(session, public_id, {"date": day}, version=version, at=at, actor=actor, by_person=True)
    if before is not None and before != day:
        details = {"before": before.isoformat(), "date": day.isoformat()}
        subject = f"invoice:{public_id}"
        audit.record(session, actor=actor, action="invoice.redated", subject=subject, now=at, details=details)


def delete(session: Scoped, public_id: str, *, version: int | None, at: dt.datetime, actor: str) -> None:
    """Delete an open invoice; `restore` brings it back for a while. Raises Missing, NotNow."""
    invoices.delete(session, public_id, version=version, at=at, actor=actor)
    _record(session, "deleted", public_id, at, actor)


def restore(session: Scoped, public_id: str, *, at: dt.datetime, actor: str) -> None:
    """Bring back an invoice that was deleted within `UNDO_FOR`, as a new version. Raises Missing, and NotNow with the
    reason: too late, or its number or external id is another's by now."""
    settings_of(session, hold=True)
    row = session.scalar(
        select(Invoice).where(Invoice.public_id == public_id, Invoice.deleted_at.is_not(None)).with_for_update()
    )
    if row is None or row.deleted_at is None:
        raise Missing("There is no deleted invoice with this id.")
    if at - row.deleted_at > UNDO_FOR:
        minutes = int(UNDO_FOR.total_seconds() // 60)
        raise NotNow(f"It was deleted more than {minutes} minutes ago and stays deleted. Write it again.")
    if numbers.taken_numbers(session, [row.number]).get(folded(row.number)):
        raise NotNow(f"It stays deleted: another invoice has the number {row.number} by now.")
    if row.external_id is not None and _is_taken(session, row.external_id):
        raise NotNow("It stays deleted: billing has sent it again since.")
    values = {"deleted_at": None, "updated_at": at, "version": row.version + 1}
    session.execute(update(Invoice).where(Invoice.id == row.id).values(values), execution_options=NO_SYNC)
    timeline.note(session, "restored", [(row.id, {})], at=at, actor=actor)
    counts.change(session, {counts.NOT_SENT if row.not_sent is not None else InvoiceState.DRAFT.value: 1})
    _record(session, "restored", public_id, at, actor)


def _is_taken(session: Scoped, external_id: str) -> bool:
    found = session.scalar(select(Invoice.id).where(Invoice.external_id == external_id, Invoice.deleted_at.is_(None)))
    return found is not None


def _record(session: Scoped, did: str, public_id: str, at: dt.datetime, actor: str) -> None:
    number = session.scalar(select(Invoice.number).where(Invoice.public_id == public_id))
    subject = f"invoice:{public_id}"
    audit.record(session, actor=actor, action=f"invoice.{did}", subject=subject, now=at, details={"number": number})
