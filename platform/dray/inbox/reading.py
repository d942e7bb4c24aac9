"""The inbox: every problem that waits for a person, by cause. Writes nothing.

At most `LOOKED_AT` problems of each kind are read, the newest; the rest comes up as these are solved, and the page says
so. So the page costs the same for a thousand problems and for a million.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import bindparam, select

from dray.billing.differences import Difference
from dray.billing.models import SELDOM, Customer, Invoice, TimelineEntry
from dray.billing.person_edits import as_problems
from dray.billing.receipt_models import BookState, Receipt
from dray.billing.states import InvoiceState
from dray.billing.timeline import sentence
from dray.inbox.causes import Cause, Kind, cause_of, hint_of, shared_fix, title_of
from dray.inbox.models import Dismissal
from dray_sdk import Money
from dray_tenants.scope import Scoped

LOOKED_AT: Final = 500
LATE_FOR: Final = dt.timedelta(days=90)
"""How long a change of billing's that was not taken is shown."""

TO_DECIDE: Final = (
    Difference.GONE.value,
    Difference.VOIDED.value,
    Difference.CHANGED.value,
    Difference.CREDITED.value,
)
"""Differences that somebody has to look at; what was paid is as it should be."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One problem of one invoice. `line` is the first line that it is about."""

    invoice_id: int
    cause: Cause
    mark: str
    since: dt.datetime
    detail: str
    fix: dict[str, Any] | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem with the invoice that it belongs to."""

    trouble: Trouble
    public_id: str
    version: int
    number: str
    customer: str
    total: Money
    state: str

    @property
    def pick(self) -> str:
        """What its form sends: the id and the version that was looked at."""
        return f"{self.public_id}.{self.version}"


@dataclass(frozen=True, slots=True)
class Group:
    """All problems of one cause, the newest first. `shown` are the first of them, with their invoices."""

    cause: Cause
    title: str
    hint: str
    fix: str
    troubles: Sequence[Trouble]
    shown: Sequence[Shown] = ()

    @property
    def count(self) -> int:
        """How many there are, of those that were looked at."""
        return len(self.troubles)

    @property
    def oldest(self) -> dt.datetime:
        """Since when the oldest of them waits."""
        return min(trouble.since for trouble in self.troubles)


@dataclass(frozen=True, slots=True)
class Inbox:
    """The groups, the largest first, and whether there are more problems than were looked at."""

    groups: Sequence[Group]
    bounded: bool

    @property
    def count(self) -> int:
        """How many problems are shown in all."""
        return sum(group.count for group in self.groups)


def read(session: Scoped, *, now: dt.datetime) -> Inbox:
    """Every group, without the invoices: six statements, and one for what was set aside."""
    kinds = (
        list(_of_invoices(session, InvoiceState.NEEDS_ATTENTION, Kind.REFUSED)),
        list(_of_invoices(session, InvoiceState.DRAFT, Kind.DRAFT)),
        list(_of_disagreements(session)),
        list(_of_books(session)),
        list(_of_receipts(session)),
        list(_of_late_changes(session, now)),
    )
    found = [trouble for troubles in kinds for trouble in troubles]
    aside = _set_aside(session) if found else frozenset()
    by_cause: dict[Cause, list[Trouble]] = defaultdict(list)
    for trouble in found:
        if (trouble.invoice_id, trouble.cause.kind.value, trouble.mark) not in aside:
            by_cause[trouble.cause].append(trouble)
    groups = [_group(cause, troubles) for cause, troubles in by_cause.items()]
    groups.sort(key=lambda group: (-group.count, group.cause.key))
    return Inbox(groups, any(len(troubles) >= LOOKED_AT for troubles in kinds))


def with_invoices(session: Scoped, groups: Sequence[Group], each: int) -> list[Group]:
    """The groups with the first `each` of their invoices."""
    wanted = {trouble.invoice_id for group in groups for trouble in group.troubles[:each]}
    statement = (
        select(
            Invoice.id,
            Invoice.public_id,
            Invoice.version,
            Invoice.number,
            Customer.name,
            Invoice.total_minor,
            Invoice.currency,
            Invoice.state,
        )
        .join(Customer, (Customer.tenant_id == Invoice.tenant_id) & (Customer.id == Invoice.customer_id))
        .where(Invoice.id.in_(wanted))
    )
    rows = {row[0]: row for row in session.execute(statement)} if wanted else {}
    return [
        replace(
            group,
            shown=[
                Shown(trouble, row[1], row[2], row[3], row[4], Money(row[5], row[6]), row[7])
                for trouble in group.troubles[:each]
                if (row := rows.get(trouble.invoice_id)) is not None
            ],
        )
        for group in groups
    ]


def _group(cause: Cause, troubles: list[Trouble]) -> Group:
    troubles.sort(key=lambda trouble: trouble.since, reverse=True)
    newest = troubles[0].detail
    fix = shared_fix([trouble.fix for trouble in troubles])
    return Group(cause, title_of(cause, newest), hint_of(cause, newest), fix, troubles)


def _of_invoices(session: Scoped, state: InvoiceState, kind: Kind) -> Iterator[Trouble]:
    """Those that need attention, or drafts with something to decide; each under its first problem."""
    statement = (
        select(Invoice.id, Invoice.problems, Invoice.updated_at)
        .where(
            Invoice.state == state.value,
            Invoice.problems.is_not(None),
            Invoice.deleted_at.is_(None),
            Invoice.not_sent.is_(None),
        )
        .order_by(Invoice.id.desc())
        .limit(LOOKED_AT)
    )
    for invoice_id, problems, updated_at in session.execute(statement):
        if problems:
            first = problems[0]
            cause, field = cause_of(kind, first), str(first.get("field") or "")
            mark = updated_at.isoformat()
            yield Trouble(invoice_id, cause, mark, updated_at, str(first["detail"]), first.get("fix"), field)


def _of_disagreements(session: Scoped) -> Iterator[Trouble]:
    """Drafts of which a person and billing say different things."""
    statement = (
        select(Invoice.id, Invoice.person_edits, Invoice.updated_at)
        .where(
            Invoice.state == InvoiceState.DRAFT.value,
            Invoice.person_edits.is_not(None),
            Invoice.deleted_at.is_(None),
            Invoice.not_sent.is_(None),
        )
        .order_by(Invoice.id.desc())
        .limit(LOOKED_AT)
    )
    for invoice_id, edits, updated_at in session.execute(statement):
        for problem in as_problems(edits):
            cause, field = cause_of(Kind.DISAGREES, problem), str(problem["field"])
            mark = updated_at.isoformat()
            yield Trouble(invoice_id, cause, mark, updated_at, str(problem["detail"]), problem["fix"], field)


def _of_books(session: Scoped) -> Iterator[Trouble]:
    statement = (
        select(BookState.invoice_id, BookState.kind, BookState.since, Invoice.currency, BookState.total_minor)
        .join(Invoice, (Invoice.tenant_id == BookState.tenant_id) & (Invoice.id == BookState.invoice_id))
        .where(BookState.kind.in_(TO_DECIDE))
        .order_by(BookState.id.desc())
        .limit(LOOKED_AT)
    )
    for invoice_id, kind, since, currency, minor in session.execute(statement):
        there = f" It stands at {Money(minor, currency)} there." if minor is not None and kind == "changed" else ""
        detail = f"{title_of(Cause(Kind.DIFFERS, kind), '')}.{there}"
        yield Trouble(invoice_id, Cause(Kind.DIFFERS, kind), since.isoformat(), since, detail)


def _of_receipts(session: Scoped) -> Iterator[Trouble]:
    columns = (Receipt.invoice_id, Receipt.differs, Receipt.accepted_at, Receipt.total_minor)
    statement = (
        select(*columns, Invoice.currency, Invoice.total_minor)
        .join(Invoice, (Invoice.tenant_id == Receipt.tenant_id) & (Invoice.id == Receipt.invoice_id))
        .where(Receipt.differs.is_not(None))
        .order_by(Receipt.id.desc())
        .limit(LOOKED_AT)
    )
    for invoice_id, cause, since, theirs, currency, sent in session.execute(statement):
        differs = str(cause)
        there = f" It stands at {Money(theirs, currency)} there, {Money(sent, currency)} here." if theirs else ""
        detail = f"{title_of(Cause(Kind.FIGURES, differs), '')}.{there}"
        yield Trouble(invoice_id, Cause(Kind.FIGURES, differs), since.isoformat(), since, detail)


def _of_late_changes(session: Scoped, now: dt.datetime) -> Iterator[Trouble]:
    """The newest change of each invoice."""
    kind = "push_refused"
    # Both conditions: the first in the very words of the index, which else is not used.
    seldom = TimelineEntry.kind.in_(bindparam("seldom", SELDOM, expanding=True, literal_execute=True))
    statement = (
        select(TimelineEntry.id, TimelineEntry.invoice_id, TimelineEntry.at, TimelineEntry.details)
        .where(seldom, TimelineEntry.kind == kind, TimelineEntry.at > now - LATE_FOR)
        .order_by(TimelineEntry.at.desc())
        .limit(LOOKED_AT)
    )
    seen: set[int] = set()
    for entry, invoice_id, at, details in session.execute(statement):
        if invoice_id in seen:
            continue
        seen.add(invoice_id)
        yield Trouble(invoice_id, Cause(Kind.LATE, kind), str(entry), at, sentence(kind, details or {}))


def _set_aside(session: Scoped) -> frozenset[tuple[int, str, str]]:
    columns = (Dismissal.invoice_id, Dismissal.kind, Dismissal.mark)
    rows = session.execute(select(*columns).order_by(Dismissal.id.desc()).limit(20 * LOOKED_AT))
    return frozenset((invoice_id, kind, mark) for invoice_id, kind, mark in rows)
