"""Send and unpend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from sqlalchemy import select

from dray.api.v1.access import caller, now
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.problems import ApiProblem
from dray.api.v1.repeating import once_in_pieces
from dray.api.v1.replies import SendResults
from dray.api.v1.requests import SendIn, UnpendIn
from dray.billing import send as sending
from dray.billing.idempotency import Answer
from dray.billing.settings import settings_of
from dray.billing.unpend import unpend
from dray.connections.models import Connection
from dray.extensions import dray
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession


@api.post("/invoices/send")
@operation(Operation(TokenScope.WRITE, {200: SendResults}, body=(SendIn,), errors=(404, 409, 422), idempotent=True))
def send_invoices(body: SendIn) -> Response:
    """Put invoices in line for the accounting system.

    Each result says the state that the invoice is in now, and why where it could not go. With a version, an invoice
    that changed since is not sent.
    """

    def work(session: ScopedSession) -> Answer:
        connection = _connection(session, body.connection)
        judge = dray().judge_for(session, connection)
        try:
            results = sending.send(
                session, body.wanted(), connection=connection, judge=judge, actor=caller().actor, at=now()
            )
        except sending.NotSendable as gone:
            raise ApiProblem(409, str(gone)) from None
        return Answer(200, {"results": _plain(results)})

    return once_in_pieces(work, _render)


@api.post("/invoices/unpend")
@operation(Operation(TokenScope.WRITE, {200: SendResults}, body=(UnpendIn,), errors=(409, 422), idempotent=True))
def unpend_invoices(body: UnpendIn) -> Response:
    """Take invoices out of the line: drafts again, or the state that they are in and why."""

    def work(session: ScopedSession) -> Answer:
        return Answer(200, {"results": _plain(unpend(session, body.ids, actor=caller().actor, at=now()))})

    return once_in_pieces(work, _render)


def _connection(session: ScopedSession, public_id: str | None) -> Connection:
    """The connection that was named, else the tenant's default, else its only one."""
    if public_id is not None:
        named = session.scalar(select(Connection).where(Connection.public_id == public_id))
        if named is None:
            raise ApiProblem(404, "There is no connection with this id.")
        return named
    default = settings_of(session).default_connection_id
    candidates = list(session.scalars(select(Connection).where(Connection.state != "removed").limit(2)))
    if default is not None:
        chosen = session.scalar(select(Connection).where(Connection.id == default))
        if chosen is not None:
            return chosen
    if len(candidates) != 1:
        raise ApiProblem(
            422,
            "Connect an accounting system first."
            if not candidates
            else "There are several connections. Say which, as “connection”.",
        )
    return candidates[0]


def _plain(results: Sequence[sending.SendResult]) -> list[dict[str, Any]]:
    return [
        {
            "id": result.id,
            "state": None if result.state is None else result.state.value,
            "problems": [dict(each) for each in result.problems],
        }
        for result in results
    ]


def _render(answer: Answer) -> Response:
    return answered(answer.result)
