"""`Idempotency-Key`: the same request again gets the same answer, whatever became of the first reply."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from flask import Response, request

from dray.api.v1.access import now, writing
from dray.api.v1.problems import ApiProblem, problem, unacceptable
from dray.billing import idempotency
from dray.billing.given import Missing, NotNow, Unacceptable
from dray.billing.idempotency import Answer, InFlight, OtherBody
from dray_tenants.scope import ScopedSession

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

Work = Callable[[ScopedSession], Answer]
Render = Callable[[Answer], Response]


def once(work: Work, render: Render) -> Response:
    """Do work of one transaction, once for each key; its answer is stored in that transaction and rendered after it."""
    key = given_key()
    if key is None:
        with writing() as session:
            answer = work(session)
            session.commit()
        return render(answer)
    return _replayed(*_claim_and_do(key, work), render)


def once_in_pieces(work: Work, render: Render) -> Response:
    """Do work that commits as it goes, once for each key: meanwhile the same key is told to wait.

    Where it breaks, the key is free again: such work finds what is done already, and does the rest.
    """
    key = given_key()
    with writing() as session:
        if key is None:
            return render(work(session))
        earlier = _begin(session, key)
        session.commit()
        if earlier is not None:
            return _replayed(earlier, True, render)
        try:
            answer = work(session)
        except BaseException:
            session.rollback()
            idempotency.forget(session, _scope(), key)
            session.commit()
            raise
        idempotency.finish(session, _scope(), key, answer)
        session.commit()
    return render(answer)


def _claim_and_do(key: str, work: Work) -> tuple[Answer, bool]:
    """The answer, and whether it was given before. What the caller did wrong is an answer too, and is stored."""
    with writing() as session:
        earlier = _begin(session, key)
        if earlier is not None:
            return earlier, True
        before = session.begin_nested()
        try:
            answer = work(session)
            before.commit()
        except (Unacceptable, NotNow, Missing) as refused:
            before.rollback()
            answer = _refusal(refused)
        idempotency.finish(session, _scope(), key, answer)
        session.commit()
    return answer, False


def _begin(session: ScopedSession, key: str) -> Answer | None:
    body = idempotency.request_hash(request.get_data(cache=True))
    try:
        return idempotency.begin(session, _scope(), key, body, at=now())
    except OtherBody:
        raise ApiProblem(422, "This Idempotency-Key was used with another body. Choose a new key.") from None
    except InFlight:
        raise ApiProblem(409, "The first request with this Idempotency-Key is still at work. Ask again soon.") from None


def _replayed(answer: Answer, again: bool, render: Render) -> Response:
    response = render(answer)
    if again:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _refusal(refused: Unacceptable | NotNow | Missing) -> Answer:
    if isinstance(refused, Unacceptable):
        body = unacceptable(refused.complaints)
    else:
        body = problem(404 if isinstance(refused, Missing) else 409, str(refused))
    return Answer(body["status"], {"problem": body})


def _scope() -> str:
    return f"{request.method} {request.path}"


def given_key() -> str | None:
    """The key of this request, if it carries one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise ApiProblem(400, "An Idempotency-Key has 1 to 255 printable characters and no blanks.")
    return key
