"""All tenants' connections, most urgent first, and the form with which an installation begins."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections.models import Connection
from dray.console.access import for_staff, staff
from dray.extensions import dray
from dray.onboarding import care, fleet
from dray.onboarding.fleet import Health, Place, Wanted
from dray.web.access import database
from dray.web.notices import Notice
from dray.web.words import Look
from dray_sdk import DialsIn
from dray_tenants.models import Tenant
from dray_tenants.roles import Right

__all__ = ["HEALTH_LOOKS", "home_page", "show_customers", "triage"]

HEALTH_LOOKS = {
    Health.FAILING: Look("s-bad", "stop", "Failing"),
    Health.SILENT: Look("s-warn", "clock", "Silent"),
    Health.SETTING_UP: Look("s-move", "plug", "Setting up"),
    Health.PAUSED: Look("s-warn", "half", "Paused"),
    Health.WELL: Look("s-ok", "check", "Well"),
    Health.SNOOZED: Look("s-idle", "clock", "Snoozed"),
}
KNOWN_NAMES = 300


@for_staff(Right.VIEW)
def show_customers() -> str:
    """The list."""
    return home_page()


@for_staff(Right.VIEW)
def triage() -> Response:
    """Take a connection, give it back, or let it wait for a day, without opening it: the office's own notes, which
    show nothing of the company. They stand in its audit all the same."""
    session, at = database(), dray().clock()
    act, public_id = next(((act, request.form[act]) for act in care.ACTS if request.form.get(act)), ("", ""))
    with session.every_tenant("a connection is named by its id alone"):
        found = session.execute(
            select(Connection.id, Connection.tenant_id).where(
                Connection.public_id == public_id, Connection.state != "removed"
            )
        ).one_or_none()
    if found is None:
        return _to_list("Choose a connection of the list.", "s-warn")
    with session.tenant(found.tenant_id):
        connection = session.scalars(select(Connection).where(Connection.id == found.id)).one()
        said = care.act(session, connection, care.ACTS[act], who=staff().email, at=at, actor=staff().actor)
        name = connection.name
        session.commit()
    return _to_list(f"{name}: {said}", "s-ok")


def home_page(*, company: str = "", email: str = "", problem: str = "", away: bool = False) -> str:
    """The list, with what was typed into the form and what was wrong with it."""
    session, parts, now = database(), dray(), dray().clock()
    wanted = _wanted()
    with session.every_tenant("support staff see every connection's health"):
        rows, older = fleet.page(session, wanted, now=now)
        counts = fleet.counts(session, now=now)
        clusters = fleet.clusters(session)
    names = session.scalars(select(Tenant.name).order_by(Tenant.id.desc()).limit(KNOWN_NAMES)).all()
    return render_template(
        "console/home.html",
        staff=staff(),
        rows=rows,
        older=older,
        wanted=wanted,
        kept=_kept(),
        filtered=wanted != Wanted(),
        counts=counts,
        total=sum(counts.values()),
        clusters=clusters,
        check=fleet.last_self_check(session),
        looks=HEALTH_LOOKS,
        names=names,
        company=company,
        email=email,
        problem=problem,
        away=away,
        connectors=[each for each in parts.registry.enabled.values() if isinstance(each, DialsIn)],
    )


def _wanted() -> Wanted:
    """What the address asks for."""
    health = request.args.get("health", "")
    return Wanted(
        health=Health(health) if health in set(Health) else None,
        search=request.args.get("q", "")[:100],
        of=staff().email if request.args.get("mine") else "",
        code=request.args.get("code", "")[:40],
        problems=bool(request.args.get("problems")),
        after=Place.read(request.args.get("after", "")[:60]),
    )


def _kept() -> dict[str, str]:
    """The filters of the address, which links to other pages of the list keep."""
    return {name: request.args[name] for name in ("health", "q", "mine", "code", "problems") if request.args.get(name)}


def _to_list(sentence: str, tone: str) -> Response:
    flash(Notice(sentence).plain, tone)
    kept: dict[str, Any] = {**_kept(), "after": request.args.get("after") or None}
    return redirect(url_for("console.home", **kept), 303)
