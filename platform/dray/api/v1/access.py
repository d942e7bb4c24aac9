"""Who calls: a bearer token of one tenant. And the two sessions of a call, both in that tenant's scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import g, request

from dray.api.v1.budgets import A_MINUTE, spend_of_operator, spend_of_tenant
from dray.api.v1.problems import ApiProblem
from dray.api.v1.shares import NoRoom, shares
from dray.extensions import dray
from dray.onboarding import operator_tokens
from dray_tenants import tokens
from dray_tenants.models import ApiToken, TokenScope
from dray_tenants.scope import ScopedSession

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

_LONGEST_TOKEN: Final = 200
_NEEDED: Final = "Send “Authorization: Bearer TOKEN” with a token of this tenant."
_NEEDED_OF_OPERATOR: Final = (
    "Send “Authorization: Bearer TOKEN” with a token of `dray operator-token create` that is neither revoked nor over."
)
_UNKNOWN: Final = "This token is not known, has been revoked or has expired. Make a new one in the settings."


@dataclass(frozen=True, slots=True)
class Caller:
    """The tenant whose token was used, and how timelines name the token."""

    tenant_id: int
    actor: str
    may_write: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator's token that was used, and how timelines and audits name it."""

    token_id: int
    actor: str


def needs(scope: TokenScope) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """Only for callers with a token of that scope: 401 without one, 403 where it may only read."""

    def decorate(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
            g.caller = _find_caller()
            with _turn(g.caller.tenant_id):
                _count(g.caller.tenant_id)
                if scope is TokenScope.WRITE and not g.caller.may_write:
                    raise ApiProblem(403, "This token may only read. Use one with the scope “write”.")
                return view(*args, **kwargs)

        guarded.needs_scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


def needs_operator(scope: TokenScope) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """Only for callers with a token of the operator: 401 without one. `scope` says whether the view changes anything;
    such a token may do both."""

    def decorate(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        @wraps(view)
        def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
            with ScopedSession(dray().engines, read_only=True) as session:
                token = operator_tokens.find(session, _bearer(_NEEDED_OF_OPERATOR), at=now())
                if token is None:
                    raise ApiProblem(401, _NEEDED_OF_OPERATOR)
                g.operator = Operator(token.id, f"{token.name} (operator’s API)")
            _refuse_more(spend_of_operator(dray().engines, g.operator.token_id, int(now().timestamp())))
            return view(*args, **kwargs)

        guarded.needs_scope = scope  # type: ignore[attr-defined]
        return guarded

    return decorate


def operator() -> Operator:
    """Whose token it is, in a view that is guarded by `needs_operator`."""
    found: Operator = g.operator
    return found


def caller() -> Caller:
    """Who calls, in a view that is guarded by `needs`."""
    found: Caller = g.caller
    return found


def now() -> dt.datetime:
    """The present moment of this application's clock."""
    return dray().clock()


@contextmanager
def writing() -> Iterator[ScopedSession]:
    """A session for changes, in the caller's tenant. What is not committed is rolled back."""
    with ScopedSession(dray().engines) as session, session.tenant(caller().tenant_id):
        yield session


@contextmanager
def reading() -> Iterator[ScopedSession]:
    """A session that only reads, in the caller's tenant, and never waits for a writer."""
    with ScopedSession(dray().engines, read_only=True) as session, session.tenant(caller().tenant_id):
        yield session


def _count(tenant_id: int) -> None:
    """Use one request of the tenant's minute; 429 where none is left."""
    _refuse_more(spend_of_tenant(dray().engines, tenant_id, int(now().timestamp())))


def _refuse_more(wait: int) -> None:
    if wait:
        many = f"Your programs made {A_MINUTE:,} requests in this minute, which is all they may."
        raise ApiProblem(429, f"{many} Wait {wait} s, then send the request again.", retry_after=wait)


@contextmanager
def _turn(tenant_id: int) -> Iterator[None]:
    """The tenant's share of this process; 429 where it is used up."""
    try:
        with shares().turn(tenant_id):
            yield
    except NoRoom as full:
        many = "Your programs ask for more at a time than the other companies’ work leaves room for."
        raise ApiProblem(
            429, f"{many} Wait {full.seconds} s, then send the request again.", retry_after=full.seconds
        ) from None


def _find_caller() -> Caller:
    bearer = _bearer(_NEEDED)
    with ScopedSession(dray().engines, read_only=True) as session:
        token = tokens.find(session, bearer, now=now())
        if token is None:
            raise ApiProblem(401, _UNKNOWN)
        found = Caller(token.tenant_id, f"{token.name} (API)", token.scope == TokenScope.WRITE)
        stale = token.last_used_at is None or token.last_used_at <= now() - tokens.TOUCH_EVERY
    if stale:
        _touch(token)
    return found


def _bearer(needed: str) -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    bearer = bearer.strip()
    if scheme.lower() != "bearer" or not bearer:
        raise ApiProblem(401, needed)
    if len(bearer) > _LONGEST_TOKEN:
        raise ApiProblem(401, _UNKNOWN)
    return bearer


def _touch(token: ApiToken) -> None:
    with ScopedSession(dray().engines) as session:
        tokens.touch(session, token, now=now())
        session.commit()
