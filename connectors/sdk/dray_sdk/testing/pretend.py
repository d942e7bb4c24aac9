"""Pretend books: what a connector brings so that it can be tried, and shown to be right, without real ones.

The kit's rules talk to them. They are written without the connector's own code for reading
and writing: two that share a mistake would agree on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol, runtime_checkable

from dray_sdk.books import Books
from dray_sdk.facets import InvitationFile
from dray_sdk.records import Invoice, Kind, Reference
from dray_sdk.wire import Call, Reply, Request, Response


class Mishap(StrEnum):
    """What pretend books can be told to do wrong, once.

    At the next request: `throttled`: it is not done, and told to come later; `signed_out`: it is not done, for our
    login is over; `refused`: each record of it is looked at and refused, for whatever reason; `unknown_status`: it is
    done, and answered with a status that is in no manual and nothing else that proves anything; `fails_after`: it is
    done, and an error comes in place of its answer; `reversed`: it is done, and the answers to its operations come last
    one first; `doubled`: it is done, and the first answer comes twice.

    At once: `forgets`: no batch is remembered any more; `cursor_expired`: pages and watermarks given out so far are
    no longer honoured.
    """

    THROTTLED = "throttled"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"
    UNKNOWN_STATUS = "unknown_status"
    FAILS_AFTER = "fails_after"
    REVERSED = "reversed"
    DOUBLED = "doubled"
    FORGETS = "forgets"
    CURSOR_EXPIRED = "cursor_expired"


@runtime_checkable
class PretendBooks(Protocol):
    """Books in memory, as if at the other end of the wire.

    `books` is what the platform knows before it has asked (a realm's id; often nothing but a name). `holds` names
    entries that are in the lists from the beginning, with their `books_id`: a customer and an item at least where
    invoices need them. `mishaps` are those that `befall` can bring about. `secrets` are texts that the books hold or
    that travel with calls and that no transcript may keep: a password, a token, a tax number.
    """

    books: Books
    holds: Mapping[Kind, Reference]
    mishaps: frozenset[Mishap]
    secrets: tuple[str, ...]

    def carry(self, request: Request) -> Response:
        """What a transport does: add what authorizes, take the request there, bring the answer back."""
        ...

    def invoices(self) -> tuple[Invoice, ...]:
        """Every invoice in the books, oldest first, as the books hold it and whoever brought it. Voided ones too."""
        ...

    def befall(self, mishap: Mishap) -> None:
        """Let it happen: once, at the next request or at once."""
        ...


@runtime_checkable
class Rehearsed(Protocol):
    """A connector that brings pretend books in memory. Without them only what it declares can be looked at."""

    def pretend(self) -> PretendBooks:
        """Fresh ones, each time the same. They need no network and no clock."""
        ...


@runtime_checkable
class CallsUs(Protocol):
    """Pretend books that dial in (`DialsIn`)."""

    def call(self, door: Callable[[Call], Reply], invitation: InvitationFile, password: str) -> None:
        """Take the invitation, and make one whole session through the door: open, carry what is handed out, close."""
        ...


@runtime_checkable
class RingsUs(Protocol):
    """Pretend books that tell of changes (`SendsWebhooks`)."""

    def ring(self, secret: str) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of a webhook about some change, signed with the secret."""
        ...
