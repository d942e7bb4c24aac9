"""Batches as they are kept: a key made once, the exact bytes that left, the exact bytes that came.

Everything a batch holds is sealed with the tenant's key, and dropped once all of it is settled.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import select

from dray.sync.models import Exchange, SyncBatch
from dray_sdk import Answer, Batch, Failure, Operation, Purpose, Request, Response, canonical
from dray_tenants.scope import Scoped


class BatchState(StrEnum):
    """Where a batch stands; see `sync.models.SyncBatch`."""

    SENT = "sent"
    ANSWERED = "answered"
    LOST = "lost"
    SETTLED = "settled"


class Seal(Protocol):
    """Seals and opens bytes for one tenant."""

    def seal(self, content: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes: ...


class Recent:
    """The last few batches that this process handed out, so that an answer to one need not be unsealed and read again.

    Only a shortcut: what is not here is read from the database, and says the same. Safe to share between threads.
    """

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._batches: OrderedDict[str, Batch] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, batch: Batch) -> None:
        """Remember one, and forget the oldest."""
        with self._lock:
            self._batches[batch.key] = batch
            while len(self._batches) > self._most:
                self._batches.popitem(last=False)

    def get(self, key: str) -> Batch | None:
        """The batch of that key, if it is remembered."""
        with self._lock:
            return self._batches.get(key)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where batches are kept for one tenant: how they are sealed and where their keys come from."""

    seal: Seal
    randomness: Callable[[int], bytes]
    recent: Recent = field(default_factory=Recent)

    def new(self, operations: Sequence[Operation], forget: str | None = None) -> Batch:
        """A batch with a key of its own: 20 random hexadecimal characters, which every books' limit admits."""
        return Batch(self.randomness(10).hex(), tuple(operations), forget)

    def put(
        self,
        session: Scoped,
        exchange: Exchange,
        batch: Batch,
        request: Request,
        *,
        subjects: Sequence[dict[str, Any]],
        at: dt.datetime,
        about_id: int | None = None,
    ) -> SyncBatch:
        """Store a batch that is about to leave, in the transaction that claims what it carries."""
        row = SyncBatch(
            key=batch.key,
            connection_id=exchange.connection_id,
            exchange_id=exchange.id,
            purpose=request.purpose.value,
            about_id=about_id,
            subjects=list(subjects),
            state=BatchState.SENT.value,
            operations=len(batch.operations),
            writes=len(batch.operations) if batch.writes and request.purpose is Purpose.WRITE else 0,
            contents=self._pack(canonical.dumps(batch)),
            request=self._pack(_request_bytes(request)),
            sent_at=at,
        )
        session.add(row)
        session.flush()
        self.recent.put(batch)
        return row

    def batch(self, row: SyncBatch) -> Batch:
        """The operations of a stored batch."""
        return self.recent.get(row.key) or canonical.loads(Batch, self._unpack(row.contents))

    def request(self, row: SyncBatch) -> Request:
        """The very bytes that left."""
        return _load_request(self._unpack(row.request))

    def keep_answer(self, row: SyncBatch, response: Response, *, at: dt.datetime) -> None:
        """Store a raw answer, before anybody reads it."""
        row.answer = self._pack(_response_bytes(response))
        row.answered_at = at

    def answer(self, row: SyncBatch) -> Response:
        """The stored answer."""
        return _load_response(self._unpack(row.answer))

    def _pack(self, content: bytes) -> bytes:
        return self.seal.seal(zlib.compress(content, 1))

    def _unpack(self, sealed: bytes | None) -> bytes:
        if sealed is None:
            raise LookupError("the batch is settled and its contents were dropped")
        return zlib.decompress(self.seal.open(sealed))


def unanswered(session: Scoped, exchange: Exchange) -> SyncBatch | None:
    """The exchange's request that waits for its answer, if there is one."""
    return session.scalar(
        select(SyncBatch)
        .where(SyncBatch.exchange_id == exchange.id, SyncBatch.state == BatchState.SENT.value)
        .order_by(SyncBatch.id.desc())
        .limit(1)
    )


def settle(row: SyncBatch, *, at: dt.datetime) -> None:
    """Everything in the batch is known: what it carried is dropped."""
    row.state = BatchState.SETTLED.value
    row.settled_at = at
    row.contents = row.request = row.answer = None


def _request_bytes(request: Request) -> bytes:
    head = {
        "purpose": request.purpose.value,
        "method": request.method,
        "path": request.path,
        "headers": dict(request.headers),
        "bulk": request.bulk,
    }
    return json.dumps(head).encode() + b"\n" + request.body


def _load_request(content: bytes) -> Request:
    head, body = _split(content)
    return Request(
        Purpose(head["purpose"]),
        body,
        method=head["method"],
        path=head["path"],
        headers=head["headers"],
        bulk=head["bulk"],
    )


def _response_bytes(response: Response) -> bytes:
    if isinstance(response, Failure):
        return json.dumps({"code": response.code, "text": response.text}).encode() + b"\n"
    return json.dumps({"status": response.status, "headers": dict(response.headers)}).encode() + b"\n" + response.body


def _load_response(content: bytes) -> Response:
    head, body = _split(content)
    if "code" in head:
        return Failure(head["code"], head["text"])
    return Answer(body, status=head["status"], headers=head["headers"])


def _split(content: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, body = content.partition(b"\n")
    return json.loads(head), body
