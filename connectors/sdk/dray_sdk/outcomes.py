"""What became of one operation, named for what the engine does next.

An answer that a connector does not recognise is `InDoubt`: never a success and never a failure. `code` and `text`
are the books' own, kept verbatim for support.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dray_sdk.books import Books
from dray_sdk.money import Money
from dray_sdk.records import Entry, Record


@dataclass(frozen=True, slots=True)
class Posted:
    """The books took it. For an invoice `number`, `total`, `tax` and `balance` are what the books say.

    `total` is None where the answer proved acceptance without figures (a recovered answer); the engine reads them.
    `warning` is said to people when the books took the record but not all of it.
    """

    books_id: str
    number: str | None = None
    total: Money | None = None
    tax: Money | None = None
    balance: Money | None = None
    revision: str | None = None
    warning: str | None = None
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Identified:
    """Which books answered."""

    books: Books


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that matches a `Find`; never empty. The engine compares, the connector does not choose."""

    candidates: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The books answered a `Find` and hold nothing that matches."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page of changes. `page` continues it, None when complete; `watermark` is the newest time in the data."""

    records: tuple[Record, ...]
    gone: tuple[str, ...] = ()
    page: str | None = None
    watermark: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The books looked at it and said no, definitively: nothing was written. `field` is a path into the record."""

    code: str
    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class NotRun:
    """Nothing of it was done, and that is certain. `culprit` is True for the operation that stopped the batch,
    False for one that was held up by another, None where the books did not say which."""

    culprit: bool | None = None
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody changed the record in the books since it was read; nothing was written."""

    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Nothing was written; the same may be tried again after `delay` seconds (a lock, a limit, a busy server)."""

    delay: int
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The books no longer admit us; nothing was written. A person has to act."""

    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class CursorExpired:
    """A `Pull` page or watermark is no longer honoured; the pass starts again."""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may or may not have been done. The engine asks again; it never resends blindly."""

    code: str = ""
    text: str = ""


Outcome = (
    Posted
    | Identified
    | Found
    | Absent
    | Pulled
    | Refused
    | NotRun
    | Stale
    | Deferred
    | Disconnected
    | CursorExpired
    | InDoubt
)
