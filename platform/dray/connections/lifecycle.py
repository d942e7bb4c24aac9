"""A connection's life after it was made: paused and resumed, its password ended at once, given a new identity.

Everything here works in the caller's transaction, in the tenant's scope, and is audited there. Removal has a module of
its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import update

from dray.connections import due, opening
from dray.connections.models import Connection, Install
from dray_tenants import audit
from dray_tenants.scope import Scoped


class NotNow(Exception):
    """The connection is in no state for it; the message is a sentence for people."""


def pause(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> bool:
    """Settle doubts and read, but post nothing, from this transaction's commit on. False where it is paused already.

    What waits keeps waiting, and more can be put in line. Raises NotNow for a connection that was removed.
    """
    _take(session, connection)
    if connection.state == "paused":
        return False
    connection.state = "paused"
    _note(session, connection, "connection.paused", at, actor)
    return True


def pause_by_rule(session: Scoped, connection: Connection, why: str, *, at: dt.datetime, actor: str) -> bool:
    """As `pause`, by a rule of the company and not by a person: `why` is told until somebody resumes. For an exchange,
    which holds the connection's turn. False where it does not post just now anyway."""
    if connection.state != "active":
        return False
    connection.state, connection.paused_for = "paused", why
    _note(session, connection, "connection.paused_by_rule", at, actor, {"reason": why})
    return True


def resume(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> bool:
    """Post again; what waits is due at once. False where it is not paused."""
    _take(session, connection)
    if connection.state != "paused":
        return False
    connection.state = "active" if connection.bound_at is not None else "setting_up"
    connection.paused_for = None
    due.mark_due(session, connection.id, at)
    _note(session, connection, "connection.resumed", at, actor)
    return True


def rename(session: Scoped, connection: Connection, name: str, *, at: dt.datetime, actor: str) -> bool:
    """Call it something else; set-up files that are out there keep working. False for the name that it has. ValueError
    for an unusable name, `opening.NameTaken`, NotNow for a connection that was removed."""
    _take(session, connection)
    before, name = connection.name, opening.usable_name(name)
    if name == before:
        return False
    opening.refuse_taken(session, name)
    connection.name = name
    _note(session, connection, "connection.renamed", at, actor, {"before": before})
    return True


def end_older_passwords(session: Scoped, connection: Connection, *, at: dt.datetime, actor: str) -> bool:
    """Only the newest password opens from now on. False where there is no other one."""
    install = opening.install_of(session, connection)
    session.refresh(install)
    if len(install.passwords) < 2:
        return False
    values = {
        "passwords": install.passwords[:1],
        "ended_passwords": opening.ended(install.ended_passwords, install.passwords[1:]),
    }
    session.execute(
        update(Install).where(Install.id == install.id).values(values), execution_options={"synchronize_session": False}
    )
    session.refresh(install)
    _note(session, connection, "connection.older_password_ended", at, actor)
    return True


def new_identity(
    session: Scoped, connection: Connection, *, at: dt.datetime, actor: str, randomness: Callable[[int], bytes]
) -> Install:
    """A new way in for the same connection: another user name, another mark for the company file, no password yet.

    For a computer that refuses the old set-up file (QBWC1039: this company file was set up with it before). Connection,
    queue, doubts and receipts stay. The old way in works until the new one is first used. Raises NotNow for a removed
    connection and LookupError for one that we dial.
    """
    _take(session, connection)
    before = opening.install_of(session, connection)
    install = opening.new_install(connection, session.require_tenant(), at, randomness)
    install.replaces_id = before.id
    session.add(install)
    _note(session, connection, "connection.new_identity", at, actor, {"user_name": install.user_name})
    session.flush()
    return install


def _take(session: Scoped, connection: Connection) -> None:
    due.take_turn(session, connection.id)
    session.refresh(connection)
    if connection.state == "removed":
        raise NotNow(f"{connection.name} was removed. Make a new connection instead.")


def _note(
    session: Scoped,
    connection: Connection,
    action: str,
    at: dt.datetime,
    actor: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    told = {"name": connection.name, **(details or {})}
    audit.record(session, actor=actor, action=action, subject=connection.public_id, now=at, details=told)
    session.flush()
