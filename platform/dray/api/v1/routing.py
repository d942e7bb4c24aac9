"""The rules that propose to which of several sets of books an invoice goes."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import select

from dray.api.v1 import problems
from dray.api.v1.access import caller as calling
from dray.api.v1.access import now, reading, writing
from dray.api.v1.blueprint import api
from dray.api.v1.operations import Operation, answered, operation
from dray.api.v1.repeating import once
from dray.api.v1.replies import RoutingRule as RuleReply
from dray.api.v1.replies import RoutingRules
from dray.api.v1.requests import RoutingRuleIn
from dray.billing import routing
from dray.billing.idempotency import Answer
from dray.billing.routing_models import RoutingRule
from dray.connections.models import Connection
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession


@api.get("/routing-rules")
@operation(Operation(TokenScope.READ, {200: RoutingRules}))
def list_rules() -> Response:
    """List the rules in the order in which they are asked; the first that fits proposes the connection."""
    with reading() as session:
        return answered({"data": [_rendered(session, rule) for rule in routing.rules_of(session)], "next": None})


@api.post("/routing-rules")
@operation(
    Operation(TokenScope.WRITE, {201: RuleReply}, body=(RoutingRuleIn,), errors=(404, 409, 422), idempotent=True)
)
def add_rule(body: RoutingRuleIn) -> Response:
    """Add a rule behind the others."""

    def work(session: ScopedSession) -> Answer:
        rule = routing.add_rule(session, body.field, body.value, body.connection, at=now(), actor=calling().actor)
        return Answer(201, {"rule": rule.public_id})

    return once(work, _render)


@api.delete("/routing-rules/<id>")
@operation(Operation(TokenScope.WRITE, {204: None}, errors=(404,)))
def drop_rule(id: str) -> Response:
    """Delete a rule. Invoices that were sent stay where they are."""
    with writing() as session:
        routing.drop_rule(session, id, at=now(), actor=calling().actor)
        session.commit()
    return Response(status=204)


def _render(answer: Answer) -> Response:
    if "problem" in answer.result:
        return problems.answer(answer.result["problem"])
    with reading() as session:
        rule = session.scalar(select(RoutingRule).where(RoutingRule.public_id == answer.result["rule"]))
        if rule is None:
            return problems.answer(problems.problem(404, "This rule was made, and has been deleted since."))
        return answered(_rendered(session, rule), answer.status)


def _rendered(session: ScopedSession, rule: RoutingRule) -> dict[str, Any]:
    connection = session.scalars(select(Connection.public_id).where(Connection.id == rule.connection_id)).one()
    return {"id": rule.public_id, "field": rule.field, "value": rule.value, "connection": connection}
