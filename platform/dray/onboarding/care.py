"""Who of the support staff looks after a connection, until when it may wait, and what they noted."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Final

from sqlalchemy import select

from dray.connections.models import Connection
from dray.onboarding.models import Care
from dray_tenants import audit
from dray_tenants.scope import Scoped

__all__ = ["ACTS", "LONGEST_NOTE", "LONGEST_SNOOZE", "Act", "act", "care_of", "keep"]


class Act(Enum):
    """What is done to a connection from the list, by one key."""

    TAKE = "take"
    RELEASE = "release"
    SNOOZE = "snooze"
    WAKE = "wake"


ACTS: Final = {each.value: each for each in Act}
A_DAY: Final = dt.timedelta(days=1)
_SAID: Final = {
    Act.TAKE: "looked after by you.",
    Act.RELEASE: "looked after by nobody.",
    Act.SNOOZE: "may wait for a day.",
    Act.WAKE: "waits no longer.",
}

LONGEST_NOTE: Final = 2000
LONGEST_SNOOZE: Final = dt.timedelta(days=31)


def care_of(session: Scoped, connection: Connection) -> Care | None:
    """What is kept about the connection of the tenant in scope."""
    return session.scalar(
        select(Care).where(Care.tenant_id == connection.tenant_id, Care.connection_id == connection.id)
    )


def act(session: Scoped, connection: Connection, what: Act, *, who: str, at: dt.datetime, actor: str) -> str:
    """Do it, and say so; everything else that is kept stays."""
    kept = care_of(session, connection)
    assigned = kept.assigned_to if kept is not None else None
    until = kept.snoozed_until if kept is not None else None
    if what in (Act.TAKE, Act.RELEASE):
        assigned = who if what is Act.TAKE else None
    else:
        until = at + A_DAY if what is Act.SNOOZE else None
    note = kept.note if kept is not None else ""
    keep(session, connection, assigned_to=assigned, snoozed_until=until, note=note, at=at, actor=actor)
    return _SAID[what]


def keep(
    session: Scoped,
    connection: Connection,
    *,
    assigned_to: str | None,
    snoozed_until: dt.datetime | None,
    note: str,
    at: dt.datetime,
    actor: str,
) -> Care:
    """Keep it, over what was kept. ValueError for a note that is too long, or a snooze without a near end."""
    note = note.replace("\0", "").strip()
    if len(note) > LONGEST_NOTE:
        raise ValueError(f"A note has at most {LONGEST_NOTE:,} characters; this one has {len(note):,}.")
    if snoozed_until is not None and snoozed_until - at > LONGEST_SNOOZE:
        raise ValueError(f"Let it wait for at most {LONGEST_SNOOZE.days} days.")
    row = care_of(session, connection)
    if row is None:
        row = Care(tenant_id=connection.tenant_id, connection_id=connection.id, changed_by=actor, changed_at=at)
        session.add(row)
    row.assigned_to, row.snoozed_until, row.note = assigned_to, snoozed_until, note
    row.changed_by, row.changed_at = actor, at
    details = {
        "name": connection.name,
        "who": assigned_to or "nobody",
        "until": f"{snoozed_until:%Y-%m-%d %H:%M} UTC" if snoozed_until else "no snooze",
    }
    audit.record(session, actor=actor, action="staff.care_kept", subject=connection.public_id, now=at, details=details)
    session.flush()
    return row
