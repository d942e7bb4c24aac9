"""The buttons of a set-up: file and password, a new password, a new file, a code for another computer, the company."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

from flask import abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from dray.billing.given import Unacceptable
from dray.connect.holding import Held, actor_of, held
from dray.connect.showing import page
from dray.connections import binding, lifecycle, opening
from dray.extensions import dray
from dray.onboarding import confirming, rehearsal, setups, suggesting
from dray.twin import choosing
from dray.web.access import database

__all__ = ["confirm_company", "hand_over", "make_code", "make_new_file", "make_password"]

_AFTER = 1
"""Seconds after which the file follows the page that shows the password."""


def hand_over(public_id: str) -> Response:
    """Make the password and show it, this once; the file follows by itself."""
    return _with_password(public_id, with_file=True)


def make_password(public_id: str) -> Response:
    """Another password, shown this once. The one before works until this one has been used."""
    return _with_password(public_id, with_file=False)


def make_new_file(public_id: str) -> Response:
    """A new set-up file for a company file that refuses the one before (QBWC1039), with its password."""

    def renewed(what: Held) -> None:
        try:
            lifecycle.new_identity(
                database(),
                what.connection,
                at=dray().clock(),
                actor=actor_of(what.setup),
                randomness=secrets.token_bytes,
            )
        except (lifecycle.NotNow, LookupError):
            abort(410)
        opening.check_now(database(), what.connection, at=dray().clock())

    return _with_password(public_id, with_file=True, before=renewed)


def make_code(public_id: str) -> Response:
    """A code with which the computer that has QuickBooks joins."""
    with held(public_id, to_change=True) as what:
        code = setups.make_code(database(), what.setup, at=dray().clock())
        database().commit()
    with held(public_id) as what:
        return _once(page(what, code=code))


def confirm_company(public_id: str) -> Response | tuple[str, int]:
    """These are the right books; and from which day on invoices go there."""
    session, status, sentence = database(), 422, ""
    with held(public_id, to_change=True) as what:
        try:
            first_day = _day(request.form.get("first_day", ""))
            confirming.confirm(
                session,
                what.connection,
                request.form.get("mark", ""),
                first_day,
                at=dray().clock(),
                actor=actor_of(what.setup),
            )
            _take_ticked(what)
        except confirming.AnotherFile as refused:
            status, sentence = 409, str(refused)
        except (binding.NotConfirmable, choosing.NotChosen, Unacceptable, ValueError) as refused:
            sentence = _sentence(refused)
        else:
            session.commit()
            return redirect(url_for("connect.steps", public_id=public_id), 303)
        session.rollback()
    with held(public_id) as what:
        return page(what, problem=sentence), status


def _take_ticked(what: Held) -> None:
    """The names that were ticked as the same, as far as they are still suggested."""
    session, parts, ticked = database(), dray(), request.form.getlist("same")
    if ticked:
        suggested = rehearsal.rehearse(session, parts, what.connection).mapping.suggestions
        actor = actor_of(what.setup)
        suggesting.take(session, what.connection, suggested, ticked, at=parts.clock(), actor=actor)


def _with_password(public_id: str, *, with_file: bool, before: Callable[[Held], None] | None = None) -> Response:
    with held(public_id, to_change=True) as what:
        if before is not None:
            before(what)
        password = dray().passwords.mint(database(), what.connection, at=dray().clock(), actor=actor_of(what.setup))
        database().commit()
    dray().observer.watches.look_again()
    with held(public_id) as what:
        response = _once(page(what, password=password, follows=with_file))
    if with_file:
        # The browser loads it by itself and stays on the page; without that, the page has a link.
        response.headers["Refresh"] = f"{_AFTER}; url={url_for('connect.file', public_id=public_id)}"
    return response


def _once(html: str) -> Response:
    response = make_response(html)
    response.headers["Cache-Control"] = "no-store"
    return response


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text.strip()) if text.strip() else None


def _sentence(refused: Exception) -> str:
    if isinstance(refused, Unacceptable):
        return " ".join(each.detail for each in refused.complaints)
    if isinstance(refused, (binding.NotConfirmable, choosing.NotChosen)):
        return str(refused)
    return "The first day could not be read. Write it as year-month-day, such as 2026-11-01, or leave it empty."
