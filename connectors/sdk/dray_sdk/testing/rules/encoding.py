"""What leaves."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dray_sdk import canonical
from dray_sdk.errors import LocalProtocolError
from dray_sdk.operations import Batch, Create, Find, Identify, Operation, Pull, Update, Void
from dray_sdk.records import Kind
from dray_sdk.testing.engine import questions
from dray_sdk.testing.stage import Bench, Stage, rule
from dray_sdk.testing.verdicts import Broken, demand, not_shown, short
from dray_sdk.wire import Purpose, Request

CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
_TOUCHES_THE_WORLD = ("socket.", "subprocess.", "os.system", "urllib.Request")


@rule
def the_same_batch_gives_the_same_bytes(bench: Bench) -> None:
    """`encode` is deterministic: the same batch and books give the same request, whatever was encoded in between."""
    stage = bench.stage()
    batch, other = stage.write(), stage.write("1002")
    first = stage.encode(batch)
    stage.encode(other)
    again = stage.encode(canonical.loads(Batch, canonical.dumps(batch)))
    demand(
        first == again,
        f"the same batch gave two requests, {short(first.body)} and then {short(again.body)}. Take out clocks, random "
        "numbers, sets whose order changes, and whatever encode remembers",
    )


@rule
def encoding_touches_nothing(bench: Bench) -> None:
    """`encode` and `decode` are pure: no network, no other process, no file written, no random number drawn."""
    stage = bench.stage()
    batch = stage.write()
    request = stage.encode(batch)
    response = stage.carry(batch, request)
    before = random.getstate()
    with _watched() as touched:
        stage.encode(batch)
        stage.decode(batch, request, response)
    demand(not touched, f"encode or decode did this: {short(sorted(touched))}. What they need is handed in")
    demand(random.getstate() == before, "encode or decode drew a random number; the batch's key is there for that")


_watching: list[set[str]] = []
_hooked: list[bool] = []


@contextmanager
def _watched() -> Iterator[set[str]]:
    """What Python's audit events tell of the world being touched. A hook cannot be taken off again; it sleeps."""
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked.append(True)
    touched: set[str] = set()
    _watching.append(touched)
    try:
        yield touched
    finally:
        _watching.pop()


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event.startswith(_TOUCHES_THE_WORLD):
        _watching[-1].add(event)


@rule
def the_key_travels(bench: Bench) -> None:
    """`Batch.key` goes out verbatim with every write, where the books recognise a repetition by it."""
    stage = bench.stage()
    able = bench.connector.capabilities
    if not (able.recovers or able.repeats_for):
        not_shown("these books recognise no repetition")
    batch = stage.write()
    request = stage.encode(batch)
    demand(
        batch.key.encode() in _everything(request),
        f"the key {batch.key} is nowhere in {short(request.body)}. Send it verbatim, as the name of the repetition",
    )


def _everything(request: Request) -> bytes:
    headers = " ".join(f"{name}: {value}" for name, value in request.headers.items())
    return b" ".join((request.body, request.path.encode(), headers.encode()))


@rule
def what_is_not_declared_is_a_bug_of_ours(bench: Bench) -> None:
    """`encode` raises LocalProtocolError for an operation that `capabilities` does not declare, and nothing else."""
    stage = bench.stage()
    for operation in _undeclared(stage):
        try:
            request = bench.connector.encode(stage.batch(operation), stage.books)
        except LocalProtocolError:
            continue
        except Exception as error:
            raise Broken(f"encode raised {error!r} for {short(operation)}; it should be LocalProtocolError") from error
        raise Broken(
            f"encode made {short(request.body)} of {short(operation)}, which capabilities do not declare. Declare "
            "it, or raise LocalProtocolError"
        )


def _undeclared(stage: Stage) -> list[Operation]:
    able, documents = stage.connector.capabilities, stage.documents
    customer = documents.customer(books_id="1", revision="0")
    candidates: list[tuple[bool, Operation]] = [
        (Kind.CUSTOMER in able.creates, Create(documents.customer())),
        (Kind.CUSTOMER in able.updates, Update(customer)),
        *((kind in able.voids, Void(kind, "1")) for kind in (Kind.INVOICE, Kind.CREDIT, Kind.PAYMENT)),
        *((kind in able.pulls, Pull(kind)) for kind in Kind),
        *((kind in able.finds, Find(kind, name="Acme", number="1")) for kind in Kind),
    ]
    return [operation for declared, operation in candidates if not declared]


@rule
def a_request_says_its_purpose(bench: Bench) -> None:
    """A request says what it is for: `write` where anything in it changes the books, else `identify`, `find`, `pull`.
    The platform never sends a write twice, and may send the others as often as it likes."""
    stage = bench.stage()
    wanted: list[tuple[Batch, Purpose]] = [(stage.write(), Purpose.WRITE), (stage.batch(Identify()), Purpose.IDENTIFY)]
    wanted += [(stage.batch(question), Purpose.FIND) for question in questions(stage, stage.documents.invoice())]
    wanted += [(stage.batch(Pull(kind)), Purpose.PULL) for kind in sorted(bench.connector.capabilities.pulls)]
    for batch, purpose in wanted:
        said = stage.encode(batch).purpose
        demand(said is purpose, f"the request for {short(batch.operations)} says {said!r}; it is a {purpose.value!r}")


@rule
def a_request_carries_no_credential(bench: Bench) -> None:
    """No credential passes through the connector: the platform adds it after `encode`."""
    stage = bench.stage()
    for batch in (stage.write(), stage.batch(Identify())):
        request = stage.encode(batch)
        carried = sorted({name.lower() for name in request.headers} & CREDENTIAL_HEADERS)
        demand(not carried, f"the request carries {carried}; leave that to the platform")
