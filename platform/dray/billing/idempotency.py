"""The same request again gives the same answer: keys that callers choose, kept for 24 hours.

A key belongs to a tenant, a method and a path. It is stored in the transaction of what it caused, so there is never a
cause without its key. What is stored is which things came of it; the answer is rendered anew from them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray.billing.bulk import NO_SYNC
from dray.billing.models import IdempotencyKey
from dray_tenants.scope import Scoped

KEPT: Final = dt.timedelta(hours=24)
ABANDONED: Final = dt.timedelta(minutes=2)
"""A key without an answer after this long belongs to a process that died; the request may run again, which is safe
because all that works in pieces finds what is there already."""


_TEXT: Final = "text"
# As text in ASCII: a problem may quote what a caller sent, and that may hold what no database stores.


class OtherBody(Exception):
    """The key was used with another request."""


class InFlight(Exception):
    """The first request with this key has not been answered yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status, and the ids (or problems) from which the body is rendered."""

    status: int
    result: dict[str, Any]


def request_hash(body: bytes) -> str:
    """Names the body of a request."""
    return hashlib.sha256(body).hexdigest()


def begin(session: Scoped, scope: str, key: str, request: str, *, at: dt.datetime) -> Answer | None:
    """Claim the key in the caller's transaction; None: go on and `finish`. An Answer: it was answered before.

    `scope` is method and path, `request` the `request_hash`. A second request waits for the first one's transaction.
    Raises OtherBody and InFlight.
    """
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "tenant_id": session.require_tenant(),
        "scope": scope,
        "key": key,
        "request_hash": request,
        "created_at": at,
    }
    insertion = make(IdempotencyKey).values(row)
    unique = ["tenant_id", "scope", "key"]
    claimed = session.execute(
        insertion.on_conflict_do_nothing(index_elements=unique).returning(IdempotencyKey.id)
    ).scalar_one_or_none()
    return None if claimed is not None else _earlier(session, scope, key, request, at)


def finish(session: Scoped, scope: str, key: str, answer: Answer) -> None:
    """Store the answer, in the transaction of what it tells."""
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
        .values(status=answer.status, result={_TEXT: json.dumps(answer.result)}),
        execution_options=NO_SYNC,
    )


def forget(session: Scoped, scope: str, key: str) -> None:
    """Let the key be used again: nothing came of the request."""
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.scope == scope, IdempotencyKey.key == key, IdempotencyKey.status.is_(None)
        ),
        execution_options=NO_SYNC,
    )


def sweep(session: Scoped, *, at: dt.datetime, most: int = 1_000) -> int:
    """Delete the tenant's keys that are older than `KEPT`; returns how many. Called by the background."""
    old = select(IdempotencyKey.id).where(IdempotencyKey.created_at < at - KEPT).limit(most)
    ids = list(session.scalars(old))
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.id.in_(ids)), execution_options=NO_SYNC)
    return len(ids)


def _earlier(session: Scoped, scope: str, key: str, request: str, at: dt.datetime) -> Answer | None:
    known = session.execute(
        select(
            IdempotencyKey.id,
            IdempotencyKey.request_hash,
            IdempotencyKey.status,
            IdempotencyKey.result,
            IdempotencyKey.created_at,
        )
        .where(IdempotencyKey.scope == scope, IdempotencyKey.key == key)
        .with_for_update()
    ).one()
    if known.created_at < at - KEPT or (known.status is None and known.created_at < at - ABANDONED):
        session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.id == known.id)
            .values(request_hash=request, status=None, result=None, created_at=at),
            execution_options=NO_SYNC,
        )
        return None
    if known.request_hash != request:
        raise OtherBody
    if known.status is None:
        raise InFlight
    return Answer(known.status, json.loads(known.result[_TEXT]))
