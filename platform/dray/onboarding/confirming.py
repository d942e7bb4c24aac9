"""The end of a set-up: somebody looked at the company that QuickBooks named, and says that it is the right one."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from dray.billing import routing
from dray.connections import binding
from dray.connections.models import Connection
from dray.onboarding import progress, setups
from dray.onboarding.setups import Ended
from dray_tenants.scope import Scoped

__all__ = ["AnotherFile", "confirm", "mark_of"]


class AnotherFile(Exception):
    """Other books than those that were looked at stand there now; the message is a sentence for people."""


def mark_of(connection: Connection) -> str:
    """Stands for the company file that somebody looks at: whoever confirms sends it back, so that another one that was
    opened meanwhile is not taken in its place."""
    return hashlib.sha256(json.dumps(connection.books, sort_keys=True).encode()).hexdigest()[:24]


def confirm(
    session: Scoped,
    connection: Connection,
    mark: str,
    first_day: dt.date | None,
    *,
    at: dt.datetime,
    actor: str,
) -> None:
    """These are the right books, and invoices dated from `first_day` on go there (None: all). In the caller's
    transaction. It ends the set-up where nothing else is missing. Raises AnotherFile, `binding.NotConfirmable`,
    `billing.given.Unacceptable`."""
    if mark != mark_of(connection):
        raise AnotherFile("Another company file has been open since you looked. Look again, then confirm.")
    binding.confirm_first_contact(session, connection, at=at, actor=actor)
    routing.set_start(session, connection.public_id, first_day, at=at, actor=actor)
    session.flush()
    setup = setups.current(session, connection)
    if setup is not None and progress.read(session, connection, now=at).proved:
        setups.end(session, setup, Ended.PROVED, at=at)
