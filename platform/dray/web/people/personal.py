"""Everybody's own settings: name, address, password, theme, and where they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray import sign_in
from dray.extensions import dray
from dray.people import accounts, pace
from dray.people.record import of_person
from dray.web import side as beside
from dray.web.access import database, find_viewer, for_oneself
from dray.web.notices import Notice
from dray.web.people import devices
from dray.web.people.forgotten import REPEATED
from dray.web.people.sessions import wait_sentence
from dray_tenants import login, mailed_links, second_factor, tries, users
from dray_tenants.models import User, WebSession
from dray_tenants.people_models import LinkPurpose

THEME: Final = "dray_theme"
THEMES: Final = ("system", "light", "dark")
_YEAR: Final = 365 * 24 * 3600
NOT_THE_PASSWORD: Final = "That is not your password. Nothing was changed."  # noqa: S105


@dataclass(frozen=True, slots=True)
class Browser:
    """One place where a person is signed in."""

    public_id: str
    name: str
    ip: str
    since: datetime
    seen: datetime
    here: bool


@for_oneself
def show_settings() -> str:
    """Everything about oneself on one page."""
    return page()


@for_oneself
def rename() -> Response | tuple[str, int]:
    """What one is called."""
    scoped, user = database(), me()
    try:
        users.set_name(scoped, user, request.form.get("name", ""))
    except users.Unacceptable as refused:
        scoped.rollback()
        return page("name", str(refused)), 422
    of_person(scoped, user, "person.renamed", now=dray().clock(), details={"name": user.name})
    return _done("Your name is saved.")


@for_oneself
def change_password() -> Response | tuple[str, int]:
    """A new password, for who knows the old one; every other browser is signed out."""
    scoped, parts = database(), dray()
    if problem := unproved(request.form.get("current", "")):
        return page("password", problem), 422
    new = request.form.get("password", "")
    if new != request.form.get("again", ""):
        return page("password", REPEATED), 422
    row = own_row()
    try:
        accounts.change_password(scoped, parts, row.user, new, keep=row)
    except users.Unacceptable as refused:
        scoped.rollback()
        return page("password", str(refused)), 422
    sign_in.renew_cookie(scoped, row)
    return _done("Your new password is set. Every other browser is signed out.")


@for_oneself
def change_email() -> Response | tuple[str, int]:
    """Mail a link to the new address; until it is opened, the old one stays."""
    scoped, parts = database(), dray()
    if problem := unproved(request.form.get("current", "")):
        return page("email", problem), 422
    try:
        address = users.folded_email(request.form.get("email", ""))
    except users.Unacceptable as refused:
        return page("email", str(refused)), 422
    if address == me().email:
        return page("email", "That is your address already."), 422
    if tries.take(scoped, [pace.of_reset_mail(address)], now=parts.clock()) is not None:
        return page("email", "That address got several letters a moment ago. Look there, or try again later."), 429
    accounts.ask_to_change_email(scoped, parts, me(), address)
    return _done(f"A link went to {address}. Open it in this browser; until then nothing changes.")


@for_oneself
def show_new_address(secret: str) -> str | tuple[str, int]:
    """Ask once more. Looking uses nothing up."""
    link = mailed_links.find(database(), secret, LinkPurpose.CHANGE_EMAIL, now=dray().clock())
    if link is None or link.user_id != current_user.id:
        return _over()
    return render_template("personal/confirm_address.html", email=link.email, before=me().email, secret=secret)


@for_oneself
def confirm_address(secret: str) -> Response | str | tuple[str, int]:
    """Take the new address: in the browser of who asked for it, so that nobody gives theirs to another's account."""
    scoped, parts = database(), dray()
    link = mailed_links.find(scoped, secret, LinkPurpose.CHANGE_EMAIL, now=parts.clock())
    if link is None or link.user_id != current_user.id:
        return _over()
    try:
        if not accounts.change_email(scoped, parts, link):
            scoped.rollback()
            return _over()
    except users.EmailTaken as taken:
        scoped.rollback()
        return page("email", str(taken)), 409
    sign_in.renew_cookie(scoped, own_row())
    return _done("Your new address is confirmed. Sign in with it from now on.")


@for_oneself
def choose_theme() -> Response:
    """Light, dark, or as the system has it: kept in a cookie of this browser."""
    response = redirect(url_for("web.settings") + "#theme", 303)
    theme = request.form.get("theme", "")
    if theme in ("light", "dark"):
        secure = dray().settings.public_url.startswith("https://")
        response.set_cookie(THEME, theme, max_age=_YEAR, httponly=True, samesite="Lax", secure=secure)
    else:
        response.delete_cookie(THEME)
    return response


@for_oneself
def end_browser(public_id: str) -> Response:
    """Sign out one browser of one's own."""
    scoped, user = database(), me()
    try:
        row = login.end(scoped, user, public_id, now=dray().clock())
    except LookupError:
        abort(404)
    name = devices.named(row.user_agent)
    of_person(scoped, user, "person.session_ended", now=dray().clock(), details={"browser": name, "ip": row.ip})
    return _done(f"{name} is signed out.", "sessions")


@for_oneself
def end_other_browsers() -> Response:
    """Sign out every browser but this one."""
    scoped, row = database(), own_row()
    ended = login.revoke_all(scoped, row.user, now=dray().clock(), keep=row)
    if ended:
        of_person(scoped, row.user, "person.sessions_ended", now=dray().clock(), details={"count": ended})
    return _done("Every other browser is signed out.", "sessions")


def page(part: str = "", problem: str = "") -> str:
    """The page, with a problem beside the part that it belongs to."""
    scoped, user = database(), me()
    return render_template(
        "personal/settings.html",
        user=user,
        part=part,
        problem=problem,
        typed=request.form if problem else {},
        browsers=_browsers(user),
        second_factor=second_factor.has_one(scoped, user),
        codes_left=second_factor.codes_left(scoped, user),
        shortest=users.SHORTEST_PASSWORD,
        longest_name=users.LONGEST_NAME,
        chosen_theme=theme() or "system",
        themes=THEMES,
        side=side(),
    )


def theme() -> str:
    """The theme that this browser asked for; empty where the system decides."""
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in THEMES[1:] else ""


def side() -> Any:
    """What stands beside the page for who looks at a company."""
    viewer, parts = find_viewer(), dray()
    if viewer is None:
        return None
    with database().tenant(viewer.tenant.id):
        return beside.read(database(), parts.registry, parts.clock())


def me() -> User:
    """The row of who is signed in."""
    return database().scalars(select(User).where(User.id == current_user.id)).one()


def own_row() -> WebSession:
    """The row of this browser's session."""
    row = sign_in.own_session(database())
    if row is None:
        abort(401)
    return row


def unproved(password: str) -> str:
    """What to say where this is not the password of who is signed in; empty where it is. Counted, and slow."""
    scoped, counted = database(), [pace.of_password(me())]
    stored = me().password_hash
    wait = tries.take(scoped, counted, now=dray().clock())
    if wait is not None:
        return wait_sentence(wait)
    scoped.commit()
    if not users.password_matches(stored, password):
        return NOT_THE_PASSWORD
    tries.forgive(scoped, counted)
    return ""


def _browsers(user: User) -> list[Browser]:
    rows = login.living(database(), user, now=dray().clock())
    return [
        Browser(
            row.public_id,
            devices.named(row.user_agent),
            row.ip,
            row.created_at,
            row.last_seen_at,
            row.public_id == current_user.session_id,
        )
        for row in rows
    ]


def _done(sentence: str, where: str = "") -> Response:
    database().commit()
    flash(Notice(sentence).plain, "s-ok")
    return redirect(url_for("web.settings") + (f"#{where}" if where else ""), 303)


def _over() -> tuple[str, int]:
    return render_template("personal/address_over.html"), 410
