"""Everything that a connection's page shows, read once. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from dray.billing import routing
from dray.connections import opening
from dray.connections.binding import bound_books
from dray.connections.models import Connection, ConnectionStatus, Install
from dray.installation import Dray
from dray.web import side as beside
from dray.web.connections import reading_login, standstill
from dray.web.connections.reading_login import Login
from dray.web.connections.standstill import Standstill
from dray.web.side import ConnectionState
from dray_sdk import Books, DialsIn
from dray_tenants.scope import Scoped


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a set-up: `done`, `now` or `todo`, and when it was done, where that is known."""

    key: str
    state: str
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """One connection as its page shows it. `user_name` and `address` are empty where we dial ourselves; `login` is None
    where we do not. `renewing`: it has a new way in, not yet used, beside the one that works. `own_address` is that of
    its page, to be passed on."""

    public_id: str
    name: str
    state: ConnectionState
    dials_in: bool
    user_name: str
    address: str
    has_password: bool
    has_older_password: bool
    password_made_at: dt.datetime | None
    books: Books | None
    bound_at: dt.datetime | None
    confirmed_at: dt.datetime | None
    denied_at: dt.datetime | None
    denials: int
    trouble: Mapping[str, Any]
    steps: tuple[Step, ...]
    stands_still: Standstill
    renewing: bool
    login: Login | None
    first_day: dt.date | None
    own_address: str

    @property
    def step_number(self) -> int:
        """The number of the step that is to be done now; one more than there are when all are done."""
        return next((at for at, step in enumerate(self.steps, 1) if step.state == "now"), len(self.steps) + 1)

    @property
    def ready(self) -> bool:
        """Whether the set-up is over."""
        return self.step_number > len(self.steps)

    @property
    def refused_lately(self) -> bool:
        """Whether a wrong password came after the last good contact."""
        last = self.state.last_contact_at
        return self.denied_at is not None and (last is None or self.denied_at > last)


def read(session: Scoped, parts: Dray, connection: Connection, now: dt.datetime) -> ConnectionPage:
    """What is known of the connection of the tenant in scope."""
    connector = parts.registry.get(connection.connector)
    install, address = None, ""
    if connector is not None and isinstance(connector, DialsIn):
        install = opening.install_of(session, connection)
        address = opening.endpoint(connector, install, parts.settings.public_url)
    status = beside.status_of(session, connection)
    renewing = install is not None and replaces_one_in_use(session, install)
    made = install.passwords[0].get("made_at") if install is not None and install.passwords else None
    return ConnectionPage(
        public_id=connection.public_id,
        name=connection.name,
        state=beside.state_of(session, parts.registry, connection, now),
        dials_in=install is not None,
        user_name=install.user_name if install is not None else "",
        address=address,
        has_password=install is not None and bool(install.passwords),
        has_older_password=install is not None and len(install.passwords) > 1,
        password_made_at=dt.datetime.fromisoformat(made) if made else None,
        books=bound_books(connection),
        bound_at=connection.bound_at,
        confirmed_at=connection.confirmed_at,
        denied_at=status.denied_at if status is not None else None,
        denials=status.denials if status is not None else 0,
        trouble=(status.trouble or {}) if status is not None else {},
        steps=_steps(connection, install, status, renewing),
        stands_still=standstill.read(session, parts.registry, connection, status, now),
        renewing=renewing,
        login=reading_login.read(session, connection, now) if install is None and connector is not None else None,
        first_day=routing.starts(session).get(connection.id),
        own_address=f"{parts.settings.public_url}/connections/{connection.public_id}",
    )


def replaces_one_in_use(session: Scoped, install: Install) -> bool:
    """Whether the way in before this one still works: the first call of the new one retires it."""
    before = select(Install.retired_at).where(
        Install.tenant_id == session.require_tenant(), Install.id == install.replaces_id
    )
    row = session.execute(before).one_or_none()
    return row is not None and row.retired_at is None


def _steps(
    connection: Connection, install: Install | None, status: ConnectionStatus | None, renewing: bool
) -> tuple[Step, ...]:
    """The set-up of books that call us, in order; what came about by itself proves the steps before it. A renewed way
    in begins again, and ends with its own first call: the books are known."""
    if install is None:
        return ()
    last = status.last_contact_at if status is not None else None
    proofs: tuple[tuple[str, bool, dt.datetime | None], ...] = (
        ("file", bool(install.invited_at), install.invited_at),
        ("password", bool(install.passwords), None),
        ("contact", last is not None, last),
        ("books", connection.bound_at is not None, connection.bound_at),
    )
    if renewing:
        proofs = (*proofs[:2], ("contact", False, None))
    furthest = max((at for at, (_, proved, _) in enumerate(proofs) if proved), default=-1)
    states = ["done" if at <= furthest or proved else "todo" for at, (_, proved, _) in enumerate(proofs)]
    if "todo" in states:
        states[states.index("todo")] = "now"
    return tuple(Step(key, state, when) for (key, _, when), state in zip(proofs, states, strict=True))
