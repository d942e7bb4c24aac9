"""The interface of a connector: what it declares, and three pure functions.

A connector is a pure translator. It touches no network, clock, random source, database, credential or invoice state;
whatever it needs is handed in. The platform finds connectors by the entry-point group `dray.connectors`; each entry
names an object that satisfies `Connector`, and whichever facets of `dray_sdk.facets` it also satisfies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from dray_sdk.books import Books
from dray_sdk.judging import Limit
from dray_sdk.operations import Batch
from dray_sdk.outcomes import Outcome
from dray_sdk.records import Kind
from dray_sdk.redaction import Redaction
from dray_sdk.wire import Request, Response

INTERFACE = 1
"""The number of the interface described here. A platform loads no connector of another number."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do. The engine asks for nothing else.

    `finds` maps each kind to the fields of `Find` that it understands; an invoice is found by `number` and by
    `customer` with `date` at least, for only both together settle a doubt. `batch` is the most operations in one
    request. `recovers`: the books remember a batch by its key, so that `recover` can ask what became of it.
    `dialled_into`: the books call us (`DialsIn`); otherwise the platform calls them. `creates_when_missing` lists the
    kinds that the engine may create on its own when a document needs one. `resolves` lists the kinds of reference
    that need a `books_id` before a document can be encoded; other references travel by name. `repeats_for`: for so
    many seconds after a request left, the books answer the identical bytes with their first answer instead of doing
    them twice, so that the engine may send those again; 0 where they do not.
    """

    creates: frozenset[Kind] = frozenset()
    updates: frozenset[Kind] = frozenset()
    voids: frozenset[Kind] = frozenset()
    finds: Mapping[Kind, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    pulls: frozenset[Kind] = frozenset()
    resolves: frozenset[Kind] = frozenset()
    creates_when_missing: frozenset[Kind] = frozenset()
    batch: int = 1
    recovers: bool = False
    dialled_into: bool = False
    repeats_for: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting that an operator gives in the environment. `help` says what it is for, in a sentence."""

    name: str
    help: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Password:
    """Authorization by a name and a password that the platform mints and the other side types (`DialsIn`)."""


@dataclass(frozen=True, slots=True)
class OAuth2:
    """Authorization by OAuth 2. The platform runs the flow from this description and holds the tokens.

    `discovery` is the address of the document that names the endpoints (OpenID Connect Discovery 1.0). Where there are
    several environments, `environment_setting` names the setting that picks one of `environments` (its value → the
    discovery document); a value that is an address itself is taken as one. `sample_environments` are those of them that
    hold nobody's real books: a test company is connected there and nowhere else.

    `books_parameter` is the parameter of the callback that names the books (Intuit's realmId: it comes nowhere else,
    and unsigned, so the platform asks the books themselves before it believes it). `token_headers` go with every call
    of the token endpoint. `refresh_lifetime` and `grant_lifetime` name the members of its answers that say in how many
    seconds the refresh token ends unless it is used, and the whole grant however often it is. `revokes_with_json`: the
    revocation endpoint takes JSON and not a form.
    """

    discovery: str
    scopes: tuple[str, ...]
    client_id_setting: str
    client_secret_setting: str
    environment_setting: str | None = None
    environments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sample_environments: frozenset[str] = frozenset()
    books_parameter: str | None = None
    token_headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    refresh_lifetime: str | None = None
    grant_lifetime: str | None = None
    revokes_with_json: bool = False

    def discovery_for(self, settings: Mapping[str, str]) -> str:
        """The discovery document of the environment that the settings name. ValueError for one that is not known."""
        chosen = settings.get(self.environment_setting, "") if self.environment_setting else ""
        if not chosen:
            return self.discovery
        if chosen in self.environments:
            return self.environments[chosen]
        if chosen.startswith(("https://", "http://")):
            return chosen
        known = ", ".join(self.environments)
        raise ValueError(f"{self.environment_setting} is {chosen!r}; it may be {known} or the address of a document")


Authorization = Password | OAuth2


@dataclass(frozen=True, slots=True)
class Timing:
    """How fast the books work, and how hard they may be pressed.

    For sizing a batch: the seconds that one write takes at first sight, and the seconds of work that one request may
    hold. `carrier_over_after`: seconds after which an unanswered request's carrier is certainly over. Where we call the
    books: `answer_within` is how long one answer is waited for (longer than the books themselves give a request, so
    that a slow answer is not mistaken for a lost one), `requests_per_minute` and `at_once` are what one set of books
    bears, and `bulk_per_minute` how many of the requests may be `Request.bulk`. The platform keeps to them; a connector
    that is told to slow down says `Deferred`.
    """

    seconds_per_write: float = 0.2
    seconds_per_request: float = 10.0
    carrier_over_after: int = 1800
    answer_within: float = 130.0
    requests_per_minute: int | None = None
    at_once: int = 1
    bulk_per_minute: int | None = None


@runtime_checkable
class Connector(Protocol):
    """What every connector is. See the module's docstring for what it must not do."""

    interface: int
    name: str
    title: str
    version: str
    capabilities: Capabilities
    authorization: Authorization
    settings: tuple[Setting, ...]
    limits: tuple[Limit, ...]
    timing: Timing
    redaction: Redaction

    def encode(self, batch: Batch, books: Books) -> Request:
        """The one request that carries the whole batch. Deterministic: the same batch and books give the same bytes.

        Raises LocalProtocolError for an operation that `capabilities` does not declare.
        """
        ...

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        """One outcome per operation, in the batch's order, matched by the operations' ids.

        Never raises for what the other side sent: whatever is not understood is `InDoubt`, an answer to some other
        batch included. `request` tells whether this answers `encode` (write, find, …) or `recover` (ask).
        """
        ...

    def recover(self, batch: Batch, books: Books) -> Request | None:
        """A request, of purpose `ask`, for what became of a batch whose answer was lost. It never posts anything.
        None where the books keep no memory of batches: the engine then looks each operation up."""
        ...
