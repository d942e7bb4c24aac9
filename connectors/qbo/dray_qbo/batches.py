"""A batch as one request, and the answer back as one outcome per operation. Pure.

Whatever is written travels in `/batch`, a single invoice too: one form of request, and of answer. There every operation
stands alone: one that is refused holds up no other. Of batches QuickBooks Online takes 40 a minute, and of all requests
500; so a question that is one query travels alone, as a query, and takes no batch from what is posted. Several
questions that must be answered together share a batch, and finds of one sort share an item. Writes carry the batch's
key as `requestid` and their ids as `bId`; the same bytes again are then answered with the first answer, and nothing is
added twice (Intuit: "Batch operations", "Request ID"). A refusal is remembered like everything else, so whatever is
corrected travels under a new key. Reads carry no requestid: an answer from memory would be an old one.

A requestid of a single call would keep a lost answer to one invoice; but thirty calls spend what QuickBooks Online
allows in a minute, and a platform that falls back to batches of one after a lost answer has the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlencode

from dray_qbo import answers, cdc
from dray_qbo.company import MINOR_VERSION
from dray_qbo.messages import customers, finds, identify, invoices, pulls
from dray_qbo.messages.message import Answered, Message
from dray_qbo.v3 import faults, writer
from dray_qbo.v3.reader import Record
from dray_qbo.v3.writer import Content
from dray_sdk import (
    Batch,
    Books,
    Create,
    Customer,
    Failure,
    Find,
    Identify,
    InDoubt,
    Invoice,
    LocalProtocolError,
    Operation,
    Outcome,
    Pull,
    Purpose,
    RemoteProtocolError,
    Request,
    Response,
    Update,
    Void,
)

MOST = 30
"""How many items QuickBooks Online takes in one batch (fault 1040 beyond)."""

_REALM = re.compile(r"\d{1,40}", re.ASCII)
_PATH = re.compile(r"/v3/company/(\d{1,40})/", re.ASCII)
_KEY = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)
_ALONE = re.compile(r"/v3/company/\d{1,40}/query\?", re.ASCII)
_HEADERS: Mapping[str, str] = MappingProxyType({"Accept": "application/json", "Content-Type": "application/json"})
_QUERY_HEADERS: Mapping[str, str] = MappingProxyType({"Accept": "application/json", "Content-Type": "application/text"})

_CREATES: Mapping[type, Message] = {Customer: customers.CREATE, Invoice: invoices.CREATE}


def encode(batch: Batch, books: Books) -> Request:
    """The request that carries the whole batch to the company `books.id` (Intuit's realm).

    LocalProtocolError for an operation that is not declared, more than 30 items, or books without an id.
    """
    base = f"/v3/company/{_realm(books)}"
    if cdc.tells(batch.operations):
        headers = {"Accept": "application/json"}
        return Request(Purpose.PULL, b"", "GET", cdc.path(base, batch.operations, MINOR_VERSION), headers)
    items: list[Content] = [{"bId": one.bid, "Query": one.text} for one in finds.questions(batch.operations)]
    for bid, operation in _but_finds(batch):
        for one, content in _message(operation).write(operation, bid, books).items():
            items.append({"bId": one, **content})
    if not batch.writes and len(items) == 1:
        return _query(_purpose(batch), base, str(items[0]["Query"]))
    if len(items) > MOST:
        raise LocalProtocolError(f"QuickBooks Online takes {MOST} items in a batch, and this has {len(items)}")
    parameters = {"minorversion": MINOR_VERSION}
    if batch.writes:
        if not _KEY.fullmatch(batch.key):
            raise LocalProtocolError(f"{batch.key!r:.50} cannot be a requestid")
        parameters["requestid"] = batch.key
    body = writer.document({"BatchItemRequest": items})
    return Request(_purpose(batch), body, "POST", f"{base}/batch?{urlencode(parameters)}", _HEADERS, bulk=True)


def together(operations: Sequence[Find]) -> Sequence[int]:
    """The places of the finds that the first query answers: a batch of them travels as one query."""
    return finds.first(operations)


def _query(purpose: Purpose, base: str, text: str) -> Request:
    """One query by itself. In the body, since it may name a hundred numbers (Intuit: "Data queries")."""
    path = f"{base}/query?{urlencode({'minorversion': MINOR_VERSION})}"
    return Request(purpose, text.encode(), "POST", path, _QUERY_HEADERS)


def decode(batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
    """One outcome per operation, matched by bId, never by place."""
    if isinstance(response, Failure):
        return (answers.failed(response, request.purpose),) * len(batch.operations)
    content = answers.content(response, request.purpose, len(batch.operations))
    asked_cdc = cdc.tells(batch.operations)
    if not isinstance(content, answers.Content):
        outcome = cdc.unasked(content) if asked_cdc else content
        return (outcome,) * len(batch.operations)
    if asked_cdc:
        return cdc.read(batch.operations, content.record)
    if _ALONE.match(request.path):
        return _matched(batch, request, {_only_bid(batch): [(content.record, None)]})
    try:
        by_id = _by_id(content.record)
    except RemoteProtocolError as unclear:
        return _all_in_doubt(batch, str(unclear))
    return _matched(batch, request, by_id)


def _only_bid(batch: Batch) -> str:
    return next((one.bid for one in finds.questions(batch.operations)), "1")


_ById = Mapping[str, list[tuple[Record, faults.Fault | None]]]
"""The items of an answer by their bId: what they hold, and the fault where that is one."""


def _by_id(content: Record) -> _ById:
    items = content.get("BatchItemResponse")
    if not isinstance(items, list):
        raise RemoteProtocolError("QuickBooks Online did not answer the batch")
    by_id: dict[str, list[tuple[Record, faults.Fault | None]]] = {}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("bId"), str):
            raise RemoteProtocolError("QuickBooks Online answered something without saying what")
        by_id.setdefault(item["bId"], []).append((item, faults.in_json(item)))
    return by_id


def _matched(batch: Batch, request: Request, by_id: _ById) -> tuple[Outcome, ...]:
    questions = {one.bid: one for one in finds.questions(batch.operations)}
    others = {int(bid) - 1: _bids(operation, bid) for bid, operation in _but_finds(batch)}
    strangers = by_id.keys() - questions.keys() - {bid for bids in others.values() for bid in bids}
    if strangers:
        return _all_in_doubt(batch, f"an answer to nothing that was asked: {min(strangers)[:60]}")
    outcomes: dict[int, Outcome] = {}
    for place, bids in others.items():
        operation = batch.operations[place]
        answered = _answered(by_id, bids, operation, request)
        told = answered if isinstance(answered, InDoubt) else _message(operation).read(operation, answered)
        outcomes[place] = told
    for bid, question in questions.items():
        answered = _answered(by_id, (bid,), batch.operations[int(bid) - 1], request)
        if isinstance(answered, InDoubt):
            outcomes.update(dict.fromkeys(question.finds, answered))
        else:
            outcomes.update(finds.read(question, answered[0]))
    return tuple(outcomes[place] for place in range(len(batch.operations)))


def _answered(
    by_id: _ById, bids: tuple[str, ...], operation: Operation, request: Request
) -> tuple[Answered, ...] | InDoubt:
    """What was answered to an operation, in the order of its items."""
    found = [by_id.get(bid, []) for bid in bids]
    if any(len(some) != 1 for some in found):
        twice = any(len(some) > 1 for some in found)
        return InDoubt(
            text="QuickBooks Online answered more than once" if twice else "QuickBooks Online did not answer this"
        )
    where = _PATH.match(request.path)
    purpose = _purpose_of(operation, request.purpose)
    return tuple(Answered(content, fault, purpose, where[1] if where else "") for ((content, fault),) in found)


def _but_finds(batch: Batch) -> Iterator[tuple[str, Operation]]:
    for bid, operation in zip(batch.ids(), batch.operations, strict=True):
        if not isinstance(operation, Find):
            yield bid, operation


def _bids(operation: Operation, bid: str) -> tuple[str, ...]:
    return identify.bids(bid) if isinstance(operation, Identify) else (bid,)


def _message(operation: Operation) -> Message:
    message = None
    match operation:
        case Create():
            message = _CREATES.get(type(operation.record))
        case Update():
            message = customers.UPDATE
        case Void():
            message = invoices.VOID
        case Pull():
            message = pulls.PULL if operation.kind in pulls.ENTITIES else None
        case Identify():
            message = identify.IDENTIFY
    if message is None:
        raise LocalProtocolError(f"QuickBooks Online is never asked this: {operation!r:.200}")
    return message


def _realm(books: Books) -> str:
    if not books.id or not _REALM.fullmatch(books.id):
        raise LocalProtocolError("which company of QuickBooks Online is asked must be known: Books.id is its realm")
    return books.id


def _purpose(batch: Batch) -> Purpose:
    if batch.writes:
        return Purpose.WRITE
    if any(isinstance(operation, Identify) for operation in batch.operations):
        return Purpose.IDENTIFY
    if any(isinstance(operation, Pull) for operation in batch.operations):
        return Purpose.PULL
    return Purpose.FIND


def _purpose_of(operation: Operation, purpose: Purpose) -> Purpose:
    """An operation's own share in what the request was for."""
    if purpose is Purpose.ASK:
        return purpose
    if isinstance(operation, Create | Update | Void):
        return Purpose.WRITE
    return Purpose.FIND if purpose is Purpose.WRITE else purpose


def _all_in_doubt(batch: Batch, text: str) -> tuple[Outcome, ...]:
    return (InDoubt(text=text),) * len(batch.operations)
