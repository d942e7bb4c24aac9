"""A desk in memory: what the platform is to a connector that is dialled into, for one caller and one batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from dray_sdk.books import Books
from dray_sdk.desk import Denied, Go, NoWork, Stop, Ticket
from dray_sdk.operations import Batch
from dray_sdk.outcomes import Outcome
from dray_sdk.testing.stage import Stage
from dray_sdk.wire import Request, Response

TICKET = "tkt-4f1c2a9e7b3d"


@dataclass
class MemoryDesk:
    """Knows one user and password, and hands out the batches one after the other. Satisfies `dray_sdk.Desk`."""

    stage: Stage
    user: str
    password: str
    batches: list[Batch]
    outcomes: list[tuple[Outcome, ...] | None] = field(default_factory=list)
    handed_out: list[Request] = field(default_factory=list)
    introduced: Books | None = None
    told: list[str] = field(default_factory=list)
    program: str = ""

    def called_by(self, program: str) -> None:
        self.program = program

    def open(self, user: str, password: str) -> Ticket | NoWork | Denied:
        self.told.append("open")
        if (user, password) != (self.user, self.password):
            return Denied()
        return Ticket(TICKET) if self.batches else NoWork()

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Go | Stop:
        self.told.append("introduce")
        if ticket != TICKET:
            return Stop("That session is over.")
        self.introduced = books
        return Go()

    def next(self, ticket: str) -> Request | None:
        self.told.append("next")
        if ticket != TICKET or not self.batches:
            return None
        request = self.stage.encode(self.batches[0])
        self.handed_out.append(request)
        return request

    def receive(self, ticket: str, response: Response) -> int:
        self.told.append("receive")
        if ticket != TICKET or not self.batches:
            return -1
        batch = self.batches.pop(0)
        self.outcomes.append(self.stage.decode(batch, self.handed_out[-1], response))
        return 50 if self.batches else 100

    def trouble(self, ticket: str, code: str, text: str) -> None:
        self.told.append(f"trouble {code}")

    def last_words(self, ticket: str) -> str:
        self.told.append("last_words")
        return "Nothing is wrong."

    def close(self, ticket: str) -> str:
        self.told.append("close")
        return "Done."
