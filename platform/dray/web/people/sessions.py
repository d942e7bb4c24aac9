"""The sign-in page, signing out, and choosing among several companies."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from dray import sign_in
from dray.extensions import dray
from dray.people import pace
from dray.people.record import of_person
from dray.web.access import TENANT, database, find_viewer, for_everybody, own_address
from dray.web.notices import Notice
from dray.web.people import devices
from dray_tenants import second_factor, tries, users
from dray_tenants.models import SessionStage, User

FLOOD: Final = "60 per minute"
"""Posts from one address to what needs no sign-in: a dam in front of the database. What slows guessing is `pace`."""

WRONG: Final = "E-mail and password did not match. Check both and try again; capitals matter in a password."
TOO_MANY: Final = "Too many tries from here. Wait a few minutes, then try again; nothing is locked."
NO_COMPANY: Final = "This person belongs to no company here yet. Ask your admin to add you."
WANTED: Final = "wanted"
"""Where the cookie of an unfinished sign-in keeps the page to go on with."""
INVITED: Final = "/invitations/"

limiter = Limiter(get_remote_address)


@for_everybody
def show_login() -> str | Response:
    """The sign-in page; who is signed in already goes on."""
    if find_viewer() is not None:
        return redirect(own_address(request.args.get("next")) or url_for("web.home"), 303)
    return _page(wanted=request.args.get("next"), email=request.args.get("email", "")[:320])


@for_everybody
def start_session() -> Response | tuple[str, int]:
    """Check address and password. A new session in any case, whatever cookie came."""
    email, wanted = request.form.get("email", ""), request.form.get("next")
    user, wait = _who(email, request.form.get("password", ""))
    if wait is not None:
        return _page(problem=wait_sentence(wait), email=email, wanted=wanted), 429
    if user is None:
        return _page(problem=WRONG, email=email, wanted=wanted), 401
    return _go_on(user, own_address(wanted))


@for_everybody
def end_session() -> Response:
    """End the session on the server, and forget its cookie."""
    scoped = database()
    sign_in.sign_out(scoped)
    scoped.commit()
    return redirect(url_for("web.login", out=1), 303)


@for_everybody
def switch_tenant() -> Response:
    """Look at another company of theirs; one that is not theirs changes nothing."""
    viewer = find_viewer()
    wanted = request.form.get("tenant", "")
    names = {each.public_id: each.name for each in viewer.tenants} if viewer is not None else {}
    if wanted in names:
        session[TENANT] = wanted
        flash(Notice(f"You now look at {names[wanted]}.").plain, "s-ok")
    return redirect(url_for("web.home"), 303)


def welcome(user: User, wanted: str | None) -> Response:
    """The browser is signed in, the last step of every way in: remember it, note it, commit, and go on."""
    scoped = database()
    devices.remember(user)
    of_person(scoped, user, "person.signed_in", now=dray().clock(), details={"ip": request.remote_addr or ""})
    scoped.commit()
    return redirect(wanted or url_for(_home_of(user)), 303)


def wait_sentence(wait: timedelta) -> str:
    """How long to wait, in words."""
    seconds = int(wait.total_seconds()) + 1
    about = f"{seconds} seconds" if seconds < 60 else "a few minutes" if seconds > 100 else "a minute or two"
    return f"Too many tries from here. Wait {about}, then try again; nothing is locked."


def too_many_tries() -> tuple[str, int]:
    """The page for who has tried too often."""
    return _page(problem=TOO_MANY), 429


def register(app: Flask) -> None:
    """Count tries: shared where there is a broker that can, else in each process by itself."""
    broker = app.extensions["dray"].settings.broker_url
    shared = bool(broker) and broker.startswith(("redis://", "rediss://"))
    app.config.setdefault("RATELIMIT_STORAGE_URI", broker if shared else "memory://")
    limiter.init_app(app)


def _who(email: str, password: str) -> tuple[User | None, timedelta | None]:
    """Whose address and password these are, or how long to wait before trying again.

    The try is counted and committed first, so that no number of tries at once is more than that number; the slow
    comparison runs outside any transaction; and an address that nobody has costs the same.
    """
    scoped, now = database(), dray().clock()
    user = users.find_user(scoped, email)
    stored = user.password_hash if user else None
    counted = pace.of_sign_in(email, request.remote_addr or "", devices.device_of(user))
    wait = tries.take(scoped, counted.every, now=now)
    if wait is not None:
        return None, wait
    scoped.commit()
    if not users.password_matches(stored, password) or stored is None:
        return None, None
    fresher = users.fresher_hash(stored, password)
    user = users.find_user(scoped, email)
    if user is None or user.password_hash != stored:
        return None, None
    if fresher is not None:
        user.password_hash = fresher
    tries.forgive(scoped, counted.forgiven)
    tries.give_back(scoped, counted.given_back)
    return user, None


def _go_on(user: User, wanted: str | None) -> Response | tuple[str, int]:
    """The password was right: the second step where there is one, else in."""
    scoped, parts = database(), dray()
    if second_factor.has_one(scoped, user):
        return _second_step(user, SessionStage.CODE, wanted)
    if user.staff is not None:
        issuer = parts.settings.product_name
        second_factor.begin(scoped, parts.vault.keys, user, now=parts.clock(), issuer=issuer)
        return _second_step(user, SessionStage.ENROLMENT, wanted)
    sign_in.sign_in(scoped, user)
    if find_viewer() is None and not (wanted or "").startswith(INVITED):
        # What was counted stays given back; the session goes.
        sign_in.sign_out(scoped)
        scoped.commit()
        return _page(problem=NO_COMPANY, email=user.email), 403
    return welcome(user, wanted)


def _home_of(user: User) -> str:
    """Where somebody begins: support staff in their console; who belongs to no company has their own settings."""
    if user.staff is not None and "console.home" in current_app.view_functions:
        return "console.home"
    return "web.home" if find_viewer() is not None else "web.settings"


def _second_step(user: User, stage: SessionStage, wanted: str | None) -> Response:
    scoped = database()
    sign_in.begin(scoped, user, stage)
    if wanted:
        session[WANTED] = wanted
    scoped.commit()
    return redirect(url_for("web.code" if stage is SessionStage.CODE else "web.set_up_code"), 303)


def _page(*, problem: str = "", email: str = "", wanted: str | None = None) -> str:
    return render_template(
        "sessions/login.html",
        problem=problem,
        email=email,
        next=own_address(wanted),
        notice=_NOTICES.get(next(iter(request.args.keys() & _NOTICES.keys()), ""), ""),
        product=dray().settings.product_name,
    )


_NOTICES: Final = {
    "out": "You are signed out.",
    "reset": "Your new password is set, and every browser is signed out. Sign in with it.",
    "late": "Signing in took too long. Nothing happened; start again.",
}
