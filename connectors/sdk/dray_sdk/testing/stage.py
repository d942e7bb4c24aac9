"""Where a rule is tried: a connector, fresh pretend books, and everything that crossed between them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from dray_sdk import canonical
from dray_sdk.books import Books
from dray_sdk.connector import Connector
from dray_sdk.operations import Batch, Create, Identify, Operation
from dray_sdk.outcomes import Identified, InDoubt, Outcome
from dray_sdk.records import Customer, Invoice, Kind
from dray_sdk.testing.documents import Documents
from dray_sdk.testing.pretend import Mishap, PretendBooks, Rehearsed
from dray_sdk.testing.verdicts import Broken, not_shown, short
from dray_sdk.wire import Request, Response


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One request as it left, and what came back."""

    batch: Batch
    request: Request
    response: Response


@dataclass
class Stage:
    """One set of books, met. Each rule gets a stage of its own, so that none leaves anything behind for another."""

    connector: Connector
    pretend: PretendBooks
    exchanged: list[Exchanged] = field(default_factory=list)
    books: Books = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self.books = self.pretend.books
        answer = self.ask(Identify())[0]
        if isinstance(answer, Identified):
            self.books = answer.books

    @cached_property
    def documents(self) -> Documents:
        """Builders for these books, in their currency."""
        return Documents(self.pretend.holds, self.books.currency or "USD")

    def batch(self, *operations: Operation) -> Batch:
        """A batch under a key of its own. Keys are the same in every run."""
        self._made += 1
        batch = Batch(hashlib.sha256(str(self._made).encode()).hexdigest()[:20], operations)
        # As the platform does it: what is sent was frozen as canonical JSON, and is read from that.
        return canonical.loads(Batch, canonical.dumps(batch))

    def encode(self, batch: Batch) -> Request:
        """The connector's request; what it raises for operations that it declares is a broken rule."""
        try:
            return self.connector.encode(batch, self.books)
        except Exception as error:
            raise Broken(
                f"encode raised {error!r} for {short(batch.operations)}, which capabilities declare"
            ) from error

    def carry(self, batch: Batch, request: Request) -> Response:
        """Take it to the books and back; kept."""
        response = self.pretend.carry(request)
        self.exchanged.append(Exchanged(batch, request, response))
        return response

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...] | None:
        """The outcomes; None where the connector raised or gave the wrong number of them, for which there is a rule."""
        try:
            outcomes = self.connector.decode(batch, request, response)
        except Exception:  # noqa: BLE001  a broken connector may raise anything
            return None
        return outcomes if len(outcomes) == len(batch.operations) else None

    def send(self, batch: Batch) -> tuple[Outcome, ...]:
        """Encode, carry, decode; Broken where there is not one outcome per operation."""
        request = self.encode(batch)
        outcomes = self.decode(batch, request, self.carry(batch, request))
        if outcomes is None:
            raise Broken(f"decode gave no outcomes for the answer to {short(batch.operations)}")
        return outcomes

    def decode_after(self, batch: Batch) -> tuple[Outcome, ...]:
        """As `send`, where something befell the request: no outcomes at all count as in doubt."""
        request = self.encode(batch)
        outcomes = self.decode(batch, request, self.carry(batch, request))
        return (InDoubt(),) * len(batch.operations) if outcomes is None else outcomes

    def ask(self, *operations: Operation) -> tuple[Outcome, ...]:
        """Send these together."""
        return self.send(self.batch(*operations))

    def one(self, operation: Operation) -> Outcome:
        """Send this alone."""
        return self.ask(operation)[0]

    def write(self, *numbers: str) -> Batch:
        """A batch that creates invoices of these numbers."""
        return self.batch(*(Create(self.documents.invoice(number)) for number in numbers or ("1001",)))

    def found_numbers(self) -> list[str]:
        """Numbers of the invoices that the books hold."""
        return [invoice.number for invoice in self.pretend.invoices()]

    def creates(self, kind: Kind) -> bool:
        """Whether the connector declares that it can."""
        return kind in self.connector.capabilities.creates

    def befall(self, mishap: Mishap) -> None:
        """Let it happen, or give the rule up where the pretend books cannot."""
        if mishap not in self.pretend.mishaps:
            not_shown(f"the pretend books cannot bring about the mishap {mishap.value!r}")
        self.pretend.befall(mishap)


@dataclass(frozen=True)
class Bench:
    """What a rule is given. `stage` makes a fresh one."""

    connector: Connector

    def stage(self) -> Stage:
        """A connector with fresh pretend books. NotShown where it brings none."""
        connector: object = self.connector
        if not isinstance(connector, Rehearsed):
            not_shown("the connector brings no pretend books: give it `pretend`, which returns a PretendBooks")
        return Stage(self.connector, connector.pretend())


Rule = Callable[[Bench], None]
RULES: list[Rule] = []
"""Every rule, in the order in which an author should mend what is broken."""


def rule(function: Rule) -> Rule:
    """Enter a rule. Its docstring is what the rule says; its name reads as a sentence."""
    RULES.append(function)
    return function


def kind_of(record: Customer | Invoice) -> Kind:
    """The kind of a record that can be created."""
    return Kind.CUSTOMER if isinstance(record, Customer) else Kind.INVOICE
