"""What a connector may do beside translating, each its own small protocol.

A connector has a facet when it has the facet's attributes; the platform asks with `isinstance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from dray_sdk.books import Books
from dray_sdk.desk import Desk
from dray_sdk.judging import Limit, Lookup, Problem
from dray_sdk.money import Money
from dray_sdk.operations import Find
from dray_sdk.records import Invoice, Kind
from dray_sdk.wire import Call, Reply


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a customer's computer needs to be able to call us. No password is in it: a person types that. `help` is
    where its people get help, the quickest way first: the file tells as much of it as it has room for."""

    install: str
    product: str
    description: str
    endpoint: str
    support_url: str
    user_name: str
    owner_id: str
    file_id: str
    every_minutes: int = 10
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationFile:
    """A file to hand to the customer."""

    name: str
    media_type: str
    content: bytes


@runtime_checkable
class DialsIn(Protocol):
    """The books call us at `/<mount>/<install>`."""

    mount: str

    def serve(self, call: Call, desk: Desk) -> Reply:
        """Answer one call. Hostile bytes never raise; they get the protocol's own kind of refusal."""
        ...

    def refuse(self, sentence: str) -> Reply:
        """What a caller reads, in its own protocol, when something broke at our end: an error, with the sentence."""
        ...

    def invite(self, invitation: Invitation) -> InvitationFile:
        """The file that makes the other side call us."""
        ...


@runtime_checkable
class IsCalled(Protocol):
    """We call the books over HTTPS. A request's `path` and `headers` are the connector's; the platform adds the
    authorization, refreshes a token once and repeats the identical bytes when the answer is 401, and hands everything
    else to `decode`, a second 401 included."""

    def address(self, settings: Mapping[str, str]) -> str:
        """The address below which every request's `path` lies, without a slash at its end. ValueError for settings
        that name none."""
        ...


@runtime_checkable
class AsksApart(Protocol):
    """Its books answer one question at a time and in many requests more cheaply than several questions in one, so that
    what is asked need not share the few requests that carry much (`Request.bulk`) with what is posted."""

    def together(self, finds: Sequence[Find]) -> Sequence[int]:
        """The places of those finds, one at least, that travel in one request of their own. The platform asks for the
        others afterwards."""
        ...


@runtime_checkable
class Judges(Protocol):
    """Knows what its books would not take."""

    def limits_for(self, books: Books | None) -> tuple[Limit, ...]:
        """The limits of these books' edition and version; the common ones when the books are not yet known."""
        ...

    def judge(self, document: Invoice, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
        """Every problem that the document would have there, worst first. Pure, and quick: under 0.1 ms is usual."""
        ...


@runtime_checkable
class PredictsTax(Protocol):
    """Knows what tax its books would work out, where that can be known before anything leaves."""

    def predict_tax(self, document: Invoice, books: Books | None, lookup: Lookup | None) -> Money | None:
        """The tax to the smallest unit, as these books would add it; None wherever a rate or a rule is not known for
        sure. Pure."""
        ...


class Where(StrEnum):
    """Where something of an invoice is found in the books: in a field of its own, at the end of a line's description,
    or nowhere."""

    FIELD = "field"
    DESCRIPTION = "description"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one field of ours lands. `field` is a path as in `Limit`; `label` is what people call it here; `there` is
    what the books call the place, or, for a field that lands nowhere, why."""

    field: str
    label: str
    where: Where
    there: str


@runtime_checkable
class Lands(Protocol):
    """Says of every field of an invoice where it lands in its books: people see it before the first one goes."""

    def landings_for(self, books: Books | None) -> tuple[Landing, ...]:
        """Every field of `Invoice` and `Line` once, in the order in which people fill in an invoice; for these books,
        or, where they are not yet known, for such books as most companies have. Pure."""
        ...


class Remedy(StrEnum):
    """Who can do something about it."""

    USER = "user"
    BOOKKEEPER = "bookkeeper"
    SUPPORT = "support"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code of the books means: a sentence for people, who can fix it, and what they press or do. `cause`: who
    gave it, and what became of what was under way; support staff read it, and it may be empty."""

    code: str
    meaning: str
    who: Remedy
    action: str
    cause: str = ""


@runtime_checkable
class Explains(Protocol):
    """Knows its books' codes."""

    explanations: Mapping[str, Explanation]

    def explain(self, code: str, text: str = "") -> Explanation | None:
        """What the code means, with the books' own text where that says more. None for a code nobody knows."""
        ...


@runtime_checkable
class Links(Protocol):
    """Its books show each record on a page of their own, to whoever is signed in there."""

    def page_of(self, kind: Kind, books_id: str, settings: Mapping[str, str]) -> str | None:
        """The address (https) of the page of that record. None where these books have none for it."""
        ...


@runtime_checkable
class Simulated(Protocol):
    """Brings its own pretend accounting system."""

    def simulate(self, arguments: Sequence[str]) -> int:
        """Run it with the command line's remaining arguments until interrupted or done; the exit status."""
        ...


@dataclass(frozen=True, slots=True)
class Narration:
    """One call of the other side as people who watch a set-up should read it. `name` is the protocol's own name of the
    call, `sentence` what it means in plain words. `program` is the version of the program that calls, where the call
    says it. No password is ever in it."""

    name: str
    sentence: str
    program: str = ""


@runtime_checkable
class Narrates(Protocol):
    """Tells what its callers do, while somebody watches. The platform asks only then, and knows by itself what the
    desk was asked and answered; what matters here are the calls that ask the desk for nothing."""

    def narrate(self, call: Call) -> Narration:
        """What this call is. Hostile bytes never raise."""
        ...
