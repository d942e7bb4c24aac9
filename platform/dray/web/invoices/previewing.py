"""What a sending would do, worked out without doing any of it: what goes, what stays and why, whom it creates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dray.billing import documents
from dray.billing.amounts import problems_of
from dray.billing.bulk import pieces
from dray.billing.models import Invoice
from dray.billing.person_edits import as_problems
from dray.billing.problems import all_stored, blocking
from dray.billing.send import Judge, as_sent
from dray.connections.links import Key, LinkState, known
from dray.connections.models import Connection
from dray.web.words import SENDABLE
from dray_sdk import Capabilities, Kind, Money, Reference
from dray_sdk import Invoice as Document
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Previewed:
    """One invoice of the selection. `stays` says why it is not sent, or is empty when it goes."""

    public_id: str
    version: int
    document: Document
    problems: Sequence[Mapping[str, Any]]
    stays: str

    @property
    def goes(self) -> bool:
        """Whether it would be sent."""
        return not self.stays

    @property
    def two_answers(self) -> bool:
        """Whether one of its problems is settled by a press, one way or the other."""
        return any(problem["code"] in {"amount_differs", "billing_differs"} for problem in self.problems)

    @property
    def pick(self) -> str:
        """The id and the version that was looked at, as the form carries them."""
        return f"{self.public_id}.{self.version}"


@dataclass(frozen=True, slots=True)
class CustomerTotal:
    """What one customer's share of the selection adds up to, for invoices that go or for those that stay."""

    name: str
    goes: bool
    invoices: int
    lines: int
    before_tax: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole selection. `creates`: names of customers that the books do not have; `looks_for`: not yet looked up.

    `elsewhere` are no drafts any more; `changed` are other versions than the ones that were picked.
    """

    rows: Sequence[Previewed]
    customers: Sequence[CustomerTotal]
    ready: Sequence[Money]
    left: Sequence[Money]
    creates: Sequence[str]
    looks_for: Sequence[str]
    elsewhere: int
    changed: int

    @property
    def going(self) -> Sequence[Previewed]:
        """Those that would be sent."""
        return [row for row in self.rows if row.goes]

    @property
    def staying(self) -> Sequence[Previewed]:
        """Those that would be left where they are."""
        return [row for row in self.rows if not row.goes]

    @property
    def lines(self) -> int:
        """How many lines the whole selection has."""
        return sum(len(row.document.lines) for row in self.rows)


def preview(
    session: Scoped,
    picked: Mapping[str, int | None],
    *,
    connection: Connection | None,
    judge: Judge,
    capabilities: Capabilities | None,
) -> Preview:
    """Look at the picked invoices as they are now. Those that are no drafts any more are only counted (`elsewhere`)."""
    found = _open_invoices(session, list(picked))
    built = documents.build(session, [key for key, *_ in found.values()])
    rows = [
        _judged(public_id, version, built[key], not_sent, judge, edits)
        for public_id in picked
        if public_id in found
        for key, version, not_sent, edits in [found[public_id]]
    ]
    going = [row.document.customer for row in rows if row.goes]
    creates, looks_for = _customers(session, going, connection, capabilities)
    return Preview(
        rows=rows,
        customers=_by_customer(rows),
        ready=sums(row.document.total for row in rows if row.goes),
        left=sums(row.document.total for row in rows if not row.goes),
        creates=creates,
        looks_for=looks_for,
        elsewhere=len(picked) - len(rows),
        changed=sum(picked[row.public_id] not in (None, row.version) for row in rows),
    )


def _open_invoices(session: Scoped, public_ids: Sequence[str]) -> dict[str, tuple[int, int, str | None, Any]]:
    found: dict[str, tuple[int, int, str | None, Any]] = {}
    for some in pieces(public_ids):
        rows = session.execute(
            select(Invoice.public_id, Invoice.id, Invoice.version, Invoice.not_sent, Invoice.person_edits).where(
                Invoice.public_id.in_(some), Invoice.state.in_(sorted(SENDABLE)), Invoice.deleted_at.is_(None)
            )
        )
        found |= {public_id: (key, version, not_sent, edits) for public_id, key, version, not_sent, edits in rows}
    return found


def _judged(
    public_id: str,
    version: int,
    document: Document,
    not_sent: str | None,
    judge: Judge,
    edits: Mapping[str, Any] | None,
) -> Previewed:
    problems = (*problems_of(document), *judge(document))
    stops = blocking(problems)
    stays = f"Marked as not to be sent: {not_sent}" if not_sent is not None else stops[0].detail if stops else ""
    document = as_sent(judge, document)
    return Previewed(public_id, version, document, (*(all_stored(problems) or ()), *as_problems(edits)), stays)


_SURE: Final = frozenset({LinkState.LINKED, LinkState.CREATING})


def _customers(
    session: Scoped, references: Iterable[Reference], connection: Connection | None, capabilities: Capabilities | None
) -> tuple[list[str], list[str]]:
    """Names of those known to be absent, which are created; and of those not looked for yet: linked or created."""
    if connection is None or capabilities is None or Kind.CUSTOMER not in capabilities.creates_when_missing:
        return [], []
    wanted = {Key.of(reference): reference.name for reference in references}
    links = known(session, connection.id, wanted)
    creates = [name for key, name in wanted.items() if key in links and links[key].state == LinkState.ABSENT]
    looks_for = [name for key, name in wanted.items() if key not in links]
    return sorted(creates, key=str.casefold), sorted(looks_for, key=str.casefold)


def _by_customer(rows: Sequence[Previewed]) -> list[CustomerTotal]:
    """One row for each customer, currency and fate; those that go first, the largest first."""
    groups: defaultdict[tuple[str, str, bool], list[Document]] = defaultdict(list)
    for row in rows:
        groups[row.document.customer.name, row.document.currency, row.goes].append(row.document)
    totals = [
        CustomerTotal(
            name=name,
            goes=goes,
            invoices=len(several),
            lines=sum(len(document.lines) for document in several),
            before_tax=Money(sum(document.subtotal.minor for document in several), currency),
            total=Money(sum(document.total.minor for document in several), currency),
        )
        for (name, currency, goes), several in groups.items()
    ]
    return sorted(totals, key=lambda each: (not each.goes, -each.total.minor, each.name))


def sums(amounts: Iterable[Money]) -> list[Money]:
    """The amounts added up, one sum for each currency."""
    by_currency: defaultdict[str, int] = defaultdict(int)
    for money in amounts:
        by_currency[money.currency] += money.minor
    return [Money(minor, currency) for currency, minor in sorted(by_currency.items())]
