"""The small world of `world`, with books that we call: what can go wrong on the way to QuickBooks Online.

The same people and the same checks. What differs is the weather of one request, and that nothing of ours can be written
into an invoice there: which one it is, its number says, so that a number may be in the books once only. The books here
refuse no number that is taken, so that nothing but we ourselves keeps an invoice from being there twice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select

from dray.billing import deciding, unpend
from dray.billing.models import Invoice, Posting, Receipt, StateCount
from dray.billing.states import SEEN_AS, PostingState
from dray.sync import transport
from dray.sync.dialling import SILENT
from dray_sdk import Failure, NoAnswer, Purpose, Request, Response
from dray_tenants.database import Engines
from tests.platform.sync.called_office import ADDRESS, CalledOffice
from tests.platform.sync.weather import Crash, mortal

DIALS = (
    *("timeout_before", "timeout_after", "reset_before", "reset_after", "truncated", "gateway_timeout"),
    *("system_failure", "system_failure_after", "unavailable", "bad_gateway", "throttled", "throttled_json"),
    *("unauthorized", "unauthorized_mid_batch", "html", "wrong_type", "xml"),
    *("batch_missing", "batch_doubled", "batch_extra", "batch_reversed"),
)
"""Faults of the pretend QuickBooks Online that strike one request."""

ONLINE_WEATHER = (
    *("fine",) * 14,
    *DIALS,
    *("unreached", "killed before", "killed after", "crash at a commit", "crash at a commit"),
    *("late", "late", "the renewal is lost", "a storm of throttling"),
)
"""What happens to one request while the sky is dark; two thirds of those that write are struck."""

TURNS = 20
PATIENCE = dt.timedelta(minutes=12)
"""So many turns, and so long until something is due, a dark sky lasts at most."""

SERVER_GIVES_UP = dt.timedelta(seconds=120)
"""So long QuickBooks Online works at a request; after that it does not do it any more."""


@dataclass(frozen=True, slots=True)
class Under:
    """A request that we have given up and that QuickBooks Online is still going to do."""

    request: Request
    token: str
    left_at: dt.datetime


@dataclass
class CalledWorld:
    """Two tenants in one database, each with a company of its own in QuickBooks Online."""

    engines: Engines
    first: int = 1
    offices: list[CalledOffice] = field(default_factory=list)
    customers: list[list[str]] = field(default_factory=list)
    under_way: list[list[Under]] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    struck: Counter[str] = field(default_factory=Counter)
    unique: int = 0

    def __post_init__(self) -> None:
        for number in range(2):
            office = CalledOffice(self.engines, seed=self.first + number)
            office.books_of.settings.warn_duplicate_numbers = False
            self.offices.append(office)
            self.under_way.append([])
            self.customers.append([office.customer(f"Customer {name}") for name in ("A", "B", "C")])

    # ---- what people do

    def write(self, tenant: int, customer: int, amount: int) -> None:
        """A clerk writes a draft. No two come to the same total: without a mark only a person could tell them apart."""
        self.unique += 1
        name = self.customers[tenant][customer % 3]
        self.offices[tenant].invoice(name, f"{10 + self.unique}.{amount % 100:02}", item="Services")

    def send(self, tenant: int, most: int = 200) -> None:
        """A clerk sends every draft and every refused invoice."""
        office = self.offices[tenant]
        with office.session() as session:
            wanted = Invoice.state.in_(("draft", "needs_attention"))
            ids = session.scalars(select(Invoice.public_id).where(wanted).limit(most)).all()
        office.send(ids)
        self.sent.update(ids)

    def take_back(self, tenant: int, which: int) -> None:
        """A clerk takes back what has not left, or asks for what is in doubt."""
        office = self.offices[tenant]
        with office.session() as session:
            wanted = Invoice.state.in_(("pending_sync", "checking"))
            ids = session.scalars(select(Invoice.public_id).where(wanted).order_by(Invoice.id)).all()
            if not ids:
                return
            chosen = ids[which % len(ids)]
            (result,) = unpend.unpend(session, [chosen], actor="clerk", at=office.now)
            session.commit()
            if result.done:
                self.sent.discard(chosen)
            elif result.state == "checking":
                deciding.take_back(session, chosen, actor="clerk", at=office.now)

    # ---- what happens

    def pass_time(self, tenant: int, seconds: int) -> None:
        """Time passes; what is under way arrives before QuickBooks Online gives it up, or never."""
        office = self.offices[tenant]
        until = office.now + dt.timedelta(seconds=seconds)
        for one in self.under_way[tenant]:
            if one.left_at + SERVER_GIVES_UP <= until:
                office.now = max(office.now, one.left_at + SERVER_GIVES_UP - dt.timedelta(seconds=1))
                self._arrive(office, one)
        self.under_way[tenant] = [one for one in self.under_way[tenant] if one.left_at + SERVER_GIVES_UP > until]
        office.now = until

    def arrive(self, tenant: int) -> None:
        """Whatever was given up and is still under way arrives now."""
        for one in self.under_way[tenant]:
            self._arrive(self.offices[tenant], one)
        self.under_way[tenant] = []

    def sign_in(self, tenant: int) -> None:
        """Somebody connects again, where the login is over."""
        office = self.offices[tenant]
        if office.tokens.ended:
            office.tokens.sign_in()

    def call(self, tenant: int, weather: Sequence[str], draw: int = 0) -> None:
        """Turns of the worker as they come due, each request in the weather given, until that is used up."""
        office, ahead = self.offices[tenant], list(reversed(weather))

        def around(request: Request, ask: Callable[[], Response]) -> Response:
            kind = ahead.pop() if ahead else "fine"
            if kind != "fine" and request.purpose not in (Purpose.WRITE, Purpose.ASK) and len(ahead) % 4:
                ahead.append(kind)  # it waits for something that matters
                kind = "fine"
            self.struck[kind] += 1
            return self._strike_online(tenant, kind, request, ask)

        for turn in range(TURNS):
            if not ahead:
                return
            try:
                office.around = around
                with mortal(ahead[-3:], draw + turn):
                    office.turn()
            except Crash:
                self.pass_time(tenant, 40)
            finally:
                self._calm(office)
            due_at = office.due_at()
            if due_at is None or due_at > office.now + PATIENCE:
                return
            self.pass_time(tenant, max(1, 1 + int((due_at - office.now).total_seconds())))

    def _strike_online(self, tenant: int, kind: str, request: Request, ask: Callable[[], Response]) -> Response:
        office = self.offices[tenant]
        self._calm(office)
        match kind:
            case "unreached":
                return Failure(NoAnswer.UNREACHED.value)
            case "killed before":
                raise Crash
            case "killed after":
                ask()
                raise Crash
            case "late":
                self.under_way[tenant].append(Under(request, office.tokens.access, office.now))
                return Failure(NoAnswer.UNANSWERED.value)
            case "the renewal is lost":
                office.intuit.faults.refresh_lost = 1
                office.intuit.faults.unauthorized = 1
            case "a storm of throttling":
                office.intuit.faults.throttled = 3
            case dial if dial in DIALS:
                setattr(office.intuit.faults, dial, 1)
            case _:
                pass
        return ask()

    def _calm(self, office: CalledOffice) -> None:
        for name in (*DIALS, "refresh_lost"):
            setattr(office.intuit.faults, name, 0)

    def _arrive(self, office: CalledOffice, one: Under) -> None:
        transport.send(one.request, ADDRESS, one.token, 1.0, session=office.online)

    # ---- what must hold

    def settle(self) -> None:
        """Fine weather until nothing moves any more; then everything that was sent must have arrived."""
        for number in range(2):
            office = self.offices[number]
            self.arrive(number)
            office.now += SILENT
            for _ in range(4):
                self.sign_in(number)
                office.around = lambda _request, ask: ask()
                office.turns(minutes=100)
                self.send(number)
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
        for office in self.offices:
            there = Counter(number for number, _ in office.there())
            assert all(count == 1 for count in there.values()), "an invoice is in the books twice"
            with office.session() as session:
                rows = session.execute(select(Invoice.id, Invoice.number, Invoice.state)).all()
                receipts = Counter(session.scalars(select(Receipt.invoice_id)))
                postings: dict[int, list[str]] = {}
                for invoice_id, state in session.execute(
                    select(Posting.invoice_id, Posting.state).order_by(Posting.id)
                ):
                    postings.setdefault(invoice_id, []).append(state)
                counted = dict(session.execute(select(StateCount.state, StateCount.invoices)).all())
            assert set(there) <= {row.number for row in rows}, "an invoice is in another tenant's books"
            for row in rows:
                _check_invoice(row.number, row.state, row.number in there, postings.get(row.id, []), receipts[row.id])
            assert {state: count for state, count in counted.items() if count} == Counter(row.state for row in rows)

    def totals(self) -> tuple[Decimal, Decimal]:
        """What the books hold, and what the receipts say, over all tenants."""
        there = sum((total for office in self.offices for _, total in office.there()), Decimal(0))
        said = 0
        for office in self.offices:
            with office.session() as session:
                said += session.scalar(select(func.sum(Receipt.total_minor))) or 0
        return there, Decimal(said) / 100


def _check_invoice(number: str, state: str, in_books: bool, postings: Sequence[str], receipts: int) -> None:
    if state == "synced":
        assert in_books, f"{number} is said to be in the books and is not"
        assert receipts == 1
    if in_books:
        assert state in ("synced", "sending", "checking"), f"{number} is in the books and shown as {state}"
    live = [posting for posting in postings if posting in ("queued", "sending", "in_doubt", "posted")]
    assert len(live) <= 1
    latest = PostingState(postings[-1]) if postings else None
    assert SEEN_AS[latest] == state
