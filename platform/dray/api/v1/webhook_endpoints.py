"""Where a tenant's programs are told what happens: endpoints of outgoing webhooks."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response

from dray.api.v1 import problems, rendering
from dray.api.v1.access import caller as calling
from dray.api.v1.access import now, reading, writing
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.repeating import once
from dray.api.v1.replies import MadeWebhookEndpoint, WebhookEndpoints
from dray.api.v1.requests import WebhookEndpointIn
from dray.billing.given import Missing
from dray.billing.idempotency import Answer
from dray.extensions import dray
from dray.webhooks import endpoints, events
from dray.webhooks.calling import Rules
from dray.webhooks.models import WebhookEndpoint
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession


@api.get("/webhook-endpoints")
@operation(Operation(TokenScope.READ, {200: WebhookEndpoints}))
def list_webhook_endpoints() -> Response:
    """List the endpoints, the oldest first, without their secrets."""
    with reading() as session:
        return answered({"data": [_rendered(row) for row in endpoints.every(session)], "next": None})


@api.post("/webhook-endpoints")
@operation(
    Operation(
        TokenScope.WRITE, {201: MadeWebhookEndpoint}, body=(WebhookEndpointIn,), errors=(409, 422), idempotent=True
    )
)
def add_webhook_endpoint(body: WebhookEndpointIn) -> Response:
    """Add an endpoint. It is told what happens from now on; its secret is in this answer and in no other."""
    made: list[str] = []

    def work(session: ScopedSession) -> Answer:
        row, secret = endpoints.make(
            session,
            dray().vault,
            body.url,
            body.events or list(events.TYPES),
            rules=Rules(),
            randomness=secrets.token_bytes,
            at=now(),
            actor=calling().actor,
        )
        made[:] = [secret]
        return Answer(201, {"endpoint": row.public_id})

    def render(answer: Answer) -> Response:
        if "problem" in answer.result:
            return problems.answer(answer.result["problem"])
        with reading() as session:
            try:
                row = endpoints.find(session, answer.result["endpoint"])
            except Missing:
                return problems.answer(problems.problem(404, "This endpoint was made, and has been deleted since."))
            return answered({**_rendered(row), "secret": made[0] if made else None}, answer.status)

    return once(work, render)


@api.delete("/webhook-endpoints/<id>")
@operation(Operation(TokenScope.WRITE, {204: None}, errors=(404,)))
def delete_webhook_endpoint(id: str) -> Response:
    """Delete an endpoint. It is called never again, and its secret is destroyed."""
    with writing() as session:
        try:
            row = endpoints.find(session, id)
        except Missing:
            return problems.answer(problems.problem(404, "There is no endpoint with this id."))
        endpoints.delete(session, dray().vault, row, at=now(), actor=calling().actor)
        session.commit()
    return Response(status=204)


def _rendered(row: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "url": row.url,
        "events": row.events,
        "stopped": None if row.disabled_at is None else {"reason": row.disabled_for or "stopped by a person"},
        "failing_since": rendering.moment(row.failing_since) if row.failing_since else None,
        "created_at": rendering.moment(row.created_at),
    }
