"""Who a browser belongs to: flask-login over sessions that the server keeps, each of which can be ended there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Request, session
from flask import request as current_request
from flask_login import LoginManager, current_user

from dray.database import READING, db
from dray.extensions import dray
from dray_tenants import login
from dray_tenants.models import User
from dray_tenants.roles import StaffRole
from dray_tenants.scope import Scoped, ScopedSession

__all__ = ["SignedIn", "register", "sign_in", "sign_out"]

KEY: Final = "login"
"""Where the signed cookie keeps the secret of the server's session."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """flask-login's `current_user`, when somebody is signed in. `id` is the internal one."""

    id: int
    public_id: str
    email: str
    staff: StaffRole | None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What flask-login calls the user by."""
        return self.public_id


def register(app: Flask) -> None:
    """Make `flask_login.current_user` work. It is looked up when a view first asks, and not before."""
    manager = LoginManager()
    manager.session_protection = None  # ours are rows on the server; a browser that changes its agent stays signed in
    manager.request_loader(_load)
    # Not manager.init_app: it would open the cookie after every request, a Web Connector's too, for a "remember me"
    # that we do not have.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.context_processor(lambda: {"current_user": current_user})


def sign_in(scoped: Scoped, user: User) -> None:
    """Sign this browser in, in the session's transaction. What its cookie held before is dropped."""
    address = current_request.remote_addr or ""
    _row, secret = login.start(
        scoped, user, ip=address, user_agent=current_request.user_agent.string, now=dray().clock()
    )
    session.clear()
    session[KEY] = secret
    session.permanent = True


def sign_out(scoped: Scoped) -> None:
    """End this browser's session, here and in its cookie."""
    row = login.find(scoped, session.get(KEY, ""), now=dray().clock())
    if row is not None:
        login.revoke(scoped, row, now=dray().clock())
    session.clear()


def _load(_request: Request) -> SignedIn | None:
    secret = session.get(KEY)
    if not isinstance(secret, str):
        return None
    now = dray().clock()
    row = login.find(_database(), secret, now=now)
    if row is None:
        return None
    if now - row.last_seen_at >= login.TOUCH_EVERY and current_request.method in READING:
        # In a session of its own, because the request's may only read. Never beside one that may write: on SQLite it
        # holds the writer's lock already, and this would wait for it in vain.
        with ScopedSession(dray().engines) as own:
            login.touch(own, row, now=now)
            own.commit()
    user = row.user
    return SignedIn(user.id, user.public_id, user.email, user.staff)


def _database() -> Scoped:
    found: Any = db.session()
    scoped: Scoped = found
    return scoped
