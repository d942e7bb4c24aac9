"""The door of a set-up: looking at a link, claiming it for this browser, joining with a code from another one."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connect.holding import keep_cookie
from dray.extensions import dray
from dray.onboarding import setups
from dray.onboarding.models import Setup
from dray.onboarding.setups import Place, Standing
from dray.web.access import database
from dray_tenants.models import Tenant

__all__ = ["ask_for_code", "claim", "join", "over", "show_link"]

_NO_CODE = "This code is not good. Codes work once, for 30 minutes. Make a new one on the other computer."


def show_link(secret: str) -> Response | str | tuple[str, int]:
    """What the link is for. Looking uses nothing up, and shows nothing of the books."""
    setup = setups.by_secret(database(), secret)
    stands = Standing.OVER if setup is None else setups.standing(setup, now=dray().clock())
    if setup is None or stands is Standing.OVER:
        return _over(), 410
    if setups.may_use(setup, request.cookies.get(f"dray_{setup.public_id}")):
        return redirect(url_for("connect.steps", public_id=setup.public_id), 303)
    if stands is Standing.PROVED:
        return _over(proved=True), 410
    if stands is Standing.CLAIMED:
        return _code_page(taken=True)
    return render_template("connect/begin.html", company=_company(setup), secret=secret, **_installation())


def claim(secret: str) -> Response | str | tuple[str, int]:
    """Bind the link to this browser, once."""
    session = database()
    setup = setups.by_secret(session, secret)
    if setup is None:
        return _over(), 410
    if setups.may_use(setup, request.cookies.get(f"dray_{setup.public_id}")):
        return redirect(url_for("connect.steps", public_id=setup.public_id), 303)
    try:
        place = Place(request.form.get("place", Place.HERE.value))
    except ValueError:
        abort(400)
    browser = setups.claim(session, setup, place, at=dray().clock())
    if browser is None:
        session.rollback()
        return show_link(secret)
    session.commit()
    return keep_cookie(redirect(url_for("connect.steps", public_id=setup.public_id), 303), setup, browser)


def ask_for_code() -> str:
    """Where another computer joins."""
    return _code_page()


def join() -> Response | tuple[str, int]:
    """Another computer joins with the code that the first one shows."""
    session = database()
    joined = setups.join(session, request.form.get("code", "")[:40], at=dray().clock())
    if joined is None:
        session.rollback()
        return _code_page(problem=_NO_CODE), 422
    setup, browser = joined
    public_id = setup.public_id
    session.commit()
    return keep_cookie(redirect(url_for("connect.steps", public_id=public_id), 303), setup, browser)


def over(_error: Exception) -> tuple[str, int]:
    """For a set-up that is over."""
    return _over(), 410


def _company(setup: Setup) -> str:
    return database().scalars(select(Tenant.name).where(Tenant.id == setup.tenant_id)).one()


def _code_page(*, taken: bool = False, problem: str = "") -> str:
    return render_template("connect/code.html", taken=taken, problem=problem, **_installation())


def _over(*, proved: bool = False) -> str:
    return render_template("connect/over.html", proved=proved, **_installation())


def _installation() -> dict[str, object]:
    return {"installation": dray().settings}
