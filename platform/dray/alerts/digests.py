"""One letter at the end of a run to who sent the invoices: what became of them all.

A press of Send is through when nothing of it waits, is on its way or in doubt. Presses of the same person that are
through at the same time are told in one letter.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Exists, exists, func, select, update

from dray.alerts import letters
from dray.alerts.causes import Cause
from dray.alerts.choices import Recipient
from dray.alerts.letters import Through
from dray.billing.bulk import NO_SYNC
from dray.billing.models import Invoice, Posting, Sending
from dray.billing.states import PostingState
from dray.installation import Dray
from dray.mail.outbox import post
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped

AT_ONCE: Final = 200
NAMED: Final = 5
"""How many refused invoices a letter names."""

_OPEN: Final = (PostingState.QUEUED.value, PostingState.SENDING.value, PostingState.IN_DOUBT.value)


def tenants_with_some(session: Scoped) -> set[int]:
    """The tenants of which somebody is to be told. The session reads every tenant."""
    return set(session.scalars(select(Sending.tenant_id).where(Sending.told_at.is_(None), ~_waits()).distinct()))


def write(session: Scoped, parts: Dray, people: Sequence[Recipient], *, now: dt.datetime) -> int:
    """Tell each sender once, in the caller's transaction; how many letters. A program that sent is told nothing."""
    waiting = select(Sending.id).where(Sending.told_at.is_(None), ~_waits()).order_by(Sending.id).limit(AT_ONCE)
    ids = session.scalars(waiting).all()
    if not ids:
        return 0
    claimed = session.execute(
        update(Sending)
        .where(Sending.id.in_(ids), Sending.told_at.is_(None))
        .values(told_at=now)
        .returning(Sending.id, Sending.actor),
        execution_options=NO_SYNC,
    ).all()
    by_sender: dict[str, list[int]] = defaultdict(list)
    for key, actor in claimed:
        by_sender[actor].append(key)
    wanting = {each.email: each for each in people if Cause.DIGEST in each.causes}
    tenant = session.scalars(select(Tenant).where(Tenant.id == session.require_tenant())).one()
    written = 0
    for actor, keys in sorted(by_sender.items()):
        through = _through(session, keys) if actor in wanting else None
        if through is not None and through.accepted + through.refused:
            settings = parts.settings
            letter = letters.digest(settings.product_name, settings.public_url, tenant.name, through)
            post(session, parts.vault.keys, actor, letter, now=now, tenant_id=tenant.id)
            written += 1
    return written


def _waits() -> Exists:
    return exists().where(
        Posting.tenant_id == Sending.tenant_id, Posting.sending_id == Sending.id, Posting.state.in_(_OPEN)
    )


def _through(session: Scoped, sendings: Sequence[int]) -> Through:
    states = Counter(
        dict(
            session.execute(
                select(Posting.state, func.count()).where(Posting.sending_id.in_(sendings)).group_by(Posting.state)
            ).all()
        )
    )
    refused = session.execute(
        select(Invoice.number, Posting.problem)
        .join(Posting, (Posting.tenant_id == Invoice.tenant_id) & (Posting.invoice_id == Invoice.id))
        .where(Posting.sending_id.in_(sendings), Posting.state == PostingState.REFUSED.value)
        .order_by(Posting.id)
        .limit(NAMED)
    )
    named = [f"{number} ({str((problem or {}).get('detail', '')).rstrip('.')})" for number, problem in refused]
    return Through(
        sent=sum(states.values()),
        accepted=states[PostingState.POSTED.value],
        refused=states[PostingState.REFUSED.value],
        taken_back=states[PostingState.WITHDRAWN.value],
        refusals=named,
    )
