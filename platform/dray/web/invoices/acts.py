"""What the buttons of an invoice's page do to its content: delete and undo, unpend to edit, settle what disagrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing import amending, by_hand, disagreements
from dray.billing.given import Missing, NotNow, Unacceptable
from dray.billing.models import Invoice
from dray.billing.unpend import unpend
from dray.extensions import dray
from dray.web.access import database, needs, own_address, viewer
from dray.web.invoices.sending import read_picks
from dray.web.notices import Notice
from dray_tenants import audit
from dray_tenants.roles import Right


@needs(Right.WRITE_INVOICES)
def delete_invoice(public_id: str) -> Response:
    """Delete an open invoice; the notice offers to undo it."""
    number = _number(public_id)
    if not _done(lambda **acting: by_hand.delete(database(), public_id, version=_looked_at(public_id), **acting)):
        return _to(public_id)
    minutes = int(by_hand.UNDO_FOR.total_seconds() // 60)
    undo = url_for("web.restore_invoice", public_id=public_id)
    flash(Notice(f"{number} is deleted. It can be brought back for {minutes} minutes.", undo_at=undo).plain, "s-ok")
    return redirect(url_for("web.invoices"), 303)


@needs(Right.WRITE_INVOICES)
def restore_invoice(public_id: str) -> Response:
    """Undo a delete, if its number is still free."""
    if not _done(lambda **acting: by_hand.restore(database(), public_id, **acting)):
        return redirect(url_for("web.invoices"), 303)
    flash(Notice(f"{_number(public_id)} is back, as it was.").plain, "s-ok")
    return _to(public_id)


@needs(Right.UNPEND)
def unpend_and_edit(public_id: str) -> Response:
    """Take a pending invoice out of the line, then go to its form."""
    _number(public_id)
    session = database()
    session.commit()
    (result,) = unpend(session, [public_id], actor=viewer().actor, at=dray().clock())
    if not result.done:
        flash(Notice(str(result.problems[0]["detail"])).plain, "s-warn")
        return _to(public_id)
    flash(Notice("It is a draft again, and nothing has left. Send it when you are done.").plain, "s-ok")
    return redirect(url_for("web.edit_invoice", public_id=public_id), 303)


@needs(Right.WRITE_INVOICES)
def choose_amount(public_id: str, line: int) -> Response:
    """Settle a line whose amount is not quantity × price, one way or the other."""
    choice = request.form.get("choice", "")

    def choose(**acting: Any) -> None:
        amending.choose_amount(database(), public_id, line, choice, version=_looked_at(public_id), **acting)
        details = {"number": _number(public_id), "line": line + 1, "choice": choice}
        now = acting["at"]
        audit.record(
            database(), actor=acting["actor"], action="invoice.amount_chosen", subject=f"invoice:{public_id}", now=now,
            details=details,
        )  # fmt: skip

    _number(public_id)
    return _back(public_id, done=_done(choose))


@needs(Right.WRITE_INVOICES)
def decide_disagreement(public_id: str) -> Response:
    """Keep a person's edit, or take what billing says instead."""
    _number(public_id)
    theirs, mine = request.form.get("theirs", ""), request.form.get("mine", "")
    act = disagreements.take_theirs if theirs else disagreements.keep_mine
    version = _looked_at(public_id)
    done = _done(lambda **acting: act(database(), public_id, theirs or mine, version=version, **acting))
    return _back(public_id, done=done)


def _done(act: Callable[..., None]) -> bool:
    """Do it and commit; otherwise say why not, and nothing is changed."""
    session = database()
    try:
        act(at=dray().clock(), actor=viewer().actor)
    except Missing:
        session.rollback()
        abort(404)
    except NotNow as refused:
        session.rollback()
        flash(Notice(str(refused)).plain, "s-warn")
        return False
    except Unacceptable as refused:
        session.rollback()
        flash(Notice("Nothing was changed.", [each.detail for each in refused.complaints]).plain, "s-warn")
        return False
    session.commit()
    return True


def _looked_at(public_id: str) -> int | None:
    """The version that the page showed, which its form carries with the id."""
    return read_picks(request.form.getlist("pick")).get(public_id)


def _number(public_id: str) -> str:
    number = database().scalar(select(Invoice.number).where(Invoice.public_id == public_id))
    if number is None:
        abort(404)
    return number


def _back(public_id: str, *, done: bool) -> Response:
    """To the page that the button was on: the invoice's, or the review, which then looks at the version just made."""
    page, version = own_address(request.form.get("next")), _looked_at(public_id)
    if page is None:
        return _to(public_id)
    if done and version is not None:
        page = page.replace(f"{public_id}.{version}", f"{public_id}.{version + 1}")
    return redirect(page, 303)


def _to(public_id: str) -> Response:
    return redirect(url_for("web.invoice", public_id=public_id), 303)
