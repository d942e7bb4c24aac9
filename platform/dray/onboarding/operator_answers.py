"""The same request of an operator's program again gets the same answer: keys that it chooses, kept for a day.

A tenant's keys store which things came of a request, and render them anew. An operator's answers hold what is shown
once, links and tokens, of which only hashes are kept elsewhere: they are stored whole, sealed, and dropped after a day.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final, cast

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dray.onboarding.models import OperatorAnswer
from dray_tenants.scope import Scoped
from dray_tenants.vault import MasterKeys, SealBroken

__all__ = ["KEPT", "Spent", "begin", "finish", "forget_old"]

KEPT: Final = dt.timedelta(hours=24)


class Spent(Exception):
    """The key cannot be used for this request; the message is a sentence for people."""


def begin(
    session: Scoped, keys: MasterKeys, token_id: int, scope: str, key: str, request: str, *, at: dt.datetime
) -> dict[str, Any] | None:
    """Claim the key in the caller's transaction; None: go on, and `finish` in the same one. Otherwise the answer that
    was given before. A second request waits for the first one's transaction. Raises Spent."""
    session.execute(delete(OperatorAnswer).where(*_named(token_id, scope, key), OperatorAnswer.created_at < at - KEPT))
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"token_id": token_id, "scope": scope, "key": key, "request_hash": request, "created_at": at}
    claimed = session.execute(
        make(OperatorAnswer)
        .values(row)
        .on_conflict_do_nothing(index_elements=["token_id", "scope", "key"])
        .returning(OperatorAnswer.id)
    ).scalar_one_or_none()
    if claimed is not None:
        return None
    known = session.execute(
        select(OperatorAnswer.request_hash, OperatorAnswer.sealed).where(*_named(token_id, scope, key))
    ).one()
    if known.request_hash != request:
        raise Spent("This Idempotency-Key was used with another body. Choose a new key.")
    try:
        answer: dict[str, Any] = json.loads(keys.open(known.sealed, _purpose(token_id, scope, key)))
    except SealBroken:
        raise Spent("What this Idempotency-Key made cannot be shown again. Look at what is there.") from None
    return answer


def finish(session: Scoped, keys: MasterKeys, token_id: int, scope: str, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer, in the transaction of what it tells."""
    sealed = keys.seal(json.dumps(answer).encode(), _purpose(token_id, scope, key))
    session.execute(update(OperatorAnswer).where(*_named(token_id, scope, key)).values(sealed=sealed))


def forget_old(session: Scoped, *, now: dt.datetime) -> int:
    """Drop what is older than a day; how many."""
    old = delete(OperatorAnswer).where(OperatorAnswer.created_at < now - KEPT)
    return int(cast(Any, session.execute(old)).rowcount)


def _named(token_id: int, scope: str, key: str) -> tuple[Any, ...]:
    return OperatorAnswer.token_id == token_id, OperatorAnswer.scope == scope, OperatorAnswer.key == key


def _purpose(token_id: int, scope: str, key: str) -> bytes:
    return f"operator\0{token_id}\0{scope}\0{key}".encode()
