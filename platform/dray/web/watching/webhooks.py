"""Webhooks of a company: made with a secret that is shown once; each with its log, and a way to send again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from dray.billing.given import Missing, Unacceptable
from dray.extensions import dray
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.notices import Notice
from dray.webhooks import delivering, endpoints, events
from dray.webhooks.calling import Rules
from dray.webhooks.models import WebhookDelivery, WebhookEndpoint
from dray_tenants.roles import Right

LOG: Final = 50
POST: Final = ["POST"]


def add_webhook_routes(web: Blueprint) -> None:
    """Add them."""
    one = "/webhooks/<public_id>"
    web.add_url_rule("/webhooks", "webhooks", show_webhooks)
    web.add_url_rule("/webhooks", "create_webhook", create_webhook, methods=POST)
    web.add_url_rule(one, "webhook", show_webhook)
    web.add_url_rule(f"{one}/secret", "rotate_webhook", rotate_webhook, methods=POST)
    web.add_url_rule(f"{one}/test", "try_webhook", try_webhook, methods=POST)
    web.add_url_rule(f"{one}/stop", "stop_webhook", stop_webhook, methods=POST)
    web.add_url_rule(f"{one}/go-on", "resume_webhook", resume_webhook, methods=POST)
    web.add_url_rule(f"{one}/delete", "delete_webhook", delete_webhook, methods=POST)
    web.add_url_rule("/webhooks/messages/<public_id>/again", "resend_message", resend_message, methods=POST)


@needs(Right.MANAGE_TOKENS)
def show_webhooks() -> str:
    """All of them, and the form for a new one."""
    return _list()


@needs(Right.MANAGE_TOKENS)
def create_webhook() -> Response | tuple[str, int]:
    """Make one, and show its secret in the answer to this post, the only time."""
    session, parts, form = database(), dray(), request.form
    try:
        row, secret = endpoints.make(
            session,
            parts.vault,
            form.get("url", "").strip(),
            form.getlist("event"),
            rules=Rules(),
            randomness=secrets.token_bytes,
            at=parts.clock(),
            actor=viewer().actor,
        )
    except Unacceptable as refused:
        session.rollback()
        errors = {str(each.path[0]): each.detail for each in refused.complaints}
        return _list(typed=form, errors=errors), 422
    public_id = row.public_id
    session.commit()
    return _shown_once(public_id, secret)


@needs(Right.MANAGE_TOKENS)
def show_webhook(public_id: str) -> str:
    """One, with its log."""
    return _one(public_id)


@needs(Right.MANAGE_TOKENS)
def rotate_webhook(public_id: str) -> Response:
    """A new secret, shown once; the old one signs beside it for a day."""
    row, parts = _found(public_id), dray()
    secret = endpoints.rotate(
        database(), parts.vault, row, randomness=secrets.token_bytes, at=parts.clock(), actor=viewer().actor
    )
    database().commit()
    return _shown_once(public_id, secret)


@needs(Right.MANAGE_TOKENS)
def try_webhook(public_id: str) -> Response:
    """Send a message that says nothing."""
    endpoints.try_out(database(), _found(public_id), at=dray().clock())
    return _done(public_id, "A test message is on its way. Its line in the log says what came of it.")


@needs(Right.MANAGE_TOKENS)
def stop_webhook(public_id: str) -> Response:
    """Call it no more."""
    endpoints.stop(database(), _found(public_id), at=dray().clock(), actor=viewer().actor)
    return _done(public_id, "It is called no more. What happens meanwhile is told when you let it go on.")


@needs(Right.MANAGE_TOKENS)
def resume_webhook(public_id: str) -> Response:
    """Call it again."""
    endpoints.go_on(database(), _found(public_id), at=dray().clock(), actor=viewer().actor)
    return _done(public_id, "It is called again, with what happened meanwhile.")


@needs(Right.MANAGE_TOKENS)
def delete_webhook(public_id: str) -> Response:
    """Never again."""
    row, parts = _found(public_id), dray()
    endpoints.delete(database(), parts.vault, row, at=parts.clock(), actor=viewer().actor)
    database().commit()
    flash(Notice("The webhook is deleted, and its secret is destroyed.").plain, "s-ok")
    return redirect(url_for("web.webhooks"), 303)


@needs(Right.MANAGE_TOKENS)
def resend_message(public_id: str) -> Response:
    """Send one message again, under the same id."""
    session = database()
    endpoint = session.scalar(
        select(WebhookEndpoint.public_id)
        .join(
            WebhookDelivery,
            (WebhookDelivery.tenant_id == WebhookEndpoint.tenant_id)
            & (WebhookDelivery.endpoint_id == WebhookEndpoint.id),
        )
        .where(WebhookDelivery.public_id == public_id)
    )
    if endpoint is None:
        abort(404)
    delivering.send_again(session, public_id, at=dray().clock())
    return _done(endpoint, "It is sent again, under the same id.")


def _found(public_id: str) -> WebhookEndpoint:
    try:
        return endpoints.find(database(), public_id)
    except Missing:
        return abort(404)


def _done(public_id: str, said: str) -> Response:
    database().commit()
    flash(Notice(said).plain, "s-ok")
    return redirect(url_for("web.webhook", public_id=public_id), 303)


def _shown_once(public_id: str, secret: str) -> Response:
    response = make_response(_one(public_id, fresh=secret))
    response.headers["Cache-Control"] = "no-store"
    return response


def _list(typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> str:
    session = database()
    return render_template(
        "webhooks/list.html",
        webhooks=endpoints.every(session),
        types=events.TYPES,
        typed=typed or {},
        errors=errors or {},
        at_most=endpoints.AT_MOST,
        side=beside.read(session, dray().registry, dray().clock()),
    )


def _one(public_id: str, fresh: str = "") -> str:
    session, row = database(), _found(public_id)
    log = session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == row.id)
        .order_by(WebhookDelivery.id.desc())
        .limit(LOG)
    ).all()
    return render_template(
        "webhooks/one.html",
        webhook=row,
        log=log,
        fresh=fresh,
        types=events.TYPES,
        overlap=int(endpoints.OVERLAP.total_seconds() // 3600),
        side=beside.read(session, dray().registry, dray().clock()),
    )
