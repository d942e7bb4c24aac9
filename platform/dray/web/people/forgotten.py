"""A forgotten password: ask for a link by mail, and set a new one with it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.extensions import dray
from dray.people import accounts, pace
from dray.web.access import database, for_everybody
from dray.web.people.sessions import wait_sentence
from dray_tenants import mailed_links, tries
from dray_tenants.people_models import LinkPurpose, MailedLink
from dray_tenants.users import SHORTEST_PASSWORD, Unacceptable, folded_email

REPEATED = "The two passwords are not the same. Type the new one twice."


@for_everybody
def show_forgotten() -> str:
    """Ask for the address."""
    return render_template("forgotten/ask.html", email=request.args.get("email", "")[:320], problem="")


@for_everybody
def ask_for_link() -> str | tuple[str, int]:
    """Mail a link, if somebody has that address. The answer is the same if nobody has."""
    scoped, parts, email = database(), dray(), request.form.get("email", "")
    try:
        address = folded_email(email)
    except Unacceptable as refused:
        return render_template("forgotten/ask.html", email=email, problem=str(refused)), 422
    wait = tries.take(scoped, [pace.of_reset(request.remote_addr or "")], now=parts.clock())
    if wait is not None:
        return render_template("forgotten/ask.html", email=email, problem=wait_sentence(wait)), 429
    scoped.commit()
    # Too many letters to one address: it is told the same, and gets no more for a while.
    if tries.take(scoped, [pace.of_reset_mail(address)], now=parts.clock()) is None:
        accounts.ask_to_reset(scoped, parts, address)
        scoped.commit()
    return render_template("forgotten/asked.html", email=address)


@for_everybody
def show_reset(secret: str) -> str | tuple[str, int]:
    """The form for a new password. Looking uses nothing up."""
    link = mailed_links.find(database(), secret, LinkPurpose.RESET_PASSWORD, now=dray().clock())
    return _form(link) if link else _over()


@for_everybody
def set_password(secret: str) -> Response | tuple[str, int]:
    """Set it, and sign every browser out."""
    scoped, parts = database(), dray()
    wait = tries.take(scoped, [pace.of_link(request.remote_addr or "")], now=parts.clock())
    if wait is not None:
        return render_template("forgotten/over.html", wait=wait_sentence(wait)), 429
    scoped.commit()
    link = mailed_links.find(scoped, secret, LinkPurpose.RESET_PASSWORD, now=parts.clock())
    if link is None:
        return _over()
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _form(link, REPEATED), 422
    try:
        done = accounts.reset_password(scoped, parts, link, password)
    except Unacceptable as refused:
        scoped.rollback()
        return _form(link, str(refused)), 422
    if not done:
        scoped.rollback()
        return _over()
    tries.give_back(scoped, [pace.of_link(request.remote_addr or "")])
    scoped.commit()
    return redirect(url_for("web.login", reset=1), 303)


def _form(link: MailedLink, problem: str = "") -> str:
    return render_template(
        "forgotten/reset.html", email=link.user.email if link.user else "", problem=problem, shortest=SHORTEST_PASSWORD
    )


def _over() -> tuple[str, int]:
    return render_template("forgotten/over.html", wait=""), 410
