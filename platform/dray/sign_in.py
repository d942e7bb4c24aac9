"""Who a browser belongs to: flask-login over sessions that the server keeps, each of which can be ended there.

Signing in may take two steps. After the first one the browser holds an unfinished session, which opens nothing but the
second step; finishing it makes a new cookie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Request, session
from flask import request as current_request
from flask_login import LoginManager, current_user

from dray.database import READING, db
from dray.extensions import dray
from dray_tenants import login
from dray_tenants.models import SessionStage, User, WebSession
from dray_tenants.roles import StaffRole
from dray_tenants.scope import Scoped, ScopedSession

__all__ = [
    "SignedIn",
    "begin",
    "finish",
    "own_session",
    "register",
    "renew_cookie",
    "sign_in",
    "sign_out",
    "unfinished",
]

KEY: Final = "login"
"""Where the signed cookie keeps the secret of the server's session."""
HALF: Final = "half_login"
"""Where it keeps that of an unfinished one."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """flask-login's `current_user`, when somebody is signed in. `id` is the internal one.

    `staff` is set only where a code of the second factor was given: support staff without one are nobody in particular.
    """

    id: int
    public_id: str
    email: str
    staff: StaffRole | None
    name: str = ""
    session_id: str = ""
    second_factor: bool = False
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
    _keep(KEY, _start(scoped, user, SessionStage.FULL))


def begin(scoped: Scoped, user: User, stage: SessionStage) -> None:
    """The password was right and a second step is due: keep that in an unfinished session, whatever came before."""
    _keep(HALF, _start(scoped, user, stage))


def unfinished(scoped: Scoped) -> WebSession | None:
    """This browser's session that waits for its second step."""
    secret = session.get(HALF)
    return login.find_unfinished(scoped, secret, now=dray().clock()) if isinstance(secret, str) else None


def finish(scoped: Scoped, row: WebSession) -> None:
    """The second step was taken: the browser is signed in, under a new cookie."""
    _keep(KEY, login.finish(scoped, row, now=dray().clock()))


def own_session(scoped: Scoped) -> WebSession | None:
    """The row of this browser's session."""
    secret = session.get(KEY)
    return login.find(scoped, secret, now=dray().clock()) if isinstance(secret, str) else None


def renew_cookie(scoped: Scoped, row: WebSession) -> None:
    """Give this browser's session a new cookie, because what it may do has changed. The rest of the cookie stays."""
    session[KEY] = login.rotate(scoped, row)


def sign_out(scoped: Scoped) -> None:
    """End this browser's session, here and in its cookie."""
    row = login.find(scoped, session.get(KEY, ""), now=dray().clock())
    if row is not None:
        login.revoke(scoped, row, now=dray().clock())
    session.clear()


def _start(scoped: Scoped, user: User, stage: SessionStage) -> str:
    address, agent = current_request.remote_addr or "", current_request.user_agent.string
    _row, secret = login.start(scoped, user, ip=address, user_agent=agent, now=dray().clock(), stage=stage)
    return secret


def _keep(key: str, secret: str) -> None:
    session.clear()
    session[key] = secret
    session.permanent = True


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
    return SignedIn(
        user.id,
        user.public_id,
        user.email,
        user.staff if row.second_factor else None,
        name=user.name,
        session_id=row.public_id,
        second_factor=row.second_factor,
    )


def _database() -> Scoped:
    found: Any = db.session()
    scoped: Scoped = found
    return scoped
