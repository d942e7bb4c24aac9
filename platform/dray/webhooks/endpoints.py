"""Endpoints: made with a secret that is shown once, changed, stopped, tried."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from dray.billing.given import Complaint, Missing, Unacceptable
from dray.billing.models import TimelineEntry
from dray.webhooks import events
from dray.webhooks.calling import Refused, Rules, check
from dray.webhooks.models import WebhookDelivery, WebhookEndpoint
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped
from dray_tenants.vault import Vault

AT_MOST: Final = 10
LONGEST_URL: Final = 2_000
OVERLAP: Final = dt.timedelta(hours=24)
"""How long an old secret signs beside the new one."""
_SECRET_BYTES: Final = 32


def make(
    session: Scoped,
    vault: Vault,
    url: str,
    types: Sequence[str],
    *,
    rules: Rules,
    randomness: Callable[[int], bytes],
    at: dt.datetime,
    actor: str,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, in the caller's transaction. It is told what happens from now on. Raises
    Unacceptable."""
    complaints = list(_complaints(url, types, rules))
    if living(session) >= AT_MOST:
        complaints.append(Complaint(("url",), f"There are {AT_MOST} endpoints already. Delete one first."))
    if complaints:
        raise Unacceptable(complaints)
    newest = session.scalar(select(func.max(TimelineEntry.id))) or 0
    row = WebhookEndpoint(
        public_id=new_public_id("whe"),
        url=url,
        events=sorted(set(types)),
        cursor=newest,
        created_at=at,
        created_by=actor,
    )
    session.add(row)
    session.flush()
    secret = _new_secret(randomness)
    _keep(session, vault, row, [(secret, None)], at)
    details = {"url": url, "events": row.events}
    audit.record(session, actor=actor, action="webhook.created", subject=row.public_id, now=at, details=details)
    return row, secret


def rotate(
    session: Scoped,
    vault: Vault,
    row: WebhookEndpoint,
    *,
    randomness: Callable[[int], bytes],
    at: dt.datetime,
    actor: str,
) -> str:
    """A new secret. Messages are signed with both for `OVERLAP`."""
    secret = _new_secret(randomness)
    old = [(each, at + OVERLAP) for each in secrets_of(session, vault, row, at)[:1]]
    _keep(session, vault, row, [(secret, None), *old], at)
    audit.record(session, actor=actor, action="webhook.secret_made", subject=row.public_id, now=at, details={})
    return secret


def secrets_of(session: Scoped, vault: Vault, row: WebhookEndpoint, at: dt.datetime) -> list[str]:
    """The secrets that are good, the newest first."""
    sealed = vault.get(session, _tenant(session), purpose(row))
    kept = json.loads(sealed) if sealed else []
    return [each["secret"] for each in kept if each["until"] is None or dt.datetime.fromisoformat(each["until"]) > at]


def find(session: Scoped, public_id: str) -> WebhookEndpoint:
    """The endpoint. Raises Missing."""
    row = session.scalar(
        select(WebhookEndpoint).where(WebhookEndpoint.public_id == public_id, WebhookEndpoint.deleted_at.is_(None))
    )
    if row is None:
        raise Missing(public_id)
    return row


def every(session: Scoped) -> Sequence[WebhookEndpoint]:
    """All of the tenant in scope, the oldest first."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.deleted_at.is_(None)).order_by(WebhookEndpoint.id)
    return session.scalars(statement).all()


def living(session: Scoped) -> int:
    """How many there are."""
    return len(every(session))


def stop(session: Scoped, row: WebhookEndpoint, *, at: dt.datetime, actor: str, why: str = "") -> None:
    """Call it no more until somebody lets it go on. What happens meanwhile is kept for it."""
    row.disabled_at, row.disabled_for = at, why
    audit.record(session, actor=actor, action="webhook.stopped", subject=row.public_id, now=at, details={"reason": why})


def go_on(session: Scoped, row: WebhookEndpoint, *, at: dt.datetime, actor: str) -> None:
    """Call it again."""
    row.disabled_at, row.disabled_for, row.failing_since = None, None, None
    audit.record(session, actor=actor, action="webhook.resumed", subject=row.public_id, now=at, details={})


def delete(session: Scoped, vault: Vault, row: WebhookEndpoint, *, at: dt.datetime, actor: str) -> None:
    """Call it never again; its secret is destroyed."""
    row.deleted_at = at
    vault.delete(session, _tenant(session), purpose(row))
    details = {"url": row.url}
    audit.record(session, actor=actor, action="webhook.deleted", subject=row.public_id, now=at, details=details)


def try_out(session: Scoped, row: WebhookEndpoint, *, at: dt.datetime) -> WebhookDelivery:
    """Send it a message that says nothing."""
    message = WebhookDelivery(
        public_id=new_public_id("msg"),
        endpoint_id=row.id,
        type=events.TEST,
        payload=events.payload(events.TEST, at, {"endpoint": row.public_id}),
        created_at=at,
        due_at=at,
    )
    session.add(message)
    session.flush()
    return message


def purpose(row: WebhookEndpoint) -> str:
    """Under which its secrets are in the vault."""
    return f"webhook {row.public_id}"


def _complaints(url: str, types: Sequence[str], rules: Rules) -> list[Complaint]:
    complaints = []
    if len(url) > LONGEST_URL:
        complaints.append(Complaint(("url",), f"An address has at most {LONGEST_URL:,} characters."))
    else:
        try:
            check(url, rules)
        except Refused as refused:
            complaints.append(Complaint(("url",), str(refused)))
    if not types or set(types) - set(events.TYPES):
        complaints.append(Complaint(("events",), f"Choose one or more of {', '.join(events.TYPES)}."))
    return complaints


def _new_secret(randomness: Callable[[int], bytes]) -> str:
    return f"whsec_{base64.b64encode(randomness(_SECRET_BYTES)).decode()}"


def _keep(
    session: Scoped,
    vault: Vault,
    row: WebhookEndpoint,
    secrets: Sequence[tuple[str, dt.datetime | None]],
    at: dt.datetime,
) -> None:
    kept = [{"secret": secret, "until": until.isoformat() if until else None} for secret, until in secrets]
    vault.put(session, _tenant(session), purpose(row), json.dumps(kept).encode(), now=at)


def _tenant(session: Scoped) -> Tenant:
    statement = select(Tenant).where(Tenant.id == session.require_tenant()).options(undefer(Tenant.data_key))
    return session.scalars(statement).one()
