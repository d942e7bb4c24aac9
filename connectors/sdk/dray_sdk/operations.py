"""What the platform asks of books. Operations are values; a Batch carries several of them in one request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dray_sdk.money import Money
from dray_sdk.records import Customer, Invoice, Kind, Reference


@dataclass(frozen=True, slots=True)
class Identify:
    """Which books are these? Answered by `Identified`."""


@dataclass(frozen=True, slots=True)
class Create:
    """Add one record. Answered by `Posted`, `Refused`, `NotRun` or `InDoubt`."""

    record: Customer | Invoice


@dataclass(frozen=True, slots=True)
class Update:
    """Change one record that somebody chose to change; `record.revision` guards against overwriting (`Stale`)."""

    record: Customer


@dataclass(frozen=True, slots=True)
class Void:
    """Void one posted transaction, keeping its number in the books."""

    kind: Kind
    books_id: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Find:
    """Look one thing up. Answered by `Found` with every candidate, or `Absent`. Inactive entries count.

    List entries are found by `books_id` or full `name`; transactions by `books_id`, by `number`, or by `customer`
    with `date` (candidates are then compared by the engine, `total` is a hint). Where several are given, the
    connector uses the most exact and leaves the rest to the engine.
    """

    kind: Kind
    books_id: str | None = None
    name: str | None = None
    number: str | None = None
    customer: Reference | None = None
    date: dt.date | None = None
    total: Money | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """Read a page of what changed since `watermark` (all, when None). `page` is what the last answer gave."""

    kind: Kind
    watermark: dt.datetime | None = None
    page: str | None = None
    limit: int = 500


Operation = Identify | Create | Update | Void | Find | Pull


@dataclass(frozen=True, slots=True)
class Batch:
    """Independent operations that travel together.

    `key` is 20 random hexadecimal characters, made once and kept over retries; connectors use it verbatim as the
    name by which the books recognise a repetition. An operation's id is its position, "1" for the first. `forget` is
    the key of an earlier batch whose result is safe here: books that remember batches by key may drop that one.
    """

    key: str
    operations: tuple[Operation, ...]
    forget: str | None = None

    def ids(self) -> tuple[str, ...]:
        """The operations' ids in order: "1", "2", …"""
        return tuple(str(number) for number in range(1, len(self.operations) + 1))

    @property
    def writes(self) -> bool:
        """Whether any operation changes the books."""
        return any(isinstance(operation, Create | Update | Void) for operation in self.operations)
