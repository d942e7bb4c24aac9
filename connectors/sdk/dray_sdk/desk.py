"""The platform's side of a conversation that the books began. A connector turns text into these calls and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dray_sdk.books import Books
from dray_sdk.wire import Request, Response


@dataclass(frozen=True, slots=True)
class Ticket:
    """There is work. `value` is unguessable and names this one session in every later call."""

    value: str


@dataclass(frozen=True, slots=True)
class NoWork:
    """The caller is known and nothing is due. `again_in`: seconds after which it need not call earlier, or None.

    `closed` is not empty where nothing will ever be due again: this way in was closed, and this is the sentence for the
    person at that computer. `last_words` and `close` say it too, whatever the ticket.
    """

    again_in: int | None = None
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """Name and password do not belong together here."""


@dataclass(frozen=True, slots=True)
class Go:
    """These are the right books, carry on."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Hand out nothing. `sentence` is for the person at that computer."""

    sentence: str


class Desk(Protocol):
    """Every method may be called twice, and with a ticket that is unknown or over; none raises for what was sent."""

    def called_by(self, program: str) -> None:
        """The caller tells the version of its program, which anybody may do: it proves nothing and opens nothing. Kept
        for people who look after it, once the caller has opened."""
        ...

    def open(self, user: str, password: str) -> Ticket | NoWork | Denied:
        """Check the caller; a Ticket only when something is due."""
        ...

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Go | Stop:
        """Tell which books are open and on which computer. Before the first `next`, when the connector knows."""
        ...

    def next(self, ticket: str) -> Request | None:
        """The next request; the same bytes again while it has no answer; None when there is no more."""
        ...

    def receive(self, ticket: str, response: Response) -> int:
        """Take an answer. Percent done, 100 only when nothing is left; negative: ask for `last_words` and close."""
        ...

    def trouble(self, ticket: str, code: str, text: str) -> None:
        """The caller could not reach the books."""
        ...

    def last_words(self, ticket: str) -> str:
        """A sentence for the person at that computer: what happened and what to do."""
        ...

    def close(self, ticket: str) -> str:
        """The session is over. A short line for the caller's status column."""
        ...
