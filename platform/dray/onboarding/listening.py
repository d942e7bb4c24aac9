"""A desk that remembers what it was asked and what it answered during one call, for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dray_sdk import Answer, Books, Denied, Desk, Go, NoWork, Request, Response, Stop, Ticket

__all__ = ["Heard", "Kind", "Listening"]


class Kind(StrEnum):
    """What happened at the desk."""

    OPENED = "opened"
    NOTHING_DUE = "nothing_due"
    CLOSED = "closed"
    DENIED = "denied"
    RIGHT_BOOKS = "right_books"
    STOPPED = "stopped"
    HANDED_OUT = "handed_out"
    NOTHING_LEFT = "nothing_left"
    ANSWERED = "answered"
    UNREACHED = "unreached"
    LAST_WORDS = "last_words"
    HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that happened. What `text` and `code` are depends on the kind: a user name, a sentence, a reason."""

    kind: Kind
    text: str = ""
    code: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Listening:
    """A `dray_sdk.Desk` in front of another; `heard` is what happened, in order."""

    desk: Desk
    heard: list[Heard] = field(default_factory=list)

    def called_by(self, program: str) -> None:
        """See `Desk`."""
        self.desk.called_by(program)

    def open(self, user: str, password: str) -> Ticket | NoWork | Denied:
        """See `Desk`."""
        opened = self.desk.open(user, password)
        match opened:
            case Denied():
                self.heard.append(Heard(Kind.DENIED, user, password=password))
            case NoWork(closed=closed) if closed:
                self.heard.append(Heard(Kind.CLOSED, closed))
            case NoWork():
                self.heard.append(Heard(Kind.NOTHING_DUE, user))
            case Ticket():
                self.heard.append(Heard(Kind.OPENED, user))
        return opened

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Go | Stop:
        """See `Desk`."""
        said = self.desk.introduce(ticket, books, machine)
        if isinstance(said, Stop):
            self.heard.append(Heard(Kind.STOPPED, said.sentence))
        else:
            parts = (books.name, books.edition, books.place, f"on {machine}" if machine else "")
            self.heard.append(Heard(Kind.RIGHT_BOOKS, ", ".join(part for part in parts if part)))
        return said

    def next(self, ticket: str) -> Request | None:
        """See `Desk`."""
        request = self.desk.next(ticket)
        if request is None:
            self.heard.append(Heard(Kind.NOTHING_LEFT))
        else:
            self.heard.append(Heard(Kind.HANDED_OUT, request.purpose.value))
        return request

    def receive(self, ticket: str, response: Response) -> int:
        """See `Desk`."""
        percent = self.desk.receive(ticket, response)
        if isinstance(response, Answer):
            self.heard.append(Heard(Kind.ANSWERED, f"{percent}"))
        else:
            self.heard.append(Heard(Kind.UNREACHED, response.text, response.code))
        return percent

    def trouble(self, ticket: str, code: str, text: str) -> None:
        """See `Desk`."""
        self.desk.trouble(ticket, code, text)
        self.heard.append(Heard(Kind.UNREACHED, text, code))

    def last_words(self, ticket: str) -> str:
        """See `Desk`."""
        words = self.desk.last_words(ticket)
        self.heard.append(Heard(Kind.LAST_WORDS, words))
        return words

    def close(self, ticket: str) -> str:
        """See `Desk`."""
        words = self.desk.close(ticket)
        self.heard.append(Heard(Kind.HUNG_UP, words))
        return words
