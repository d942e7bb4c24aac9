"""The settings of the company whose invoices these are."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray import emptying
from dray.billing import company_settings
from dray.billing.company_settings import CompanySettings
from dray.billing.given import Complaint, Unacceptable
from dray.connections.models import Connection
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray.web.plain_form import errors_of, figure_of, texts
from dray_sdk import Money
from dray_tenants.roles import Right

_FIELDS: Final = ("time_zone", "currency", "next_number", "tolerance", "connection")


@dataclass(frozen=True, slots=True)
class Emptying:
    """What was typed to empty a test company, and why that was not enough."""

    typed: str = ""
    error: str = ""


@needs(Right.VIEW)
def show_company() -> str:
    """What holds now; a form for who may change it."""
    return _page(_known())


def _known() -> dict[str, str]:
    known = company_settings.read(database())
    return {
        "time_zone": known.time_zone,
        "currency": known.currency,
        "next_number": str(known.next_number),
        "tolerance": str(Money(known.tolerance_minor, known.currency)),
        "connection": known.connection or "",
    }


@needs(Right.SET_TOLERANCE)
def save_company() -> Response | tuple[str, int]:
    """Change it, from now on."""
    session, form = database(), texts(request.form, _FIELDS)
    wanted, complaints = _wanted(form)
    if complaints:
        return _page(form, complaints), 422
    try:
        company_settings.change(session, wanted, at=dray().clock(), actor=viewer().actor)
    except Unacceptable as refused:
        session.rollback()
        return _page(form, refused.complaints), 422
    session.commit()
    flash(Notice("The settings are saved. Invoices that exist stay as they are.").plain, "s-ok")
    return redirect(url_for("web.company"), 303)


@needs(Right.DELETE_TENANT)
def empty_company() -> Response | tuple[str, int]:
    """Empty a test company, once its short name was typed."""
    session, typed = database(), request.form.get("slug", "").strip()
    if not viewer().tenant.test:
        abort(404)
    if typed != viewer().tenant.slug:
        return _page(_known(), to_empty=Emptying(typed, f"Type {viewer().tenant.slug}, exactly as it is here.")), 422
    deleted = emptying.empty(session, at=dray().clock(), actor=viewer().actor)
    session.commit()
    flash(Notice(f"The company is empty again: {emptying.told(deleted)}.").plain, "s-ok")
    return redirect(url_for("web.company"), 303)


def _wanted(form: dict[str, str]) -> tuple[CompanySettings, list[Complaint]]:
    complaints: list[Complaint] = []
    currency, number = form["currency"].strip().upper(), form["next_number"].strip().replace(",", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        complaints.append(Complaint(("next_number",), "The next number is a whole number, such as 1001."))
    tolerance = figure_of(form["tolerance"], "tolerance", complaints)
    minor = 0
    try:
        minor = Money.parse(tolerance or Decimal(0), currency).minor if not complaints else 0
    except ValueError:
        complaints.append(
            Complaint(("tolerance",), f"{currency} has no such small amounts. Give fewer decimal places.")
        )
    next_number = 0 if complaints else int(number)
    return CompanySettings(form["time_zone"], currency, next_number, minor, form["connection"] or None), complaints


def _places() -> list[tuple[str, str, str]]:
    """Where else something is set, of what this person may see: endpoint, title, what is set there."""
    return [(endpoint, title, says) for endpoint, title, says, right in _PLACES if viewer().can(right)]


_PLACES: Final = (
    ("web.connections", "Connections", "Which books invoices go to, their passwords and set-up files.", Right.VIEW),
    ("web.routing", "Where invoices go", "Rules for several sets of books, and each one's first day.", Right.VIEW),
    (
        "web.rules",
        "Rules for what books do not take",
        "One answer for all invoices like it.",
        Right.VIEW,
    ),
    ("web.alerts", "Alerts and quiet hours", "Who is told what by mail, and when nobody is.", Right.VIEW),
    ("web.people", "People and roles", "Who may sign in, and do what.", Right.MANAGE_PEOPLE),
    ("web.tokens", "API tokens", "For programs that bring invoices.", Right.MANAGE_TOKENS),
    ("web.webhooks", "Webhooks", "Programs that are told what happens.", Right.MANAGE_TOKENS),
    ("web.support_access", "Support access", "Whether support staff may look, and until when.", Right.MANAGE_PEOPLE),
    ("web.audit", "Audit log", "Who did what.", Right.VIEW_AUDIT),
    ("web.leaving", "Take everything along, or leave", "All that is kept as files; deletion.", Right.EXPORT),
)


def _page(form: dict[str, str], complaints: Any = (), to_empty: Emptying | None = None) -> str:
    session = database()
    connections = session.scalars(select(Connection).where(Connection.state != "removed").order_by(Connection.id)).all()
    return render_template(
        "company/settings.html",
        form=form,
        to_empty=to_empty or Emptying(),
        errors=errors_of(complaints),
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        connections=connections,
        places=_places(),
        side=beside.read(session, dray().registry, dray().clock()),
    )
