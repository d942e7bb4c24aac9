"""The second factor in one's settings: set up, turned off, and new recovery codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray import sign_in
from dray.extensions import dray
from dray.people import accounts, pace
from dray.people.record import of_person
from dray.web.access import database, for_oneself
from dray.web.notices import Notice
from dray.web.people import qr_codes
from dray.web.people.personal import me, own_row, page, side, unproved
from dray.web.people.second_step import WRONG_CODE
from dray.web.people.sessions import wait_sentence
from dray_tenants import second_factor, tries

NEEDED_BY_STAFF = "Support staff always sign in with codes. An operator can have yours set up anew."


@for_oneself
def begin_codes() -> Response | tuple[str, int]:
    """Make a secret, for who knows the password."""
    scoped, parts = database(), dray()
    if problem := unproved(request.form.get("current", "")):
        return page("codes", problem), 422
    try:
        second_factor.begin(scoped, parts.vault.keys, me(), now=parts.clock(), issuer=parts.settings.product_name)
    except second_factor.AlreadyOn as refused:
        scoped.rollback()
        return page("codes", str(refused)), 409
    scoped.commit()
    return redirect(url_for("web.codes"), 303)


@for_oneself
def show_codes() -> str | Response:
    """The secret that waits for its first code, as a picture and as text."""
    return _set_up() or redirect(url_for("web.settings"), 303)


@for_oneself
def codes_picture() -> Response:
    """That secret as a QR code."""
    return qr_codes.answer(me())


@for_oneself
def confirm_codes() -> Response | str | tuple[str, int]:
    """Take the first code, and show the recovery codes, the only time. Every other browser is signed out."""
    scoped, parts, counted = database(), dray(), [pace.of_code(me(), None)]
    wait = tries.take(scoped, counted, now=parts.clock())
    if wait is not None:
        return _again(wait_sentence(wait), 429)
    scoped.commit()
    row = own_row()
    codes = accounts.turn_on_codes(scoped, parts, row.user, request.form.get("code", ""), keep=row)
    if codes is None:
        scoped.rollback()
        return _again(WRONG_CODE, 422)
    tries.forgive(scoped, counted)
    row.second_factor = True
    return _shown_once(codes, renew=True)


@for_oneself
def turn_off_codes() -> Response | tuple[str, int]:
    """Turn the second factor off, for who knows the password. Support staff keep theirs."""
    scoped, parts = database(), dray()
    if problem := unproved(request.form.get("current", "")):
        return page("codes", problem), 422
    row = own_row()
    if row.user.staff is not None:
        scoped.commit()
        return page("codes", NEEDED_BY_STAFF), 409
    if accounts.turn_off_codes(scoped, parts, row.user, keep=row):
        row.second_factor = False
        sign_in.renew_cookie(scoped, row)
    scoped.commit()
    flash(Notice("Signing in asks for no code any more. Every other browser is signed out.").plain, "s-ok")
    return redirect(url_for("web.settings") + "#codes", 303)


@for_oneself
def new_recovery_codes() -> Response | str | tuple[str, int]:
    """Ten new recovery codes instead of the old ones, shown now and never again."""
    scoped = database()
    if problem := unproved(request.form.get("current", "")):
        return page("codes", problem), 422
    user = me()
    if not second_factor.has_one(scoped, user):
        return page("codes", "Turn on sign-in codes first; recovery codes come with them."), 409
    codes = second_factor.new_recovery_codes(scoped, user)
    of_person(scoped, user, "person.recovery_codes_made", now=dray().clock())
    return _shown_once(codes, renew=False)


def _shown_once(codes: tuple[str, ...], *, renew: bool) -> str:
    if renew:
        sign_in.renew_cookie(database(), own_row())
    database().commit()
    return render_template("personal/recovery_codes.html", codes=codes, side=side())


def _again(problem: str, status: int) -> Response | tuple[str, int]:
    shown = _set_up(problem)
    return (shown, status) if shown else redirect(url_for("web.settings"), 303)


def _set_up(problem: str = "") -> str:
    enrolment = qr_codes.enrolment_of(me())
    if enrolment is None:
        return ""
    return render_template("personal/codes.html", secret=enrolment.grouped, problem=problem, side=side())
