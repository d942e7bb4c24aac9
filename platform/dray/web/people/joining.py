"""Taking up an invitation: by a new account, or by the one that somebody has already."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray import sign_in
from dray.extensions import dray
from dray.people import companies, pace
from dray.web.access import TENANT, database, for_everybody
from dray.web.notices import Notice
from dray.web.people.forgotten import REPEATED
from dray.web.people.role_words import ROLE_WORDS
from dray.web.people.sessions import wait_sentence, welcome
from dray_tenants import invitations, tries, users
from dray_tenants.models import User
from dray_tenants.people_models import Invitation


@for_everybody
def show_invitation(secret: str) -> str | tuple[str, int]:
    """Who asks, to which company, as what. Looking uses nothing up."""
    row = invitations.find(database(), secret, now=dray().clock())
    return _page(row, secret) if row else _over()


@for_everybody
def take_up_invitation(secret: str) -> Response | tuple[str, int]:
    """Join: with a new account, or as the person who is signed in."""
    scoped, parts = database(), dray()
    counted = [pace.of_link(request.remote_addr or "")]
    wait = tries.take(scoped, counted, now=parts.clock())
    if wait is not None:
        return _over(wait_sentence(wait), 429)
    scoped.commit()
    row = invitations.find(scoped, secret, now=parts.clock())
    if row is None:
        return _over()
    known = users.find_user(scoped, row.email)
    try:
        user = _new_account(row) if known is None else _signed_in_as(known)
    except users.Unacceptable as refused:
        scoped.rollback()
        return _page(row, secret, str(refused), name=request.form.get("name", "")), 422
    if user is None:
        return redirect(url_for("web.login", next=request.path, email=row.email), 303)
    company, tenant_public_id = row.tenant.name, row.tenant.public_id
    if companies.join(scoped, row, user, now=parts.clock()) is None:
        scoped.rollback()
        return _over()
    tries.give_back(scoped, counted)
    return _in(user, company, tenant_public_id, new=known is None)


def _new_account(row: Invitation) -> User:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise users.Unacceptable(REPEATED)
    return users.create_user(database(), row.email, password, now=dray().clock(), name=request.form.get("name", ""))


def _signed_in_as(known: User) -> User | None:
    """The account of the invited address, if that is who is signed in here: nobody joins by another's link."""
    if not current_user.is_authenticated or current_user.public_id != known.public_id:
        return None
    return known


def _in(user: User, company: str, tenant_public_id: str, *, new: bool) -> Response:
    if new:
        sign_in.sign_in(database(), user)
    session[TENANT] = tenant_public_id
    flash(Notice(f"You belong to {company} now.").plain, "s-ok")
    if new:
        return welcome(user, None)
    row = sign_in.own_session(database())
    if row is not None:
        sign_in.renew_cookie(database(), row)
    database().commit()
    return redirect(url_for("web.home"), 303)


def _page(row: Invitation, secret: str, problem: str = "", name: str = "") -> str:
    known = database().scalar(select(User.public_id).where(User.email == row.email))
    me = current_user.public_id if current_user.is_authenticated else None
    return render_template(
        "joining/join.html",
        invitation=row,
        role=ROLE_WORDS[row.role],
        known=known is not None,
        is_me=known is not None and known == me,
        someone_else=current_user.email if me is not None and known != me else "",
        secret=secret,
        problem=problem,
        name=name,
        shortest=users.SHORTEST_PASSWORD,
        product=dray().settings.product_name,
    )


def _over(wait: str = "", status: int = 410) -> tuple[str, int]:
    return render_template("joining/over.html", wait=wait), status
