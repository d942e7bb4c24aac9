"""Telling people: one letter to each who wants it, once for each cause until it is over, and not in quiet hours.

`tell` is the whole of it for the background: any number of workers may do it at once, for whoever opens an alert first
is the one who tells, and letters are written in the transaction that says they were.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from dray.alerts import digests, letters
from dray.alerts.causes import Cause, is_quiet
from dray.alerts.choices import quiet_hours, recipients
from dray.alerts.contacts import contact_of, support_page
from dray.alerts.models import Alert
from dray.alerts.noticing import Noticed, notice
from dray.billing.bulk import NO_SYNC
from dray.cadence import silence
from dray.installation import Dray
from dray.mail.outbox import post
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped, ScopedSession

KEPT: Final = dt.timedelta(days=90)
AGAIN_AFTER: Final = dt.timedelta(hours=4)
"""What comes and goes all day is not told each time: at the soonest so long after it was told last."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one round did."""

    opened: int = 0
    cleared: int = 0
    letters: int = 0
    digests: int = 0


def tell(parts: Dray) -> Told:
    """Notice what needs somebody, tell who wants to know, and forget what is over."""
    now = parts.clock()
    silence.sweep(parts)
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find what needs somebody"):
        noticed = notice(session, now=now)
        standing = set(session.scalars(select(Alert.tenant_id).where(Alert.cleared_at.is_(None)).distinct()))
        through = digests.tenants_with_some(session)
    by_tenant: dict[int, list[Noticed]] = defaultdict(list)
    for each in noticed:
        by_tenant[each.tenant_id].append(each)
    opened = cleared = written = digested = 0
    with ScopedSession(parts.engines) as session:
        for tenant_id in sorted({*by_tenant, *standing, *through}):
            with session.tenant(tenant_id):
                cleared += _clear(session, by_tenant[tenant_id], now)
                opened += _open(session, by_tenant[tenant_id], now)
                quiet = _quiet_now(session, now)
                if not quiet:
                    written += _write(session, parts, now)
                    digested += digests.write(session, parts, recipients(session), now=now)
                session.commit()
    return Told(opened, cleared, written, digested)


def forget_old(session: Scoped, *, at: dt.datetime) -> int:
    """Drop what has been over for 90 days, in the caller's transaction; how many."""
    gone = delete(Alert).where(Alert.cleared_at < at - KEPT)
    return int(cast(Any, session.execute(gone, execution_options=NO_SYNC)).rowcount)


def _open(session: Scoped, noticed: Sequence[Noticed], now: dt.datetime) -> int:
    """Note what is new; how many. One that stands already keeps its row."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = 0
    for each in noticed:
        row = {
            "tenant_id": each.tenant_id,
            "cause": each.cause.value,
            "subject": each.subject,
            "sentence": each.sentence,
            "opened_at": now,
        }
        made = session.execute(make(Alert).values(row).on_conflict_do_nothing())
        fresh += int(cast(Any, made).rowcount)
    return fresh


def _clear(session: Scoped, noticed: Sequence[Noticed], now: dt.datetime) -> int:
    still = {(each.cause.value, each.subject) for each in noticed}
    standing = session.execute(select(Alert.id, Alert.cause, Alert.subject).where(Alert.cleared_at.is_(None))).all()
    over = [key for key, cause, subject in standing if (cause, subject) not in still]
    if over:
        session.execute(update(Alert).where(Alert.id.in_(over)).values(cleared_at=now), execution_options=NO_SYNC)
    return len(over)


def _write(session: Scoped, parts: Dray, now: dt.datetime) -> int:
    """Letters about what stands and nobody was told of. The UPDATE decides who writes them."""
    before = aliased(Alert)
    just_told = exists().where(
        before.tenant_id == Alert.tenant_id,
        before.cause == Alert.cause,
        before.subject == Alert.subject,
        before.told_at > now - AGAIN_AFTER,
    )
    untold = session.scalars(
        select(Alert.id).where(Alert.cleared_at.is_(None), Alert.told_at.is_(None), ~just_told)
    ).all()
    if not untold:
        return 0
    claimed = session.execute(
        update(Alert)
        .where(Alert.id.in_(untold), Alert.told_at.is_(None))
        .values(told_at=now)
        .returning(Alert.cause, Alert.subject, Alert.sentence),
        execution_options=NO_SYNC,
    ).all()
    if not claimed:
        return 0
    tenant = session.scalars(select(Tenant).where(Tenant.id == session.require_tenant())).one()
    written, settings = 0, parts.settings
    for cause, subject, sentence in claimed:
        letter = letters.alert(settings.product_name, settings.public_url, tenant.name, Cause(cause), subject, sentence)
        for each in recipients(session):
            if Cause(cause) in each.causes:
                post(session, parts.vault.keys, each.email, letter, now=now, tenant_id=tenant.id)
                written += 1
        if Cause(cause) is Cause.SILENCE:
            written += _tell_contact(session, parts, tenant, subject, sentence, now)
    return written


def _tell_contact(session: Scoped, parts: Dray, tenant: Tenant, subject: str, sentence: str, now: dt.datetime) -> int:
    """Whoever connected the computer sits at it, and is often no member: they get a letter that needs no login."""
    to = contact_of(session, subject)
    if to is None or to.email.casefold() in {each.email.casefold() for each in recipients(session)}:
        return 0
    settings = parts.settings
    help_at = " or ".join(each for each in (settings.support_phone, settings.support_email) if each)
    letter = letters.to_contact(tenant.name, sentence, support_page(parts, to), help_at)
    post(session, parts.vault.keys, to.email, letter, now=now, tenant_id=tenant.id)
    return 1


def _quiet_now(session: Scoped, now: dt.datetime) -> bool:
    hours = quiet_hours(session)
    if hours is None:
        return False
    zone = session.scalars(select(Tenant.time_zone).where(Tenant.id == session.require_tenant())).one()
    return is_quiet(now.astimezone(ZoneInfo(zone)), *hours)
