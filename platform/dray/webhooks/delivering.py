"""From what happened to what a receiver has: messages are written from the timeline, tried, and tried again.

`deliver` is the whole of it for the background. Nothing is lost: a message is a row before anybody is called, a worker
that dies leaves it due again, and a receiver knows a second copy by its id. Any number of workers may do it at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from sqlalchemy import delete, insert, select, update

from dray.billing.bulk import NO_SYNC
from dray.billing.models import Invoice, TimelineEntry
from dray.installation import Dray
from dray.mail.letters import Letter
from dray.mail.outbox import post
from dray.webhooks import endpoints, events
from dray.webhooks.calling import Answered, Rules, call
from dray.webhooks.models import WebhookDelivery, WebhookEndpoint
from dray_tenants.database import new_public_id
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.roles import Right, allows
from dray_tenants.scope import Scoped, ScopedSession
from dray_tenants.vault import SealBroken

SETTLED_FOR: Final = dt.timedelta(seconds=10)
"""How old entries are when they are told: ids are given before a transaction is kept, and none takes longer."""
READ: Final = 500
AT_ONCE: Final = 100
CLAIM: Final = dt.timedelta(minutes=2)
WAITS: Final = tuple(dt.timedelta(seconds=seconds) for seconds in (5, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400))
"""How long after each try that failed the next one is made; after the last of them a message is given up."""
FAILS_FOR: Final = dt.timedelta(days=3)
"""An endpoint that took nothing for so long is called no more, and its people are told."""
GONE: Final = 410
KEPT: Final = dt.timedelta(days=30)
UNSIGNED: Final = "It was not sent: its secret cannot be opened here. Make a new secret, or tell whoever runs Dray."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: messages written, taken by their receivers, put off, given up."""

    written: int = 0
    taken: int = 0
    put_off: int = 0
    given_up: int = 0


def deliver(parts: Dray, rules: Rules | None = None) -> Round:
    """Write what happened, and send what is due."""
    now = parts.clock()
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find endpoints to tell"):
        living = (WebhookEndpoint.deleted_at.is_(None), WebhookEndpoint.disabled_at.is_(None))
        told = session.execute(select(WebhookEndpoint.tenant_id, WebhookEndpoint.id).where(*living)).all()
        due = session.execute(
            select(WebhookDelivery.tenant_id, WebhookDelivery.id, WebhookDelivery.endpoint_id)
            .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
            .where(*_WAITING, *living, WebhookDelivery.due_at <= now)
            .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
            .limit(AT_ONCE)
        ).all()
    written = 0
    for tenant_id, endpoint_id in told:
        with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
            written += _write(session, endpoint_id, now)
            session.commit()
    outcomes = []
    failing: set[int] = set()
    for tenant_id, key, endpoint_id in due:
        if endpoint_id in failing:
            continue  # who has just not answered is not asked a hundred times in one round
        try:
            with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
                outcome = _send(session, parts, key, rules or Rules())
        except SealBroken as broken:
            # One company's key must not keep the messages of all others waiting.
            _log.error(
                "a webhook's secret cannot be opened", tenant=tenant_id, endpoint=endpoint_id, reason=str(broken)
            )
            outcome = _put_off_unsigned(parts, tenant_id, key)
        outcomes.append(outcome)
        if outcome in ("put off", "given up"):
            failing.add(endpoint_id)
    return Round(written, *(outcomes.count(each) for each in ("taken", "put off", "given up")))


def send_again(session: Scoped, public_id: str, *, at: dt.datetime) -> None:
    """Have a message tried again now, under the same id, in the caller's transaction."""
    again = {"due_at": at, "delivered_at": None, "given_up_at": None, "attempts": 0}
    statement = update(WebhookDelivery).where(WebhookDelivery.public_id == public_id).values(again)
    session.execute(statement, execution_options=NO_SYNC)


def forget_old(session: Scoped, *, at: dt.datetime) -> int:
    """Drop messages of more than 30 days ago, in the caller's transaction; how many."""
    gone = delete(WebhookDelivery).where(WebhookDelivery.created_at < at - KEPT)
    return int(cast(Any, session.execute(gone, execution_options=NO_SYNC)).rowcount)


_WAITING: Final = (WebhookDelivery.delivered_at.is_(None), WebhookDelivery.given_up_at.is_(None))


def _write(session: Scoped, endpoint_id: int, now: dt.datetime) -> int:
    """Messages about what happened since the endpoint's cursor; the UPDATE of the cursor decides who writes them."""
    wanted, cursor = session.execute(
        select(WebhookEndpoint.events, WebhookEndpoint.cursor).where(WebhookEndpoint.id == endpoint_id)
    ).one()
    entries = session.execute(
        select(TimelineEntry.id, TimelineEntry.at, TimelineEntry.kind, TimelineEntry.details)
        .add_columns(Invoice.public_id, Invoice.external_id, Invoice.number)
        .join(Invoice, (Invoice.tenant_id == TimelineEntry.tenant_id) & (Invoice.id == TimelineEntry.invoice_id))
        .where(TimelineEntry.id > cursor)
        .order_by(TimelineEntry.id)
        .limit(READ)
    ).all()
    settled = []
    for entry in entries:
        if entry.at > now - SETTLED_FOR:
            break
        settled.append(entry)
    if not settled:
        return 0
    moved = session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.cursor == cursor)
        .values(cursor=settled[-1].id),
        execution_options=NO_SYNC,
    )
    if not cast(Any, moved).rowcount:
        return 0
    rows = [_message(endpoint_id, entry, now) for entry in settled if events.OF_KIND.get(entry.kind, "") in wanted]
    if rows:
        session.execute(insert(WebhookDelivery), rows)
    return len(rows)


def _message(endpoint_id: int, entry: Any, now: dt.datetime) -> dict[str, Any]:
    kind = events.OF_KIND[entry.kind]
    details = entry.details or {}
    data = {
        "id": entry.public_id,
        "external_id": entry.external_id,
        "number": entry.number,
        "state": kind.partition(".")[2] if kind != "invoice.books_changed" else "synced",
        "happened": entry.kind,
        "detail": details.get("detail") or details.get("reason"),
        "code": details.get("code"),
        "books_number": details.get("number"),
    }
    return {
        "public_id": new_public_id("msg"),
        "endpoint_id": endpoint_id,
        "type": kind,
        "payload": events.payload(kind, entry.at, data),
        "created_at": now,
        "due_at": now,
    }


def _send(session: Scoped, parts: Dray, key: int, rules: Rules) -> str:
    now = parts.clock()
    claimed = session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == key, *_WAITING, WebhookDelivery.due_at <= now)
        .values(due_at=now + CLAIM, attempts=WebhookDelivery.attempts + 1),
        execution_options=NO_SYNC,
    )
    if not cast(Any, claimed).rowcount:
        session.rollback()
        return "somebody else's"
    message = session.scalars(select(WebhookDelivery).where(WebhookDelivery.id == key)).one()
    endpoint = session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.id == message.endpoint_id)).one()
    secrets = endpoints.secrets_of(session, parts.vault, endpoint, now)
    url, text, message_id = endpoint.url, message.payload, message.public_id
    # Neither row nor lock is held while the receiver thinks.
    session.commit()
    answered = call(url, text, events.headers(message_id, now, text, secrets), rules)
    outcome = _note(session, parts, message, endpoint, answered)
    session.commit()
    return outcome


def _put_off_unsigned(parts: Dray, tenant_id: int, key: int) -> str:
    """Nothing leaves without a signature. The message is asked about again, as after any other failure."""
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        message = session.scalars(select(WebhookDelivery).where(WebhookDelivery.id == key)).one()
        message.attempts += 1
        message.status, message.said = None, UNSIGNED
        if message.attempts > len(WAITS):
            message.given_up_at = parts.clock()
        else:
            message.due_at = parts.clock() + WAITS[message.attempts - 1]
        session.commit()
        return "given up" if message.given_up_at is not None else "put off"


def _note(session: Scoped, parts: Dray, message: WebhookDelivery, endpoint: WebhookEndpoint, answered: Answered) -> str:
    now = parts.clock()
    message.status, message.said = answered.status, answered.said[:300] or None
    if answered.taken:
        message.delivered_at, endpoint.failing_since = now, None
        return "taken"
    endpoint.failing_since = endpoint.failing_since or now
    gone = answered.status == GONE
    if gone or now - endpoint.failing_since >= FAILS_FOR:
        _stop(session, parts, endpoint, "its receiver said that it is gone" if gone else "it took nothing for 3 days")
    if message.attempts > len(WAITS):
        message.given_up_at = now
        return "given up"
    message.due_at = now + WAITS[message.attempts - 1]
    return "put off"


def _stop(session: Scoped, parts: Dray, endpoint: WebhookEndpoint, why: str) -> None:
    """Stop it, and tell who manages it."""
    now, settings = parts.clock(), parts.settings
    if endpoint.disabled_at is not None:
        return
    endpoints.stop(session, endpoint, at=now, actor="dray", why=why)
    company = session.scalars(select(Tenant.name).where(Tenant.id == session.require_tenant())).one()
    letter = Letter(
        subject=f"{company}: a webhook is stopped",
        paragraphs=(
            f"{endpoint.url} is called no more: {why}.",
            "Nothing is lost: what happens meanwhile is kept for it for 30 days.",
        ),
        button="See its log, and let it go on",
        address=f"{settings.public_url}/webhooks/{endpoint.public_id}",
    )
    for email in _managers(session):
        post(session, parts.vault.keys, email, letter, now=now, tenant_id=session.require_tenant())


def _managers(session: Scoped) -> Sequence[str]:
    rows = session.execute(
        select(User.email, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == session.require_tenant())
        .order_by(User.email)
    )
    return [email for email, role in rows if allows(role, Right.MANAGE_TOKENS)]
