"""Real exchanges kept as files, without secrets, and played again to a connector: what does it say to them now?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dray_sdk import canonical
from dray_sdk.books import Books
from dray_sdk.connector import Connector
from dray_sdk.operations import Batch
from dray_sdk.outcomes import Outcome
from dray_sdk.wire import Answer, Failure, Purpose, Request, Response


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange: what was asked of which books, the bytes that left and came, what was made of them, and by which
    version of the connector. Read from its text it has gone through the connector's redaction; people's names and
    numbers are for the author to replace."""

    batch: Batch
    books: Books
    request: Request
    response: Response
    outcomes: tuple[str, ...]
    version: str = ""


def record(
    connector: Connector,
    batch: Batch,
    books: Books,
    request: Request,
    response: Response,
    outcomes: Sequence[Outcome] | None = None,
) -> str:
    """The exchange as the text of a file, with all that `redaction` names removed from both directions. Bodies are kept
    as Latin-1, so that every byte comes back. `outcomes`: what was made of the answer, where it was read already."""
    if isinstance(response, Failure):
        response = Failure(str(response.code), response.text)  # as it is read again
    if outcomes is None:
        outcomes = connector.decode(batch, request, response)
    kept = {
        "batch": canonical.dump(batch),
        "books": canonical.dump(books),
        "request": {
            "purpose": request.purpose.value,
            "method": request.method,
            "path": request.path,
            **_removed(connector, request),
        },
        "response": _written(connector, response),
        "outcomes": [repr(outcome) for outcome in outcomes],
        "version": connector.version,
    }
    return json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def read(text: str) -> Recording:
    """What `record` wrote. ValueError, KeyError or TypeError for anything else."""
    kept: Any = json.loads(text)
    asked, came = kept["request"], kept["response"]
    response = Failure(**came) if "code" in came else Answer(**{**came, "body": came["body"].encode("latin-1")})
    return Recording(
        canonical.load(Batch, kept["batch"]),
        canonical.load(Books, kept["books"]),
        Request(**{**asked, "purpose": Purpose(asked["purpose"]), "body": asked["body"].encode("latin-1")}),
        response,
        tuple(kept["outcomes"]),
        kept.get("version", ""),
    )


def differences(connector: Connector, recording: Recording) -> tuple[str, ...]:
    """What this connector would send or understand otherwise than was recorded: nothing, or a sentence for each. Play
    the recordings of one version to the next before it comes into use."""
    return tuple(_differences(connector, recording))


def _differences(connector: Connector, recording: Recording) -> Iterator[str]:
    batch, books = recording.batch, recording.books
    recovering = recording.request.purpose is Purpose.ASK
    request = connector.recover(batch, books) if recovering else connector.encode(batch, books)
    if request is None:
        yield "it asks nothing about this batch any more"
    else:
        yield from _sent_otherwise(connector, request, recording.request)
    said = connector.decode(batch, recording.request, recording.response)
    for place, (before, after) in enumerate(zip(recording.outcomes, map(repr, said), strict=True), 1):
        if before != after:
            yield f"operation {place}: it says {after} where {before} was said"


def _sent_otherwise(connector: Connector, request: Request, before: Request) -> Iterator[str]:
    if (now := connector.redaction.body(request.body)) != before.body:
        yield f"it sends {now[:400]!r} where {before.body[:400]!r} was sent"
    for called, now_there, then in (
        ("purpose", request.purpose, before.purpose),
        ("method", request.method, before.method),
        ("path", request.path, before.path),
        ("headers", connector.redaction.header_fields(request.headers), before.headers),
    ):
        if now_there != then:
            yield f"its {called} is {now_there!r} where it was {then!r}"


def _removed(connector: Connector, message: Request | Answer) -> dict[str, Any]:
    redaction = connector.redaction
    return {
        "body": redaction.body(message.body).decode("latin-1"),
        "headers": redaction.header_fields(message.headers),
    }


def _written(connector: Connector, response: Response) -> dict[str, Any]:
    if isinstance(response, Failure):
        return asdict(response)
    return {"status": response.status, **_removed(connector, response)}
