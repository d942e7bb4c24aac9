"""What was said in both directions, for people who must find out what happened: redacted, compressed, bounded.

A transcript is kept for 30 days, and for at most 20 MB a connection, whichever is less.
"""

from __future__ import annotations

import datetime as dt
import zlib

from sqlalchemy import delete, func, select

from dray.sync.models import Exchange, Transcript
from dray_sdk import Failure, Redaction, Request, Response
from dray_tenants.scope import Scoped

KEPT_FOR = dt.timedelta(days=30)
KEPT_BYTES = 20_000_000


def write_request(
    session: Scoped, exchange: Exchange, redaction: Redaction, request: Request, *, at: dt.datetime
) -> None:
    """Note what leaves."""
    _write(session, exchange, "out", request.purpose.value, redaction.body(request.body), at)


def write_response(
    session: Scoped, exchange: Exchange, redaction: Redaction, response: Response, *, at: dt.datetime
) -> None:
    """Note what came, a failure included."""
    if isinstance(response, Failure):
        _write(session, exchange, "in", f"failure {response.code}"[:60], redaction.body(response.text.encode()), at)
    else:
        _write(session, exchange, "in", f"answer {response.status}", redaction.body(response.body), at)


def text_of(transcript: Transcript) -> str:
    """The redacted text of one transcript; bytes that are no text are shown as replacement characters."""
    return zlib.decompress(transcript.body).decode(errors="replace")


def prune(session: Scoped, connection_id: int, *, at: dt.datetime) -> int:
    """Drop what is too old or too much; how many rows went."""
    gone = session.execute(
        delete(Transcript)
        .where(Transcript.connection_id == connection_id, Transcript.at < at - KEPT_FOR)
        .returning(Transcript.id)
    )
    count = len(gone.all())
    newer = func.sum(func.length(Transcript.body)).over(order_by=Transcript.id.desc())
    ranked = select(Transcript.id, newer.label("kept")).where(Transcript.connection_id == connection_id).subquery()
    last = session.scalar(select(func.max(ranked.c.id)).where(ranked.c.kept > KEPT_BYTES))
    if last is not None:
        over = session.execute(
            delete(Transcript)
            .where(Transcript.connection_id == connection_id, Transcript.id <= last)
            .returning(Transcript.id)
        )
        count += len(over.all())
    return count


def _write(session: Scoped, exchange: Exchange, direction: str, label: str, body: bytes, at: dt.datetime) -> None:
    session.add(
        Transcript(
            connection_id=exchange.connection_id,
            exchange_id=exchange.id,
            at=at,
            direction=direction,
            label=label,
            size=len(body),
            body=zlib.compress(body, 1),
        )
    )
