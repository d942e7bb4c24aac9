"""What crosses the wire, whoever dialled, and calls from outside that a connector answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Purpose(StrEnum):
    """Why a request is made; `decode` reads an answer in its light."""

    WRITE = "write"
    ASK = "ask"
    FIND = "find"
    PULL = "pull"
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Request:
    """The exact bytes of one request. `method` and `path` matter only where we dial; credentials are never in it.
    `bulk`: one of those of which the books bear only `Timing.bulk_per_minute`."""

    purpose: Purpose
    body: bytes
    method: str = "POST"
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The other side answered. `status` is an HTTP status, 200 where the carrier has none."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


class NoAnswer(StrEnum):
    """The `code` of a Failure where the platform called the books. Only `unreached` proves that nothing was done."""

    UNREACHED = "unreached"
    UNANSWERED = "unanswered"
    BROKEN_OFF = "broken_off"


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer came from the books: what the carrier reported instead.

    `code` is a `NoAnswer` where we called them (no connection was made; no answer came in time; the answer broke off),
    and the carrier's own where they call us (an HRESULT).
    """

    code: str
    text: str = ""


Response = Answer | Failure


@dataclass(frozen=True, slots=True)
class Call:
    """A call from outside to a connector's mount. `url` is the public address called, without its query."""

    method: str
    url: str
    install: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a connector answers to a `Call`."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
