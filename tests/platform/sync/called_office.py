"""An office whose books we call: a tenant, its pretend QuickBooks Online company, and turns of the worker between them.

Everything is in this process and on one clock: a call costs the seconds that the test says, and so does waiting.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests
from sqlalchemy import select

from dray.billing.models import BillingSettings
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.oauth.tokens import LoginEnded, LoginUnreachable
from dray.sync import transport
from dray.sync.dialling import Dialler, Line, Turned
from dray.sync.limiter import Limiter
from dray_qbo import connector
from dray_qbo.simulator.application import application
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.grants import GrantRefused
from dray_qbo.simulator.intuit import Intuit
from dray_qbo.simulator.session_adapter import WsgiAdapter
from dray_qbo.simulator.throttle import Limits
from dray_sdk import Request, Response
from dray_tenants.database import new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession
from tests.platform.sync.office import BEGAN, Office, OpenSeal

ADDRESS = "https://quickbooks.example"
CALL = dt.timedelta(milliseconds=300)


@dataclass
class Tokens:
    """One login, renewed one at a time and under strict rotation: what `oauth.tokens` does, in memory."""

    intuit: Intuit
    realm: str
    ended: bool = False

    def __post_init__(self) -> None:
        self.sign_in()

    def sign_in(self) -> None:
        """A person connects again."""
        with self.intuit.lock:
            given = self.intuit.connect(self.realm)
        self.access, self.refresh, self.ended = given.access, given.refresh, False

    def token(self, refused: str | None) -> str:
        if self.ended:
            raise LoginEnded("Connect again.")
        good = self.intuit.grants.holder(self.access, self.intuit.now()) is not None
        if self.access != refused and good:
            return self.access
        try:
            given = self.intuit.grants.refresh(self.refresh, self.intuit.now())
        except GrantRefused:
            self.ended = True
            raise LoginEnded("Connect again.") from None
        if self.intuit.faults.strikes("refresh_lost"):
            raise LoginUnreachable("The answer was lost.")
        self.access, self.refresh = given.access, given.refresh
        return self.access


@dataclass
class CalledOffice(Office):
    """One tenant with one connection to one pretend company of QuickBooks Online."""

    connector: Any = connector
    realm: str = ""
    limits: Limits = field(default_factory=Limits.none)
    custom_numbers: bool = True
    takes: dt.timedelta = CALL

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.numbers = itertools.count(self.seed * 100_000 + 1)
        self.realm = self.realm or f"{9341450000000000 + self.seed}"
        self.books_of = Company.sample(self.realm, custom_txn_numbers=self.custom_numbers)
        self.intuit = Intuit(
            self.books_of,
            clock=lambda: self.now,
            dice=random.Random(self.seed),
            limits=self.limits,
            pause=self.sleep,
        )
        self.online = requests.Session()
        self.online.mount(ADDRESS, WsgiAdapter(application(self.intuit)))
        self.tokens = Tokens(self.intuit, self.realm)
        self.sent: list[Request] = []
        self.around: Callable[[Request, Callable[[], Response]], Response] = lambda _request, ask: ask()
        self.tenant_id, self.connection_id = self._rows()

    def _rows(self) -> tuple[int, int]:
        with ScopedSession(self.engines) as session:
            tenant = Tenant(
                public_id=new_public_id("ten"),
                slug=f"online-{self.seed}",
                name=f"Online {self.seed}",
                time_zone="America/Denver",
                created_at=BEGAN,
            )
            session.add(tenant)
            session.flush()
            with session.tenant(tenant.id):
                connection = Connection(
                    public_id=new_public_id("con", self.random.randbytes),
                    connector=self.connector.name,
                    name="Main books",
                    books_id=self.realm,
                    created_at=BEGAN,
                    created_by="test",
                )
                session.add(connection)
                session.flush()
                session.add(
                    ConnectionStatus(
                        connection_id=connection.id,
                        tenant_id=tenant.id,
                        connector=self.connector.name,
                        books_id=self.realm,
                        due_at=BEGAN,
                    )
                )
                session.add(BillingSettings(default_connection_id=connection.id))
                session.commit()
                return tenant.id, connection.id

    @property
    def online_faults(self) -> Any:
        """The dials of what goes wrong there."""
        return self.intuit.faults

    # ---- what the worker does

    def dialler(self) -> Dialler:
        """A worker's dialler, fresh: nothing is remembered from the last one."""
        return Dialler(
            lines={self.connector.name: Line(self.connector, ADDRESS)},
            sessions=lambda: ScopedSession(self.engines),
            reads=lambda: ScopedSession(self.engines, read_only=True),
            seal_for=lambda _session, _tenant: OpenSeal(),
            login=lambda _tenant, _connection, refused: self.tokens.token(refused),
            carry=self.carry,
            limiter=Limiter(lambda: ScopedSession(self.engines, notes=True), self.random.randbytes),
            clock=lambda: self.now,
            randomness=self.random.randbytes,
            pause=self.sleep,
        )

    def turn(self, stop: Callable[[], bool] = lambda: False) -> Turned:
        """One turn of a worker."""
        return self.dialler().turn(self.tenant_id, self.connection_id, stop)

    def turns(self, minutes: float = 10, every: float = 1.0) -> int:
        """Turns as they come due, until nothing is due or so much time has passed; how many requests left."""
        until, left = self.now + dt.timedelta(minutes=minutes), 0
        while self.now < until:
            left += self.turn().requests
            due_at = self.due_at()
            if due_at is None or due_at >= until:
                break
            self.now = max(due_at, self.now + dt.timedelta(seconds=every))
        return left

    def due_at(self) -> dt.datetime | None:
        with ScopedSession(self.engines, read_only=True) as session:
            status = select(ConnectionStatus.due_at).where(ConnectionStatus.connection_id == self.connection_id)
            return session.scalar(status)

    def carry(self, request: Request, address: str, token: str, timeout: float) -> Response:
        """What `transport.send` does, over this process's own pretend Intuit; it takes time."""
        self.sent.append(request)
        self.now += self.takes
        return self.around(request, lambda: transport.send(request, address, token, timeout, session=self.online))

    def sleep(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    # ---- what is in the books

    def there(self) -> list[tuple[str, Decimal]]:
        """(number, total) of every invoice in the company."""
        return [
            (record.get("DocNumber", ""), Decimal(record["TotalAmt"]))
            for record in self.books_of.entities.get("Invoice", {}).values()
        ]
