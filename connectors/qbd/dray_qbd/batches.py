"""A batch as one message set, and the answer back as one outcome per operation. Pure.

Independent writes travel under continueOnError: each stands alone. Writes carry the batch's key as newMessageSetID, so
that QuickBooks remembers the answer (Intuit's error recovery); requestID is the operation's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dray_qbd.hresults import Proof, hresult
from dray_qbd.messages import customers, identify, invoices, lists, pulls
from dray_qbd.messages.message import Message
from dray_qbd.qbxml import reader, writer
from dray_qbd.qbxml.reader import Answered, MessageSet
from dray_sdk import (
    Batch,
    Books,
    Create,
    Customer,
    Deferred,
    Disconnected,
    Failure,
    Find,
    Identify,
    InDoubt,
    Invoice,
    Kind,
    LocalProtocolError,
    NotRun,
    Operation,
    Outcome,
    Pull,
    Purpose,
    RemoteProtocolError,
    Request,
    Response,
)

MOST_TOGETHER = 100
"""How many finds share one query. QuickBooks names no limit; a message that a person can still read is one."""

RETRY_FAILURE_AFTER = 600
"""Seconds after which a computer that was not ready is tried again: the usual time between two calls."""

_CREATES: Mapping[type, Message] = {Customer: customers.ADD, Invoice: invoices.ADD}
_FINDS: Mapping[Kind, Message] = {Kind.INVOICE: invoices.FIND, **dict.fromkeys(lists.LISTINGS, lists.FIND)}


def encode(batch: Batch, books: Books) -> Request:
    """The message set that carries the whole batch. LocalProtocolError for an operation that is not declared."""
    requests: list[str] = []
    for request_id, shared in _shared(batch).items():
        if len(shared.finds) > 1:
            requests.append(invoices.write_together(shared.finds, request_id))
        else:
            requests.extend(_message(shared.first).write(shared.first, request_id, books))
    # The old set is cleared in passing: QuickBooks keeps each answer until it is told that it is no longer needed. With
    # questions nothing new is remembered.
    new = batch.key if batch.writes else None
    body = writer.document(requests, on_error="continueOnError", new_set=new, old_set=batch.forget)
    return Request(_purpose(batch), body)


def recover(batch: Batch) -> Request | None:
    """A status check: the same name as the old and the new set, and no request (Intuit's ErrRecovery2.xml). It never
    posts. None for a batch that changes nothing."""
    if not batch.writes:
        return None
    return Request(Purpose.ASK, writer.document((), on_error="continueOnError", new_set=batch.key, old_set=batch.key))


def decode(batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
    """One outcome per operation, matched by requestID and by the answer's name, never by place."""
    if isinstance(response, Failure):
        return (_failed(request.purpose, response),) * len(batch.operations)
    try:
        answered = reader.read(response.body)
    except RemoteProtocolError as unclear:
        return _all_in_doubt(batch, "", str(unclear))
    if answered.set_id not in ("", batch.key):
        return _all_in_doubt(batch, answered.set_code, "this answers another message set")
    # 9005 comes with answers that QuickBooks could only not keep, 600 with those to questions that cleared a set which
    # it never kept; any other code comes instead of them
    beside = ("", "0", "9005") if batch.writes else ("", "0", "600")
    if answered.set_code not in beside:
        return _all_in_doubt(batch, answered.set_code, "")
    return _matched(batch, answered)


@dataclass(slots=True)
class _Shared:
    """One request, under the id of the first operation that it serves; `at` are the positions of all of them."""

    first: Operation
    at: list[int]
    finds: list[Find]


def _shared(batch: Batch) -> dict[str, _Shared]:
    """requestID → what travels under it. Finds that one query can answer share one; everything else stands alone."""
    requests: dict[str, _Shared] = {}
    open_ones: dict[tuple[str, ...], _Shared] = {}
    for position, (request_id, operation) in enumerate(zip(batch.ids(), batch.operations, strict=True)):
        finds = [operation] if isinstance(operation, Find) else []
        key = invoices.together(operation) if isinstance(operation, Find) else None
        if key is not None and key in open_ones and len(open_ones[key].at) < MOST_TOGETHER:
            open_ones[key].at.append(position)
            open_ones[key].finds += finds
            continue
        requests[request_id] = _Shared(operation, [position], finds)
        if key is not None:
            open_ones[key] = requests[request_id]
    return requests


def _matched(batch: Batch, answered: MessageSet) -> tuple[Outcome, ...]:
    requests = _shared(batch)
    expected = {
        request_id: _message(shared.first).expects(shared.first, request_id) for request_id, shared in requests.items()
    }
    names = {request_id: name for wanted in expected.values() for request_id, name in wanted.items()}
    by_id: dict[str, list[Answered]] = {}
    for answer in answered.answers:
        if names.get(answer.request_id) != answer.name:
            return _all_in_doubt(batch, answer.code, f"an answer to nothing that was asked: {answer.name[:60]}")
        by_id.setdefault(answer.request_id, []).append(answer)
    outcomes: list[Outcome] = [InDoubt()] * len(batch.operations)
    for request_id, shared in requests.items():
        read = _outcomes(shared, expected[request_id], by_id)
        for position, outcome in zip(shared.at, read, strict=True):
            outcomes[position] = outcome
    return tuple(outcomes)


def _outcomes(shared: _Shared, wanted: Mapping[str, str], by_id: Mapping[str, list[Answered]]) -> tuple[Outcome, ...]:
    answers: dict[str, Answered] = {}
    for request_id, name in wanted.items():
        found = by_id.get(request_id, [])
        if len(found) != 1:
            why = "QuickBooks answered more than once" if found else "QuickBooks did not answer this"
            return (InDoubt(text=why),) * len(shared.at)
        answers[name] = found[0]
    if len(shared.finds) > 1:
        return invoices.read_together(shared.finds, answers["InvoiceQueryRs"])
    return (_message(shared.first).read(shared.first, answers),)


def _message(operation: Operation) -> Message:
    message = None
    if isinstance(operation, Create):
        message = _CREATES.get(type(operation.record))
    elif isinstance(operation, Find):
        message = _FINDS.get(operation.kind)
    elif isinstance(operation, Pull):
        message = pulls.PULL if operation.kind in lists.LISTINGS else None
    elif isinstance(operation, Identify):
        message = identify.IDENTIFY
    if message is None:
        raise LocalProtocolError(f"QuickBooks Desktop is never asked this: {operation!r:.200}")
    return message


def _purpose(batch: Batch) -> Purpose:
    if batch.writes:
        return Purpose.WRITE
    if any(isinstance(operation, Identify) for operation in batch.operations):
        return Purpose.IDENTIFY
    if any(isinstance(operation, Pull) for operation in batch.operations):
        return Purpose.PULL
    return Purpose.FIND


def _failed(purpose: Purpose, failure: Failure) -> Outcome:
    """What a failure of the carrier proves. Of a question about an earlier batch it proves nothing: that the question
    did not run says nothing of the batch."""
    known = hresult(failure.code)
    proof = Proof.NOTHING if known is None or purpose is Purpose.ASK else known.proof
    match proof:
        case Proof.NOT_RUN:
            return NotRun(culprit=None, code=failure.code, text=failure.text)
        case Proof.LATER:
            return Deferred(RETRY_FAILURE_AFTER, failure.code, failure.text)
        case Proof.SHUT_OUT:
            return Disconnected(failure.code, failure.text)
        case Proof.NOTHING:
            return InDoubt(failure.code, failure.text)


def _all_in_doubt(batch: Batch, code: str, text: str) -> tuple[Outcome, ...]:
    return (InDoubt(code, text),) * len(batch.operations)
