"""`Idempotency-Key` for an operator's programs: the same request again makes nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from dray.api.v1.access import now, operator
from dray.api.v1.operations import answered
from dray.api.v1.problems import ApiProblem
from dray.api.v1.repeating import given_key
from dray.billing import idempotency
from dray.extensions import dray
from dray.onboarding import operator_answers
from dray_tenants.scope import ScopedSession

__all__ = ["once"]


def once(work: Callable[[ScopedSession], dict[str, Any]]) -> Response:
    """Do work of one transaction and answer 201 with what it made, once for each key. What is refused is not kept: it
    is refused again for as long as the reason lasts."""
    key, scope, parts = given_key(), f"{request.method} {request.path}", dray()
    token_id = operator().token_id
    with ScopedSession(parts.engines) as session:
        if key is not None:
            body = idempotency.request_hash(request.get_data(cache=True))
            try:
                earlier = operator_answers.begin(session, parts.vault.keys, token_id, scope, key, body, at=now())
            except operator_answers.Spent as spent:
                raise ApiProblem(422, str(spent)) from None
            if earlier is not None:
                session.commit()
                return answered(earlier, 201, Idempotent_Replayed="true")
        made = work(session)
        if key is not None:
            operator_answers.finish(session, parts.vault.keys, token_id, scope, key, made)
        session.commit()
    return answered(made, 201)
