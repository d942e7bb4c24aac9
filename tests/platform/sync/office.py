"""A small office for the engine's tests: a tenant, its invoices, a pretend QuickBooks, and a run between them.

`Office.run` does what the Web Connector does, by the desk's own methods; what goes wrong in between, the test says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select

from dray.billing import send as sending
from dray.billing.models import Customer, Invoice, InvoiceLine, StateCount
from dray.connections import opening
from dray.connections.links import fold
from dray.connections.models import Connection
from dray.guests import Watch
from dray.sync.desk import Counter, PlatformDesk
from dray.sync.recorder import Recorder
from dray_qbd import connector
from dray_qbd.company import read_company
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.faults import Faults
from dray_qbd.simulator.quickbooks import ProcessRequestError, QuickBooks
from dray_sdk import Answer, Denied, Failure, NoWork, Request, Stop, Ticket
from dray_tenants.database import Engines, new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession

BEGAN = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
PASSWORD = "K7QF-9MTR-2XWD-HN4P"
ABOUT_THE_COMPANY = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="continueOnError">'
    '<HostQueryRq requestID="0"/><CompanyQueryRq requestID="1"><OwnerID>{owner}</OwnerID></CompanyQueryRq>'
    '<PreferencesQueryRq requestID="2"/></QBXMLMsgsRq></QBXML>'
)


class OpenSeal:
    """Seals nothing: what the vault does is tested where it lives."""

    def seal(self, content: bytes) -> bytes:
        return b"sealed" + content

    def open(self, sealed: bytes) -> bytes:
        return sealed.removeprefix(b"sealed")


@dataclass
class Office:
    """One tenant with one connection to one pretend company file."""

    engines: Engines
    company: Company = field(default_factory=lambda: Company.sample("Cedar Ridge Hauling"))
    faults: Faults = field(default_factory=Faults)
    now: dt.datetime = BEGAN
    seed: int = 1
    connector: Any = connector
    watch: Watch | None = None
    recorder: Recorder | None = None
    test: bool = False
    tenant_id: int = 0
    connection_id: int = 0
    install: str = ""
    user: str = ""
    ticket: str = ""
    handed_out: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.numbers = itertools.count(1001)
        self.quickbooks = QuickBooks(self.company, clock=lambda: self.now, faults=self.faults)
        with ScopedSession(self.engines) as session:
            tenant = Tenant(
                public_id=new_public_id("ten"),
                slug=f"cedar-{self.seed}",
                name="Cedar Ridge",
                time_zone="America/Denver",
                created_at=self.now,
                test=self.test,
            )
            session.add(tenant)
            session.flush()
            self.tenant_id = tenant.id
            with session.tenant(tenant.id):
                connection = opening.open_connection(
                    session,
                    self.connector,
                    "Main books",
                    at=self.now,
                    actor="test",
                    randomness=self.random.randbytes,
                )
                opening.set_password(session, connection, hashed(PASSWORD), at=self.now, actor="test")
                install = opening.install_of(session, connection)
                self.connection_id, self.install, self.user = connection.id, install.public_id, install.user_name
                session.commit()

    # ---- what people do

    @contextmanager
    def session(self) -> Iterator[ScopedSession]:
        with ScopedSession(self.engines) as session, session.tenant(self.tenant_id):
            yield session

    def customer(self, name: str, *, parent: str | None = None, **columns: Any) -> str:
        with self.session() as session:
            above = session.scalar(select(Customer.id).where(Customer.public_id == parent)) if parent else None
            row = Customer(
                public_id=new_public_id("cus", self.random.randbytes),
                name=name,
                name_key=fold(name),
                parent_id=above,
                created_at=self.now,
                updated_at=self.now,
                **columns,
            )
            session.add(row)
            session.commit()
            return row.public_id

    def invoice(self, customer: str, amount: str = "425.00", *, item: str = "Consulting", **columns: Any) -> str:
        """One invoice with one charge; its public id."""
        minor = int(Decimal(amount) * 100)
        number = columns.pop("number", None) or str(next(self.numbers))
        with self.session() as session:
            customer_id = session.scalars(select(Customer.id).where(Customer.public_id == customer)).one()
            row = Invoice(
                public_id=new_public_id("inv", self.random.randbytes),
                number=number,
                number_key=fold(number),
                customer_id=customer_id,
                date=self.now.date(),
                currency="USD",
                subtotal_minor=minor,
                total_minor=minor,
                created_at=self.now,
                updated_at=self.now,
                **columns,
            )
            session.add(row)
            session.flush()
            session.add(
                InvoiceLine(
                    invoice_id=row.id,
                    position=1,
                    kind="charge",
                    item=item,
                    description="30 yd roll-off, haul and dump",
                    quantity=Decimal(1),
                    unit_price=Decimal(amount),
                    amount_minor=minor,
                )
            )
            count = session.scalar(select(StateCount).where(StateCount.state == "draft"))
            if count is None:
                session.add(StateCount(state="draft", invoices=1))
            else:
                count.invoices += 1
            session.commit()
            return row.public_id

    def send(self, ids: Sequence[str]) -> list[sending.SendResult]:
        with self.session() as session:
            connection = session.scalars(select(Connection).where(Connection.id == self.connection_id)).one()
            return sending.send(
                session,
                dict.fromkeys(ids),
                connection=connection,
                judge=lambda document: (),
                actor="clerk",
                at=self.now,
            )

    def states(self) -> Mapping[str, str]:
        """number → state."""
        with self.session() as session:
            return dict(session.execute(select(Invoice.number, Invoice.state)).all())

    # ---- what the Web Connector does

    def desk(self) -> PlatformDesk:
        counter = Counter(
            connector=self.connector,
            sessions=lambda: ScopedSession(self.engines),
            engines=self.engines,
            seal_for=lambda session, tenant: OpenSeal(),
            passwords=matches,
            clock=lambda: self.now,
            randomness=self.random.randbytes,
            watch=self.watch,
            recorder=self.recorder,
        )
        return PlatformDesk(counter, self.install)

    def open(self) -> str | None:
        """A ticket, or None when there is nothing to do."""
        match self.desk().open(self.user, PASSWORD):
            case Ticket(value):
                return value
            case NoWork():
                return None
            case Denied():
                raise AssertionError("the password was refused")

    def introduce(self, ticket: str, machine: str = "FRONT-DESK") -> str:
        """Tell which file is open; the sentence that stops the exchange, or nothing."""
        healthy = QuickBooks(self.company, clock=lambda: self.now)
        about = healthy.process(ABOUT_THE_COMPANY.format(owner=opening.OWNER_ID))
        company = read_company(about.encode(), r"C:\Books\cedar.qbw")
        verdict = self.desk().introduce(ticket, company.books, machine)
        return verdict.sentence if isinstance(verdict, Stop) else ""

    def run(
        self,
        *,
        machine: str = "FRONT-DESK",
        around: Callable[[Request, Callable[[], Answer | Failure]], Answer | Failure | None] | None = None,
        at_most: int = 500,
    ) -> int:
        """One run of the Web Connector; how many requests it carried. `around` may lose what it likes: None is a
        connection that broke, and ends the run as a dead Web Connector does, without a word."""
        self.now += dt.timedelta(minutes=10)
        ticket = self.open()
        if ticket is None:
            return 0
        self.ticket = ticket
        if self.introduce(ticket, machine):
            self.desk().close(ticket)
            return 0
        for count in range(at_most):
            self.now += dt.timedelta(seconds=1)
            request = self.desk().next(ticket)
            if request is None:
                self.desk().last_words(ticket)
                self.desk().close(ticket)
                return count
            self.handed_out.append(request.body)
            answer = around(request, partial(self.ask, request.body)) if around else self.ask(request.body)
            if answer is None:
                return count + 1
            percent = self.desk().receive(ticket, answer)
            if percent >= 100 or percent < 0:
                self.desk().close(ticket)
                return count + 1
        raise AssertionError("the run never ends")

    def ask(self, body: bytes) -> Answer | Failure:
        """What QuickBooks says to one message."""
        try:
            return Answer(self.quickbooks.process(body.decode()).encode())
        except ProcessRequestError as refused:
            return Failure(refused.hresult, refused.message)

    def books(self) -> list[tuple[str, str]]:
        """(number, mark) of every invoice in the company file."""
        return [
            (record.get("RefNumber", ""), record.get("ExternalGUID", ""))
            for record in self.company.transactions.get("Invoice", {}).values()
        ]


def hashed(password: str) -> str:
    """A stand-in for the keyed hash."""
    return hashlib.sha256(password.encode()).hexdigest()


def matches(password: str, stored: Sequence[Mapping[str, str]]) -> int | None:
    """The position of the hash that the password matches."""
    wanted = hashed(password)
    return next((position for position, entry in enumerate(stored) if entry["digest"] == wanted), None)
