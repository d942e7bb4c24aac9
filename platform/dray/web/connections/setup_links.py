"""A set-up link that a company makes itself, for whoever there has QuickBooks."""

from __future__ import annotations

from flask import abort, make_response, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.connections import opening
from dray.extensions import dray
from dray.onboarding import provisioning, reaching, setups
from dray.web.access import database, needs, viewer
from dray.web.connections import pages as connections
from dray_tenants.models import Tenant
from dray_tenants.roles import Right
from dray_tenants.users import Unacceptable, folded_email


@needs(Right.MANAGE_CONNECTIONS)
def make_setup_link(public_id: str) -> Response | tuple[str, int]:
    """Make the link and show it in the answer to this post, the only time; with an address it is mailed there too."""
    session, parts = database(), dray()
    if request.form.get("email", "").strip() and not request.form.get("anyway"):
        session.rollback()  # nothing of ours waits for the network
        try:
            reaching.refuse_unreached(parts)
        except reaching.NotReached:
            return _not_yet(public_id), 409
    connection = connections.found(public_id)
    email = request.form.get("email", "").strip()
    try:
        opening.install_of(session, connection)
        recipient = folded_email(email) if email else None
    except LookupError:
        abort(404)
    except Unacceptable as refused:
        session.rollback()
        shown = connections.one(connections.found(public_id))
        return render_template(
            "connections/one.html", password="", link_problem=str(refused), email=email, **shown
        ), 422
    begun = setups.begin(session, connection, at=parts.clock(), actor=viewer().actor, email=recipient)
    tenant = session.scalars(select(Tenant).where(Tenant.id == viewer().tenant.id)).one()
    provisioning.mail_link(session, parts, tenant, begun)
    address = provisioning.link_address(parts, begun)
    session.commit()
    parts.observer.watches.look_again()
    shown = connections.one(connections.found(public_id))
    page = render_template("connections/one.html", password="", link=address, link_to=recipient or "", **shown)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _not_yet(public_id: str) -> str:
    """What is wrong with our own address is the operator's business; the company hears what to do."""
    return render_template(
        "connections/one.html",
        password="",
        link_problem="Our own address does not answer as it should now, so the link would lead nowhere. Nothing was "
        "sent. Try again in some minutes, or tell our support.",
        link_away=True,
        email=request.form.get("email", ""),
        **connections.one(connections.found(public_id)),
    )
