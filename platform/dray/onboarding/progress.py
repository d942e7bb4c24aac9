"""Everything that the pages of a set-up show, read once. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from dray.connections import opening
from dray.connections.binding import bound_books
from dray.connections.models import Connection, ConnectionStatus, Install, IssuedFile
from dray.onboarding import setups
from dray.onboarding.models import ObservedCall, Setup
from dray.onboarding.setups import Standing
from dray.onboarding.steps import Facts, Hint, Problem, State, Ticked, hint_of, steps_of
from dray_sdk import Books
from dray_tenants.scope import Scoped

__all__ = ["MOST_CALLS", "Progress", "calls_of", "read"]

MOST_CALLS = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """One set-up as it stands. `hint`: what hangs. `proved`: the books are the right ones and somebody confirmed it."""

    connection: Connection
    install: Install
    setup: Setup | None
    standing: Standing | None
    steps: tuple[Ticked, ...]
    hint: Hint | None
    books: Books | None
    program: str
    last_contact_at: dt.datetime | None

    @property
    def number(self) -> int:
        """The number of the step that is to be done now; one more than there are when all are done."""
        return next((at for at, each in enumerate(self.steps, 1) if each.state is State.NOW), len(self.steps) + 1)

    def done(self, step: str) -> bool:
        """Whether that step is done."""
        return any(each.step == step and each.state is State.DONE for each in self.steps)

    @property
    def proved(self) -> bool:
        """Whether the set-up may end."""
        return self.done("read") and self.done("confirmed")

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.number > len(self.steps)


def read(session: Scoped, connection: Connection, *, now: dt.datetime) -> Progress:
    """What is known of the connection of the tenant in scope. LookupError for one that we dial."""
    install = opening.install_of(session, connection)
    setup = setups.current(session, connection)
    last = session.scalar(
        select(ConnectionStatus.last_contact_at).where(
            ConnectionStatus.tenant_id == connection.tenant_id, ConnectionStatus.connection_id == connection.id
        )
    )
    # A link begins a set-up anew: what was proved before it, on another computer perhaps, ticks nothing.
    since = setup.begun_at if setup is not None and setup.link_hash is not None else install.created_at
    facts = Facts(
        file_at=_file_at(session, install, since),
        password_made=bool(install.passwords),
        proofs=_proofs(session, install, since),
        confirmed_at=connection.confirmed_at,
        last_contact_at=last,
        problem=_problem(session, connection, since),
    )
    steps = steps_of(facts)
    return Progress(
        connection=connection,
        install=install,
        setup=setup,
        standing=None if setup is None else setups.standing(setup, now=now),
        steps=steps,
        hint=hint_of(facts, steps, now),
        books=bound_books(connection),
        program=_program(session, install),
        last_contact_at=last,
    )


def calls_of(session: Scoped, connection: Connection, *, most: int = MOST_CALLS) -> Sequence[ObservedCall]:
    """The noted calls of the connection, the newest first."""
    return session.scalars(
        select(ObservedCall)
        .where(ObservedCall.connection_id == connection.id)
        .order_by(ObservedCall.id.desc())
        .limit(most)
    ).all()


def _file_at(session: Scoped, install: Install, since: dt.datetime) -> dt.datetime | None:
    return session.scalar(
        select(func.min(IssuedFile.at)).where(
            IssuedFile.connection_id == install.connection_id,
            IssuedFile.install_id == install.id,
            IssuedFile.at >= since,
        )
    )


def _proofs(session: Scoped, install: Install, since: dt.datetime) -> dict[str, dt.datetime]:
    rows = session.execute(
        select(ObservedCall.step, func.min(ObservedCall.at))
        .where(
            ObservedCall.connection_id == install.connection_id,
            ObservedCall.install_id == install.id,
            ObservedCall.step.is_not(None),
            ObservedCall.at >= since,
        )
        .group_by(ObservedCall.step)
    )
    return {str(step): at for step, at in rows}


def _problem(session: Scoped, connection: Connection, since: dt.datetime) -> Problem | None:
    """The newest call that went wrong, unless a session that came after it went well. What only looks, or tells which
    version it is, mends nothing."""
    rows = session.execute(
        select(ObservedCall.at, ObservedCall.sentence, ObservedCall.tone, ObservedCall.step, ObservedCall.code)
        .where(ObservedCall.connection_id == connection.id, ObservedCall.at >= since)
        .order_by(ObservedCall.id.desc())
        .limit(40)
    )
    for row in rows:
        if row.tone == "s-bad":
            return Problem(row.code or "", row.sentence, row.at)
        if row.step in ("signed_in", "books", "round"):
            return None
    return None


def _program(session: Scoped, install: Install) -> str:
    newest = (
        select(ObservedCall.program)
        .where(ObservedCall.connection_id == install.connection_id, ObservedCall.program.is_not(None))
        .order_by(ObservedCall.id.desc())
        .limit(1)
    )
    return session.scalar(newest) or ""
