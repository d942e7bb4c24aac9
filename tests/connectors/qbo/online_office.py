"""An engine by hand: encode, carry to the pretend QuickBooks Online, decode. Nothing is retried and nothing is kept."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

import requests

from dray_qbo import connector
from dray_qbo.simulator.application import application
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.intuit import Intuit
from dray_qbo.simulator.session_adapter import WsgiAdapter
from dray_sdk import (
    Answer,
    Batch,
    Books,
    Failure,
    Identified,
    Identify,
    NoAnswer,
    Operation,
    Outcome,
    Request,
    Response,
)

ADDRESS = "http://quickbooks.example"


@dataclass
class Office:
    """One company, connected. `now` is everybody's clock."""

    company: Company
    now: dt.datetime = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
    books: Books = field(init=False)
    keys: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.intuit = Intuit(self.company, clock=lambda: self.now, dice=random.Random(3), pause=lambda _seconds: None)
        self.token = self.intuit.connect().access
        self.session = requests.Session()
        self.session.mount(ADDRESS, WsgiAdapter(application(self.intuit)))
        self.books = Books("", id=self.company.realm_id)

    @property
    def faults(self) -> Any:
        """The dials of what goes wrong."""
        return self.intuit.faults

    def batch(self, *operations: Operation) -> Batch:
        return Batch(f"{self.keys.getrandbits(80):020x}", operations)

    def carry(self, request: Request) -> Response:
        """What a transport does, without a second try."""
        headers = {**request.headers, "Authorization": f"Bearer {self.token}"}
        try:
            found = self.session.request(request.method, ADDRESS + request.path, data=request.body, headers=headers)
        except requests.exceptions.ReadTimeout:
            return Failure(NoAnswer.UNANSWERED)
        except requests.exceptions.ConnectionError:
            return Failure(NoAnswer.BROKEN_OFF)
        except requests.exceptions.ChunkedEncodingError:
            return Failure(NoAnswer.BROKEN_OFF)
        return Answer(found.content, found.status_code, dict(found.headers))

    def send(self, batch: Batch) -> tuple[Outcome, ...]:
        request = connector.encode(batch, self.books)
        return connector.decode(batch, request, self.carry(request))

    def ask(self, *operations: Operation) -> tuple[Outcome, ...]:
        return self.send(self.batch(*operations))

    def one(self, operation: Operation) -> Outcome:
        (outcome,) = self.ask(operation)
        return outcome

    def meet(self) -> Books:
        """Which books are these? Remembered for what follows."""
        found = self.one(Identify())
        assert isinstance(found, Identified), found
        self.books = found.books
        return found.books

    def invoices(self) -> list[Any]:
        """What the company holds."""
        return list(self.company.all("Invoice"))


def office(country: str = "US", **settings: Any) -> Office:
    """An invented company, connected and met; with settings of its own."""
    company = Company.sample(country=country, **settings)
    made = Office(company)
    made.meet()
    return made
