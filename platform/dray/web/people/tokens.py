"""API tokens of a company: made, shown once, listed, revoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray.web.words import Look
from dray_tenants import audit, tokens
from dray_tenants.models import ApiToken, Tenant, TokenScope, User
from dray_tenants.roles import Right

LONGEST_NAME: Final = 100
LIVES: Final[Mapping[str, tuple[str, int | None]]] = {
    "30": ("30 days", 30),
    "90": ("90 days", 90),
    "365": ("1 year", 365),
    "never": ("No end", None),
}
"""What a form may choose → (its words, days)."""
SCOPES: Final[Mapping[TokenScope, tuple[str, str]]] = {
    TokenScope.READ: ("Read", "Reads customers, invoices and connections. Changes nothing."),
    TokenScope.WRITE: ("Read and write", "Also writes customers and invoices, sends and unpends."),
}


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as the list shows it."""

    public_id: str
    name: str
    prefix: str
    scope: str
    made_by: str
    made_at: dt.datetime
    used_at: dt.datetime | None
    ends_at: dt.datetime | None
    look: Look
    living: bool


@needs(Right.MANAGE_TOKENS)
def show_tokens() -> str:
    """All tokens, and the form for a new one."""
    return _page()


@needs(Right.MANAGE_TOKENS)
def create_token() -> Response | tuple[str, int]:
    """Make one, and show it in the answer to this post, the only time; nothing keeps it."""
    session, form, now = database(), request.form, dray().clock()
    name, life = " ".join(form.get("name", "").split()), LIVES.get(form.get("life", ""))
    if form.get("scope", "") not in set(TokenScope) or life is None:
        abort(400)
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        problem = f"Give the token a name of 1 to {LONGEST_NAME} characters, such as the program that will use it."
        return _page(typed=form, problem=problem), 422
    company = session.get_one(Tenant, viewer().tenant.id)
    made = tokens.mint(
        session,
        company,
        name,
        scope=TokenScope(form["scope"]),
        now=now,
        created_by=session.get_one(User, int(current_user.id)),
        expires_at=now + dt.timedelta(days=life[1]) if life[1] else None,
    )
    details = {"name": name, "scope": form["scope"], "ends": life[0]}
    subject = made.token.public_id
    audit.record(session, actor=viewer().actor, action="token.created", subject=subject, now=now, details=details)
    session.commit()
    response = make_response(_page(fresh=made.bearer, fresh_name=name))
    response.headers["Cache-Control"] = "no-store"
    return response


@needs(Right.MANAGE_TOKENS)
def revoke_token(public_id: str) -> Response:
    """End a token at once."""
    session, now = database(), dray().clock()
    token = session.scalar(
        select(ApiToken).where(ApiToken.public_id == public_id, ApiToken.tenant_id == viewer().tenant.id)
    )
    if token is None:
        abort(404)
    name = token.name
    if token.revoked_at is None:
        tokens.revoke(session, token, now=now)
        audit.record(
            session,
            actor=viewer().actor,
            action="token.revoked",
            subject=public_id,
            now=now,
            details={"name": name},
        )
    session.commit()
    flash(Notice(f"{name} is revoked. Calls with it are refused from now on.").plain, "s-ok")
    return redirect(url_for("web.tokens"), 303)


def _page(*, fresh: str = "", fresh_name: str = "", typed: Mapping[str, str] | None = None, problem: str = "") -> str:
    session = database()
    return render_template(
        "tokens/list.html",
        tokens=_listed(dray().clock()),
        fresh=fresh,
        fresh_name=fresh_name,
        typed=typed or {},
        problem=problem,
        lives=LIVES,
        scopes=SCOPES,
        limit=LONGEST_NAME,
        side=beside.read(session, dray().registry, dray().clock()),
    )


def _listed(now: dt.datetime) -> list[ListedToken]:
    rows = database().execute(
        select(ApiToken, User.email)
        .outerjoin(User, User.id == ApiToken.created_by)
        .where(ApiToken.tenant_id == viewer().tenant.id)
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())
    )
    return [_as_listed(token, email, now) for token, email in rows]


def _as_listed(token: Any, email: str | None, now: dt.datetime) -> ListedToken:
    over = token.expires_at is not None and token.expires_at <= now
    look = _REVOKED if token.revoked_at else _OVER if over else _GOOD
    return ListedToken(
        token.public_id,
        token.name,
        token.prefix,
        SCOPES[token.scope][0],
        email or "command line",
        token.created_at,
        token.last_used_at,
        token.expires_at,
        look,
        look is _GOOD,
    )


_GOOD: Final = Look("s-ok", "check", "Works")
_OVER: Final = Look("s-idle", "clock", "Run out")
_REVOKED: Final = Look("s-idle", "stop", "Revoked")
