"""The sign-in page, signing out, and choosing among several companies."""

from __future__ import annotations

from typing import Final

from flask import Flask, flash, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from dray import sign_in
from dray.extensions import dray
from dray.web.access import TENANT, database, find_viewer, for_everybody, own_address
from dray.web.notices import Notice
from dray_tenants import users

TRIES_BY_ADDRESS: Final = "20 per minute; 100 per hour"
TRIES_BY_EMAIL: Final = "10 per 15 minutes"

WRONG: Final = "E-mail and password did not match. Check both and try again; capitals matter in a password."
TOO_MANY: Final = "Too many tries from here. Wait a few minutes, then try again; nothing is locked."
NO_COMPANY: Final = "This person belongs to no company here yet. Ask your admin to add you."

limiter = Limiter(get_remote_address)


@for_everybody
def show_login() -> str | Response:
    """The sign-in page; who is signed in already goes on."""
    if find_viewer() is not None:
        return redirect(own_address(request.args.get("next")) or url_for("web.home"), 303)
    return _page(wanted=request.args.get("next"))


@for_everybody
def start_session() -> Response | tuple[str, int]:
    """Check address and password. A new session in any case, whatever cookie came."""
    scoped = database()
    email, wanted = request.form.get("email", ""), request.form.get("next")
    user = users.authenticate(scoped, email, request.form.get("password", ""))
    if user is None:
        return _page(problem=WRONG, email=email, wanted=wanted), 401
    sign_in.sign_in(scoped, user)
    if find_viewer() is None:
        scoped.rollback()
        session.clear()
        return _page(problem=NO_COMPANY, email=email), 403
    scoped.commit()
    return redirect(own_address(wanted) or url_for("web.home"), 303)


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


def too_many_tries() -> tuple[str, int]:
    """The page for who has tried too often."""
    return _page(problem=TOO_MANY), 429


def email_tried() -> str:
    """The address that is tried, by which tries are counted wherever they come from."""
    try:
        return users.folded_email(request.form.get("email", ""))
    except users.Unacceptable:
        return ""


def register(app: Flask) -> None:
    """Count tries: shared where there is a broker that can, else in each process by itself."""
    broker = app.extensions["dray"].settings.broker_url
    shared = bool(broker) and broker.startswith(("redis://", "rediss://"))
    app.config.setdefault("RATELIMIT_STORAGE_URI", broker if shared else "memory://")
    limiter.init_app(app)


def _page(*, problem: str = "", email: str = "", wanted: str | None = None) -> str:
    return render_template(
        "sessions/login.html",
        problem=problem,
        email=email,
        next=own_address(wanted),
        notice="You are signed out." if request.args.get("out") else "",
        product=dray().settings.product_name,
    )
