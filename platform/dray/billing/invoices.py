"""Invoices come into being, change and go, while they are Draft or Needs attention.

Every change makes a new version. The key of what billing pushes is its `external_id`, or the number where it gives
none: the same content again changes nothing, other content updates what is still open.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select, update

from dray.billing import counts, editing, finding, items, numbers, routing, timeline
from dray.billing.bulk import NO_SYNC, pieces
from dray.billing.checking import Checked, check, clean
from dray.billing.customers import Resolver
from dray.billing.editing import Open, find_open
from dray.billing.given import Complaint, GivenInvoice, NotNow, Unacceptable
from dray.billing.haste import in_turns
from dray.billing.models import Invoice
from dray.billing.names import folded
from dray.billing.problems import all_stored
from dray.billing.settings import settings_of
from dray.billing.states import InvoiceState
from dray_tenants.database import canonical_json, new_public_id
from dray_tenants.scope import Scoped

PIECE: Final = 25
"""How many invoices one transaction of `push_many` makes at most: some 150 ms of the writer's time on SQLite; fewer
where it takes longer than `dray.billing.haste` allows."""


class Became(StrEnum):
    """What became of one pushed invoice."""

    CREATED = "created"
    UPDATED = "updated"
    SAME = "same"
    UNACCEPTABLE = "unacceptable"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True)
class Pushed:
    """The answer to one pushed invoice. `id` is None only where it was unacceptable; `complaints` and `sentence` say
    why nothing was kept."""

    became: Became
    id: str | None = None
    complaints: tuple[Complaint, ...] = ()
    sentence: str = ""


def push_many(
    session: Scoped, givens: Sequence[GivenInvoice], *, at: dt.datetime, actor: str, kind: str = "created"
) -> list[Pushed]:
    """Keep what billing gives; one answer each, in order, and one bad invoice holds up no other.

    Commits after every piece, and lets others write before the next: call it with no other work open in the session.
    `kind` is the timeline's word for where it came from ("created", "imported").
    """
    answers: list[Pushed] = []
    for some in in_turns(givens, PIECE):
        answers += [push(session, given, at=at, actor=actor, kind=kind) for given in some]
        session.commit()
    return answers


def push(session: Scoped, given: GivenInvoice, *, at: dt.datetime, actor: str, kind: str = "created") -> Pushed:
    """Keep one invoice, in the caller's transaction. What cannot be kept leaves no trace, and the answer says why.

    One whose key is known: with the same content as the last push nothing happens, with other content an open invoice
    is updated, except for fields that a person changed since; a sent one keeps what it is and notes on its timeline
    that billing wanted something else.
    """
    tenant = settings_of(session, hold=True)
    before = session.begin_nested()
    try:
        checked = check(given, currency=tenant.currency)
        known = _known(session, given)
        answer = (
            _create(session, given, checked, at=at, actor=actor, kind=kind)
            if known is None
            else _push_again(session, known, given, checked, at=at, actor=actor)
        )
    except Unacceptable as refused:
        before.rollback()
        return Pushed(Became.UNACCEPTABLE, complaints=refused.complaints)
    before.commit()
    return answer


def change(
    session: Scoped,
    public_id: str,
    given: GivenInvoice,
    *,
    version: int | None,
    at: dt.datetime,
    actor: str,
    by_person: bool = False,
) -> None:
    """Replace the content of an open invoice by `given`. One that needs attention becomes a draft.

    `version` is the one that was looked at. `by_person`: later pushes of billing keep what this changes. Raises
    Missing, NotNow, Unacceptable.
    """
    tenant = settings_of(session, hold=True)
    known = find_open(session, public_id, version=version)
    checked = check(given, currency=tenant.currency)
    fields = {**checked.columns, **_number(session, given, known), **_external_id(session, given, known)}
    customer_id = Resolver(session, at)(given.customer)
    editing.rewrite(
        session,
        known,
        {**fields, "customer_id": customer_id},
        checked.lines,
        problems=all_stored(checked.problems),
        told=editing.Telling("edited", at, actor, by_person=by_person),
    )
    items.remember(session, editing.item_names(checked.lines), at=at)


def delete(session: Scoped, public_id: str, *, version: int | None, at: dt.datetime, actor: str) -> None:
    """Delete an open invoice; its number and external id are free again. Raises Missing, NotNow."""
    settings_of(session, hold=True)
    known = find_open(session, public_id, version=version)
    editing.make_draft(session, known, at=at, actor=actor)
    session.execute(
        update(Invoice).where(Invoice.id == known.id).values(deleted_at=at, updated_at=at, version=known.version + 1),
        execution_options=NO_SYNC,
    )
    timeline.note(session, "deleted", [(known.id, {})], at=at, actor=actor)
    counts.change(session, {counts.NOT_SENT if known.not_sent is not None else InvoiceState.DRAFT.value: -1})


def _known(session: Scoped, given: GivenInvoice) -> str | None:
    """The public id of the invoice that has the key of this one. Raises Unacceptable where its number is another's."""
    external_id = clean(given.external_id)
    number = clean(given.number)
    holder = numbers.taken_numbers(session, [number]).get(folded(number)) if number else None
    if external_id is None:
        return holder
    known: str | None = session.scalar(
        select(Invoice.public_id).where(Invoice.external_id == external_id, Invoice.deleted_at.is_(None))
    )
    if holder is not None and holder != known:
        raise Unacceptable([_number_taken(number)])
    return known


def _create(
    session: Scoped, given: GivenInvoice, checked: Checked, *, at: dt.datetime, actor: str, kind: str
) -> Pushed:
    number = clean(given.number) or numbers.draw(session, 1)[0]
    public_id = new_public_id("inv")
    row = Invoice(
        public_id=public_id,
        external_id=clean(given.external_id),
        content_hash=content_hash(given),
        number=number,
        number_key=folded(number),
        state=InvoiceState.DRAFT.value,
        customer_id=Resolver(session, at)(given.customer),
        problems=all_stored(checked.problems),
        created_at=at,
        updated_at=at,
        **checked.columns,
    )
    session.add(row)
    session.flush()
    editing.write_lines(session, row.id, checked.lines)
    finding.learn(session, row.id, checked.columns, checked.lines, anew=False)
    items.remember(session, editing.item_names(checked.lines), at=at)
    timeline.note(session, kind, [(row.id, {"number": number})], at=at, actor=actor)
    if reason := routing.why_not_sent(session, row.id, row.date):
        row.not_sent = reason
        timeline.note(session, "marked_not_sent", [(row.id, {"reason": reason})], at=at, actor="Dray")
    counts.change(session, Counter({InvoiceState.DRAFT.value if reason is None else counts.NOT_SENT: 1}))
    return Pushed(Became.CREATED, public_id)


def _push_again(
    session: Scoped, public_id: str, given: GivenInvoice, checked: Checked, *, at: dt.datetime, actor: str
) -> Pushed:
    pushed = content_hash(given)
    if pushed == session.scalar(select(Invoice.content_hash).where(Invoice.public_id == public_id)):
        return Pushed(Became.SAME, public_id)
    try:
        known = find_open(session, public_id, version=None)
    except NotNow as locked:
        _note_refused_push(session, public_id, str(locked), at=at, actor=actor)
        return Pushed(Became.NOT_NOW, public_id, sentence=str(locked))
    columns = {
        **checked.columns,
        **_number(session, given, known),
        "customer_id": Resolver(session, at)(given.customer),
        "content_hash": pushed,
        "billing_content": plain(given),
    }
    editing.rewrite(
        session,
        known,
        columns,
        checked.lines,
        problems=all_stored(checked.problems),
        told=editing.Telling("updated_by_billing", at, actor, push=True),
    )
    items.remember(session, editing.item_names(checked.lines), at=at)
    return Pushed(Became.UPDATED, public_id)


def _note_refused_push(session: Scoped, public_id: str, reason: str, *, at: dt.datetime, actor: str) -> None:
    invoice_id = session.scalar(select(Invoice.id).where(Invoice.public_id == public_id))
    if invoice_id is not None:
        timeline.note(session, "push_refused", [(invoice_id, {"reason": reason})], at=at, actor=actor)


def _number(session: Scoped, given: GivenInvoice, known: Open) -> dict[str, str]:
    """The columns of another number, where one is given. Raises Unacceptable where it is another invoice's."""
    number = clean(given.number)
    if number is None or number == known.number:
        return {}
    if numbers.taken_numbers(session, [number]).get(folded(number), known.public_id) != known.public_id:
        raise Unacceptable([_number_taken(number)])
    return {"number": number, "number_key": folded(number)}


def _external_id(session: Scoped, given: GivenInvoice, known: Open) -> dict[str, str | None]:
    external_id = clean(given.external_id)
    if external_id == known.external_id:
        return {}
    taken = external_id is not None and session.scalar(
        select(Invoice.id).where(Invoice.external_id == external_id, Invoice.deleted_at.is_(None))
    )
    if taken:
        raise Unacceptable([Complaint(("external_id",), "Another invoice has this external_id.")])
    return {"external_id": external_id}


def _number_taken(number: str | None) -> Complaint:
    return Complaint(("number",), f"Another invoice has the number {number}. Give another, or leave it out.")


def content_hash(given: GivenInvoice) -> str:
    """Names what was given: equal content gives equal hashes, 1.50 and 1.5 alike."""
    return hashlib.sha256(canonical_json(plain(given)).encode("utf-8", "surrogatepass")).hexdigest()


def plain(given: GivenInvoice) -> dict[str, Any]:
    """What was given as JSON, without what is empty: decimals as text, days in ISO form."""
    content: dict[str, Any] = _plain(asdict(given))
    return content


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(key): _plain(part) for key, part in value.items() if part not in (None, (), [], {})}
        case list() | tuple():
            return [_plain(part) for part in value]
        case Decimal():
            return f"{value.normalize():f}"
        case dt.date():
            return value.isoformat()
        case str():
            return value.strip()
        case _:
            return value


def ids_of(session: Scoped, public_ids: Sequence[str]) -> dict[str, int]:
    """Public id → internal id, of those that are this tenant's and not deleted."""
    found: dict[str, int] = {}
    for some in pieces(public_ids):
        rows = session.execute(
            select(Invoice.public_id, Invoice.id).where(Invoice.public_id.in_(some), Invoice.deleted_at.is_(None))
        )
        found.update(rows.all())
    return found
