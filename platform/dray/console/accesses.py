"""Asking a company for access, agreeing to a colleague's in an emergency, and giving it back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections.models import Connection
from dray.console.access import for_staff, staff
from dray.extensions import dray
from dray.onboarding import access_codes, staff_access
from dray.onboarding.models import StaffAccess
from dray.web.access import database
from dray.web.notices import Notice
from dray_tenants.models import Tenant
from dray_tenants.roles import Right

__all__ = ["agree", "ask_access", "end_access", "show_accesses"]


@for_staff(Right.VIEW)
def ask_access(public_id: str) -> Response:
    """Ask the company of that connection, with a reason and a time."""
    session, parts = database(), dray()
    with session.every_tenant("a connection is named by its id alone"):
        tenant_id = session.scalar(select(Connection.tenant_id).where(Connection.public_id == public_id))
    if tenant_id is None:
        abort(404)
    tenant = session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()
    text = request.form.get("minutes", "60")
    minutes = int(text) if text.isdecimal() and len(text) < 5 else 0
    reason, code = request.form.get("reason", ""), request.form.get("code", "").strip()
    try:
        with session.tenant(tenant.id):
            if code:
                access_codes.use(session, staff().member, code, reason, minutes, at=parts.clock())
                session.commit()
                return _to(
                    "console.install", f"{tenant.name} let you look, by their code.", "s-ok", public_id=public_id
                )
            row = staff_access.ask(session, parts, tenant, staff().member, reason, minutes)
            given = row.granted_at is not None
    except staff_access.NotAllowed as refused:
        session.commit()  # nothing but that a wrong code was tried
        return _to("console.install", str(refused), "s-warn", public_id=public_id)
    session.commit()
    said = (
        f"{tenant.name} has no administrator yet, so you may look at once. It is in their audit."
        if given
        else f"The administrators of {tenant.name} have a letter. You see it here as soon as one of them agrees."
    )
    return _to("console.install", said, "s-ok", public_id=public_id)


@for_staff(Right.VIEW)
def show_accesses() -> str:
    """What is asked for, so that a colleague can agree where it cannot wait."""
    session, now = database(), dray().clock()
    with session.every_tenant("support staff see what colleagues ask for"):
        rows = staff_access.waiting(session, now=now)
        names: dict[int, str] = dict(
            session.execute(select(Tenant.id, Tenant.name).where(Tenant.id.in_({row.tenant_id for row in rows}))).all()
        )
        asked: list[dict[str, Any]] = [{"row": row, "tenant": names[row.tenant_id]} for row in rows]
    return render_template("console/accesses.html", staff=staff(), asked=asked)


@for_staff(Right.VIEW)
def agree(public_id: str) -> Response:
    """As a second member of the staff, in an emergency."""
    session, parts = database(), dray()
    tenant = _tenant_of(public_id)
    try:
        with session.tenant(tenant.id):
            row = session.scalars(select(StaffAccess).where(StaffAccess.public_id == public_id)).one()
            done = staff_access.agree_as_colleague(session, parts, tenant, row, staff().member)
    except staff_access.NotAllowed as refused:
        session.rollback()
        return _to("console.accesses", str(refused), "s-warn")
    session.commit()
    if not done:
        return _to("console.accesses", "It was decided meanwhile.", "s-warn")
    return _to("console.accesses", f"Agreed. The administrators of {tenant.name} are told at once.", "s-ok")


@for_staff(Right.VIEW)
def end_access(public_id: str) -> Response:
    """Give one's own access back."""
    session = database()
    tenant = _tenant_of(public_id)
    with session.tenant(tenant.id):
        row = session.scalars(select(StaffAccess).where(StaffAccess.public_id == public_id)).one()
        if row.user_id != staff().member.user_id:
            abort(403)
        staff_access.end(session, row, by=staff().email, at=dray().clock())
        session.commit()
    return _to("console.home", f"You see nothing of {tenant.name} any more.", "s-ok")


def _tenant_of(public_id: str) -> Tenant:
    session = database()
    with session.every_tenant("an access is named by its id alone"):
        tenant_id = session.scalar(select(StaffAccess.tenant_id).where(StaffAccess.public_id == public_id))
    if tenant_id is None:
        abort(404)
    return session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()


def _to(endpoint: str, sentence: str, tone: str, **values: Any) -> Response:
    flash(Notice(sentence).plain, tone)
    return redirect(url_for(endpoint, **values), 303)
