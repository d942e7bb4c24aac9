"""A small world that everything can go wrong in: tenants, clerks, books, computers, crashes. And what must hold in it.

The same steps are drawn by a property test, which shrinks what fails, and by the soak, which goes on for as long as
asked. After each step `check` looks at everything: no invoice is in any books twice, none is lost, none is in another
tenant's books, totals agree, every state is one that the books bear out, and what is locked has not changed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import event, func, select

from dray.billing import deciding, documents, unpend
from dray.billing.models import Invoice, Posting, Receipt, StateCount
from dray.billing.states import SEEN_AS, PostingState
from dray_sdk import Answer, Failure, Request
from dray_tenants.database import Engines
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession
from tests.platform.sync.office import Office

WEATHER = (
    "fine",
    "fine",
    "fine",
    "fine",
    "fine",
    "fine",
    "lost before",
    "lost after",
    "dies in the set",
    "lost after and forgotten",
    "fails after the work",
    "cannot parse",
    "locked",
    "list busy",
    "delayed",
    "asks twice",
    "answers twice",
    "crash at a commit",
)
"""What happens to one request; a third of all are struck."""


class Crash(BaseException):
    """The process is gone, at whatever it was doing."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """A request that one computer took and has not yet handed to QuickBooks."""

    machine: str
    ticket: str
    body: bytes
    at: dt.datetime


@dataclass
class World:
    """Two tenants in one database, each with a company file of its own."""

    engines: Engines
    tenants: int = 2
    first: int = 1
    offices: list[Office] = field(default_factory=list)
    customers: dict[int, list[str]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    locked: dict[str, str] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    delayed: dict[int, Delayed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in range(self.tenants):
            office = Office(self.engines, seed=self.first + number)
            self.offices.append(office)
            self.customers[number] = [office.customer(f"Customer {name}") for name in ("A", "B", "C")]

    # ---- what people do

    def write(self, tenant: int, customer: int, amount: int) -> None:
        """A clerk writes a draft; amounts and days repeat on purpose."""
        self.offices[tenant].invoice(self.customers[tenant][customer % 3], f"{10 + amount % 4}.00")

    def send(self, tenant: int, most: int = 50) -> None:
        """A clerk sends every draft and every refused invoice."""
        office = self.offices[tenant]
        with office.session() as session:
            ids = session.scalars(
                select(Invoice.public_id).where(Invoice.state.in_(("draft", "needs_attention"))).limit(most)
            ).all()
        office.send(ids)
        self.sent.update(ids)

    def take_back(self, tenant: int, which: int) -> None:
        """A clerk takes back what has not left, or asks for what is in doubt."""
        office = self.offices[tenant]
        with office.session() as session:
            ids = session.scalars(
                select(Invoice.public_id).where(Invoice.state.in_(("pending_sync", "checking"))).order_by(Invoice.id)
            ).all()
            if not ids:
                return
            chosen = ids[which % len(ids)]
            (result,) = unpend.unpend(session, [chosen], actor="clerk", at=office.now)
            session.commit()
            if result.done:
                self.sent.discard(chosen)
            elif result.state == "checking":
                deciding.take_back(session, chosen, actor="clerk", at=office.now)

    def wait(self, tenant: int, minutes: int) -> None:
        """Time passes."""
        self.offices[tenant].now += dt.timedelta(minutes=minutes)

    def run(self, tenant: int, weather: Sequence[str], machine: str = "FRONT-DESK", draw: int = 0) -> None:
        """One run of the Web Connector, each of its requests in the weather given, and fine afterwards."""
        office, ahead = self.offices[tenant], list(reversed(weather))
        if tenant in self.delayed and self.delayed[tenant].machine == machine:
            del self.delayed[tenant]  # a computer that begins anew has let go of what it held

        def around(request: Request, ask: Callable[[], Answer | Failure]) -> Answer | Failure | None:
            kind = ahead.pop() if ahead else "fine"
            if kind in ("delayed", "dies in the set") and b"<InvoiceAddRq" not in request.body:
                ahead.append(kind)  # it waits for something that matters
                kind = "fine"
            self.struck[kind] += 1
            if kind == "delayed":
                self.delayed[tenant] = Delayed(machine, office.ticket, request.body, office.now)
                return None
            return self._strike(office, kind, request, ask, draw)

        try:
            with self._mortal(office, weather, draw):
                office.run(around=around, machine=machine, at_most=3000)
        except Crash:
            pass
        finally:
            for name in ("die_in_set", "forget_message_sets", "unexpected", "parse_error", "locked", "list_busy"):
                setattr(office.faults, name, 0)

    def late(self, tenant: int) -> None:
        """The computer that was held up goes on where it stopped, whatever happened meanwhile; within half an hour."""
        office, held = self.offices[tenant], self.delayed.pop(tenant, None)
        if held is not None and office.now - held.at < dt.timedelta(minutes=30):
            office.desk().receive(held.ticket, office.ask(held.body))

    def _strike(
        self, office: Office, kind: str, request: Request, ask: Callable[[], Answer | Failure], draw: int
    ) -> Answer | Failure | None:
        match kind:
            case "lost before":
                return None
            case "lost after":
                ask()
                return None
            case "dies in the set":
                office.faults.die_in_set = 1 + draw % 2
            case "lost after and forgotten":
                ask()
                office.company.message_sets.clear()
                return None
            case "fails after the work":
                office.faults.unexpected = 1
            case "cannot parse":
                office.faults.parse_error = 1
            case "locked":
                office.faults.locked = 1
            case "list busy":
                office.faults.list_busy = 1
            case "asks twice":
                answer = ask()
                return ask() if request.purpose != "write" else answer
            case _:
                pass
        return ask()

    @contextmanager
    def _mortal(self, office: Office, weather: Sequence[str], draw: int) -> Iterator[None]:
        """If the weather says so, the process dies at one of the commits of this run: before it, or after it."""
        if "crash at a commit" not in weather:
            yield
            return
        left = [1 + draw % 7]
        name = "before_commit" if draw % 2 else "after_commit"

        def die(session: ScopedSession) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Crash

        event.listen(ScopedSession, name, die)
        try:
            yield
        finally:
            event.remove(ScopedSession, name, die)

    # ---- what must hold

    def settle(self) -> None:
        """Fine weather until nothing moves any more; then everything that was sent must have arrived."""
        for number, office in enumerate(self.offices):
            for _ in range(14):
                self.run(number, ())
            with office.session() as session:
                left = session.execute(
                    select(Invoice.number, Invoice.state, Invoice.problems).where(
                        Invoice.public_id.in_(self.sent), Invoice.state.not_in(("synced", "draft"))
                    )
                ).all()
            assert not left, left
        self.check()

    def check(self) -> None:
        """Look at everything."""
        ours = {number: self._of(office) for number, office in enumerate(self.offices)}
        for number, office in enumerate(self.offices):
            there = Counter(mark.strip("{}").casefold() for _, mark in office.books())
            assert all(count == 1 for count in there.values()), "an invoice is in the books twice"
            strangers = set(there) - {row["mark"] for row in ours[number]}
            assert not strangers, "an invoice is in another tenant's books"
            for row in ours[number]:
                self._check_invoice(row, row["mark"] in there)
            self._check_counts(office)

    def _check_invoice(self, row: dict[str, Any], in_books: bool) -> None:
        state = row["state"]
        if state == "synced":
            assert in_books, f"{row['number']} is said to be in the books and is not"
            assert row["receipts"] == 1
        if in_books:
            assert state in ("synced", "sending", "checking"), f"{row['number']} is in the books and shown as {state}"
        if state in ("draft", "pending_sync", "needs_attention"):
            assert not in_books, f"{row['number']} is {state} and in the books"
        live = [posting for posting in row["postings"] if posting in ("queued", "sending", "in_doubt", "posted")]
        assert len(live) <= 1
        latest = PostingState(row["postings"][-1]) if row["postings"] else None
        assert SEEN_AS[latest] == state
        if state == "synced":
            frozen = self.locked.setdefault(row["mark"], row["hash"])
            assert frozen == row["hash"], "a locked invoice has changed"

    def _check_counts(self, office: Office) -> None:
        with office.session() as session:
            counted = dict(session.execute(select(StateCount.state, StateCount.invoices)).all())
            counting = select(Invoice.state, func.count()).group_by(Invoice.state)
            actual = dict(session.execute(counting).all())
        assert {state: count for state, count in counted.items() if count} == actual

    def _of(self, office: Office) -> list[dict[str, Any]]:
        with office.session() as session:
            tenant = session.scalars(select(Tenant.public_id).where(Tenant.id == office.tenant_id)).one()
            postings: dict[int, list[tuple[str, str]]] = {}
            for invoice_id, state, digest in session.execute(
                select(Posting.invoice_id, Posting.state, Posting.document_hash).order_by(Posting.id)
            ):
                postings.setdefault(invoice_id, []).append((state, digest))
            receipts = Counter(session.scalars(select(Receipt.invoice_id)))
            return [
                {
                    "number": number,
                    "state": state,
                    "mark": documents.mark(tenant, public_id).strip("{}").casefold(),
                    "postings": [posting for posting, _ in postings.get(key, ())],
                    "hash": postings[key][-1][1] if key in postings else "",
                    "receipts": receipts[key],
                }
                for key, number, state, public_id in session.execute(
                    select(Invoice.id, Invoice.number, Invoice.state, Invoice.public_id)
                )
            ]

    def totals(self) -> tuple[Decimal, Decimal]:
        """What the books hold, and what the receipts say, over all tenants."""
        there = sum(
            (
                Decimal(record["Subtotal"])
                for office in self.offices
                for record in office.company.transactions.get("Invoice", {}).values()
            ),
            Decimal(0),
        )
        said = 0
        for office in self.offices:
            with office.session() as session:
                said += session.scalar(select(func.sum(Receipt.total_minor))) or 0
        return there, Decimal(said) / 100
