"""Writing an open invoice anew: what changed, who keeps what, and the story of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from dray.billing import finding, timeline
from dray.billing.bulk import NO_SYNC
from dray.billing.given import Missing, NotNow
from dray.billing.models import Invoice, InvoiceLine, Posting
from dray.billing.person_edits import SAID
from dray.billing.postings import Change, move
from dray.billing.states import EDITABLE, InvoiceState, Move, PostingState
from dray_sdk import Money
from dray_tenants.scope import Scoped

LOCKED_BECAUSE: Final[Mapping[InvoiceState, str]] = {
    InvoiceState.PENDING_SYNC: "It waits in line to be sent. Take it back first, then change it.",
    InvoiceState.SENDING: "It is on its way to the accounting system. Wait for the answer.",
    InvoiceState.CHECKING: "It may be in the accounting system already. Wait until that is known.",
    InvoiceState.SYNCED: "The accounting system has accepted it. Make corrections there.",
}

_LINES: Final = "lines"
_SUMS: Final = ("subtotal_minor", "tax_minor", "total_minor")
# What follows from the lines is kept or taken together with them.
_WITH_LINES: Final = frozenset({"subtotal_minor", "total_minor", "tax_minor", "currency"})
_NEVER_A_PERSONS: Final = frozenset({"content_hash", "billing_content", "number_key", "subtotal_minor", "total_minor"})
_LINE_COLUMNS: Final = (
    "kind", "item", "description", "quantity", "unit_price", "percent", "amount_minor", "taxable", "accounting_class",
    "service_date", "custom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    """An invoice that may be changed, locked until the transaction ends."""

    id: int
    public_id: str
    version: int
    state: InvoiceState
    number: str
    external_id: str | None
    not_sent: str | None
    row: Invoice


@dataclass(frozen=True, slots=True)
class Telling:
    """How the change is told: the timeline's kind, when, who; whether a person made it, or a push of billing."""

    kind: str
    at: dt.datetime
    actor: str
    by_person: bool = False
    push: bool = False


def find_open(session: Scoped, public_id: str, *, version: int | None) -> Open:
    """The invoice, if it may be changed and still is the version that was looked at. Raises Missing, NotNow."""
    row = session.scalar(
        select(Invoice)
        .where(Invoice.public_id == public_id, Invoice.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise Missing("There is no invoice with this id.")
    state = InvoiceState(row.state)
    if state not in EDITABLE:
        raise NotNow(LOCKED_BECAUSE[state])
    if version is not None and version != row.version:
        raise NotNow("Somebody changed it since you looked. Look at it again, then make your change.")
    return Open(row.id, public_id, row.version, state, row.number, row.external_id, row.not_sent, row)


def make_draft(session: Scoped, known: Open, *, at: dt.datetime, actor: str) -> None:
    """Set the refused try of an invoice that needs attention aside."""
    if known.state is not InvoiceState.NEEDS_ATTENTION:
        return
    refused = session.scalars(
        select(Posting.id).where(Posting.invoice_id == known.id, Posting.state == PostingState.REFUSED.value)
    )
    move(session, Move.BACK_TO_DRAFT, [Change(posting_id) for posting_id in refused], at=at, actor=actor)


def rewrite(
    session: Scoped,
    known: Open,
    columns: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    *,
    problems: list[dict[str, Any]] | None,
    told: Telling,
) -> None:
    """Give the invoice these columns and lines, as a new version; where nothing differs, nothing is written.

    A push of billing leaves what a person changed, and remembers beside it what billing says.
    """
    row = known.row
    changed = {name for name, value in columns.items() if getattr(row, name) != value}
    if _comparable(lines_of(session, known.id)) != _comparable(lines):
        changed.add(_LINES)
    edits = dict(row.person_edits or {})
    kept: dict[str, str] = {}
    if told.push:
        kept = {name: _said_by_billing(name, columns) for name in changed if name in edits}
        columns, changed = _without_kept(row, columns, changed, set(kept))
    edits = _edits_after(edits, changed, kept, told)
    if not changed and edits == (row.person_edits or {}):
        return
    before = Money(row.total_minor, row.currency)
    make_draft(session, known, at=told.at, actor=told.actor)
    if _LINES in changed:
        session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id == known.id), execution_options=NO_SYNC)
        write_lines(session, known.id, lines)
    values = {name: columns[name] for name in changed if name in columns}
    values |= {
        "version": known.version + 1,
        "updated_at": told.at,
        "problems": row.problems if _LINES in kept else problems,
        "person_edits": edits or None,
    }
    session.execute(update(Invoice).where(Invoice.id == known.id).values(values), execution_options=NO_SYNC)
    session.expire(row)
    if changed & {_LINES, *finding.HEAD}:
        head = {name: getattr(row, name) for name in finding.HEAD}
        finding.learn(session, known.id, head, lines_of(session, known.id))
    _tell(session, known, changed, kept, before, told)


def _edits_after(edits: Mapping[str, Any], changed: set[str], kept: Mapping[str, str], told: Telling) -> dict[str, Any]:
    """The fields that are a person's, after this change, and what billing says instead."""
    if told.by_person:
        return {**edits, **dict.fromkeys(changed - _NEVER_A_PERSONS)}
    if told.push:
        return {name: kept.get(name) for name in {*edits, *kept}}
    # Whoever changes it on purpose settles what billing and a person disagreed about.
    return {name: value for name, value in edits.items() if name not in changed}


def _tell(
    session: Scoped, known: Open, changed: set[str], kept: Mapping[str, str], before: Money, told: Telling
) -> None:
    shown = changed - _NEVER_A_PERSONS
    details = {
        "version": known.version + 1,
        "fields": sorted({SAID.get(name, name) for name in shown}),
        "total_before": str(before),
        "total": str(Money(known.row.total_minor, known.row.currency)),
    }
    if shown:
        timeline.note(session, told.kind, [(known.id, details)], at=told.at, actor=told.actor)
    notes = [(known.id, {"field": SAID.get(name, name), "theirs": theirs}) for name, theirs in sorted(kept.items())]
    timeline.note(session, "kept_a_persons_edit", notes, at=told.at, actor=told.actor)


def write_lines(session: Scoped, invoice_id: int, lines: Sequence[Mapping[str, Any]]) -> None:
    """Store the lines of an invoice that has none."""
    if lines:
        session.execute(insert(InvoiceLine), [{**line, "invoice_id": invoice_id} for line in lines])


def lines_of(session: Scoped, invoice_id: int) -> list[dict[str, Any]]:
    """The lines of an invoice as columns, in their order."""
    columns = [getattr(InvoiceLine, name) for name in _LINE_COLUMNS]
    rows = session.execute(select(*columns).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position))
    return [dict(zip(_LINE_COLUMNS, row, strict=True)) for row in rows]


def item_names(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of what the lines charge."""
    return [line["item"] for line in lines if line["item"]]


def _without_kept(
    row: Invoice, columns: Mapping[str, Any], changed: set[str], kept: set[str]
) -> tuple[Mapping[str, Any], set[str]]:
    """What is left of a push where it gives way to a person's edits: the columns, and which of them change. The sums
    belong to the lines; a total is always the subtotal and the tax that stand beside it."""
    if _LINES in kept:
        kept = kept | _WITH_LINES
    elif "tax_minor" in kept:
        columns = {**columns, "total_minor": columns["subtotal_minor"] + (row.tax_minor or 0)}
        changed = changed | {"total_minor"}
    return columns, changed - kept


def _said_by_billing(name: str, wanted: Mapping[str, Any]) -> str:
    if name == _LINES:
        return str(Money(wanted["total_minor"], wanted["currency"]))
    if name in _SUMS and wanted[name] is not None:
        return str(Money(wanted[name], wanted["currency"]))
    return str(wanted[name]) if wanted[name] is not None else "nothing"


def _comparable(lines: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(line[name] for name in _LINE_COLUMNS) for line in lines]
