"""The second step of signing in: a code, or setting up the codes first where they are required."""

from __future__ import annotations

from typing import Final

from flask import abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from dray import sign_in
from dray.extensions import dray
from dray.people import accounts, pace
from dray.people.record import of_person
from dray.web.access import database, for_everybody
from dray.web.people import devices, qr_codes
from dray.web.people.sessions import WANTED, wait_sentence, welcome
from dray_tenants import second_factor, tries
from dray_tenants.models import SessionStage, User, WebSession

WRONG_CODE: Final = "That code did not match. Codes change every 30 seconds, and each works once: use the newest one."
WRONG_RECOVERY: Final = "That recovery code did not match, or was used before. Each works once."


@for_everybody
def show_code() -> str | Response:
    """Ask for the code."""
    return _code_page() if _waiting(SessionStage.CODE) else _start_again()


@for_everybody
def check_code() -> Response | tuple[str, int]:
    """Take the code, or a recovery code, and sign in."""
    scoped, parts, recovery = database(), dray(), "recovery" in request.form
    row = _waiting(SessionStage.CODE)
    if row is None:
        return _start_again()
    key, counted = row.id, pace.of_code(row.user, devices.device_of(row.user))
    wait = tries.take(scoped, [counted], now=parts.clock())
    if wait is not None:
        return _code_page(wait_sentence(wait), recovery=recovery), 429
    scoped.commit()
    user, text, now = row.user, request.form.get("recovery" if recovery else "code", ""), parts.clock()
    if recovery:
        good = second_factor.use_recovery_code(scoped, user, text, now=now)
    else:
        good = second_factor.check(scoped, parts.vault.keys, user, text, now=now)
    if not good:
        scoped.commit()
        return _code_page(WRONG_RECOVERY if recovery else WRONG_CODE, recovery=recovery), 401
    tries.forgive(scoped, [counted])
    if recovery:
        left = second_factor.codes_left(scoped, user)
        of_person(scoped, user, "person.recovery_code_used", now=now, details={"left": left})
    return _in(user, scoped.get_one(WebSession, key))


@for_everybody
def show_set_up() -> str | Response:
    """For who must have codes and has none yet: the secret, as a picture and as text."""
    row = _waiting(SessionStage.ENROLMENT)
    return _set_up_page(row) if row else _start_again()


@for_everybody
def set_up_picture() -> Response:
    """The secret as a QR code."""
    row = _waiting(SessionStage.ENROLMENT)
    if row is None:
        abort(404)
    return qr_codes.answer(row.user)


@for_everybody
def confirm_set_up() -> Response | str | tuple[str, int]:
    """Take the first code, sign in, and show the recovery codes, the only time."""
    scoped, parts = database(), dray()
    row = _waiting(SessionStage.ENROLMENT)
    if row is None:
        return _start_again()
    counted = pace.of_code(row.user, devices.device_of(row.user))
    wait = tries.take(scoped, [counted], now=parts.clock())
    if wait is not None:
        return _set_up_page(row, wait_sentence(wait)), 429
    scoped.commit()
    user = row.user
    codes = accounts.turn_on_codes(scoped, parts, user, request.form.get("code", ""), keep=row)
    if codes is None:
        scoped.rollback()
        return _set_up_page(row, WRONG_CODE), 401
    tries.forgive(scoped, [counted])
    target = _in(user, row).location
    return render_template("sessions/recovery_codes.html", codes=codes, target=target)


def _in(user: User, row: WebSession) -> Response:
    wanted = session.get(WANTED)
    sign_in.finish(database(), row)
    return welcome(user, wanted)


def _waiting(stage: SessionStage) -> WebSession | None:
    row = sign_in.unfinished(database())
    return row if row is not None and row.stage is stage else None


def _start_again() -> Response:
    return redirect(url_for("web.login", late=1), 303)


def _code_page(problem: str = "", *, recovery: bool = False) -> str:
    return render_template("sessions/code.html", problem=problem, recovery=recovery or "recovery" in request.args)


def _set_up_page(row: WebSession, problem: str = "") -> str:
    enrolment = qr_codes.enrolment_of(row.user)
    if enrolment is None:
        abort(404)
    return render_template("sessions/set_up.html", problem=problem, secret=enrolment.grouped)
