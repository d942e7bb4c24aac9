"""All tenants' connections, most urgent first, and the form with which an installation begins."""

from __future__ import annotations

from flask import render_template, request
from sqlalchemy import select

from dray.console.access import for_staff, staff
from dray.extensions import dray
from dray.onboarding import fleet
from dray.onboarding.fleet import Health
from dray.web.access import database
from dray.web.words import Look
from dray_sdk import DialsIn
from dray_tenants.models import Tenant
from dray_tenants.roles import Right

__all__ = ["HEALTH_LOOKS", "home_page", "show_customers"]

HEALTH_LOOKS = {
    Health.FAILING: Look("s-bad", "stop", "Failing"),
    Health.SILENT: Look("s-warn", "clock", "Silent"),
    Health.SETTING_UP: Look("s-move", "plug", "Setting up"),
    Health.PAUSED: Look("s-warn", "half", "Paused"),
    Health.WELL: Look("s-ok", "check", "Well"),
    Health.SNOOZED: Look("s-idle", "clock", "Snoozed"),
}


@for_staff(Right.VIEW)
def show_customers() -> str:
    """The list."""
    return home_page()


def home_page(*, company: str = "", email: str = "", problem: str = "", away: bool = False) -> str:
    """The list, with what was typed into the form and what was wrong with it."""
    session, parts, now = database(), dray(), dray().clock()
    text = request.args.get("health", "")
    health = Health(text) if text in set(Health) else None
    search, offset = request.args.get("q", "")[:100], _offset(request.args.get("from", ""))
    mine = bool(request.args.get("mine"))
    with session.every_tenant("support staff see every connection's health"):
        rows = fleet.page(
            session, now=now, health=health, search=search, offset=offset, of=staff().email if mine else ""
        )
        counts = fleet.counts(session, now=now)
        clusters = fleet.clusters(session)
    names = session.scalars(select(Tenant.name).order_by(Tenant.name).limit(500)).all()
    return render_template(
        "console/home.html",
        staff=staff(),
        rows=rows[: fleet.PAGE],
        older=offset + fleet.PAGE if len(rows) > fleet.PAGE else None,
        newer=max(0, offset - fleet.PAGE) if offset else None,
        counts=counts,
        total=sum(counts.values()),
        clusters=clusters,
        check=fleet.last_self_check(session),
        looks=HEALTH_LOOKS,
        health=health,
        mine=mine,
        search=search,
        names=names,
        company=company,
        email=email,
        problem=problem,
        away=away,
        connectors=[each for each in parts.registry.enabled.values() if isinstance(each, DialsIn)],
    )


def _offset(text: str) -> int:
    return min(int(text), 1_000_000) if text.isdecimal() and len(text) < 9 else 0
