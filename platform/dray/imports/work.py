"""One turn of an import: as much as is asked for, in transactions of about 100 ms, from wherever it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Final, TypeVar

from sqlalchemy import select

from dray.billing.given import NotNow
from dray.billing.haste import Stride, let_others_write
from dray.billing.imports import NotReadable
from dray.clock import Clock
from dray.imports import judging, keeping, reading, storing
from dray.imports.entries import Readers
from dray.imports.models import Import
from dray.imports.states import WORKING, State
from dray_tenants import audit
from dray_tenants.database import Engines
from dray_tenants.scope import Scoped, ScopedSession

T = TypeVar("T")

AT_ONCE: Final = 8
"""How many pieces a page does itself, so that a small file needs no worker; about a second."""
A_TURN: Final = 60
"""How many pieces a worker does of one import before it looks at the others."""
MOST: Final = 40
"""How many entries one transaction judges, keeps or takes back at most; fewer where that takes long."""


def go_on(
    session: Scoped,
    public_id: str,
    readers: Readers,
    *,
    clock: Clock,
    pieces: int,
    between: Callable[[], None] = lambda: None,
) -> bool:
    """Do so many pieces of this import; whether more is to be done. Commits after each, and then calls `between`."""
    stride = Stride(MOST)
    for _ in range(pieces):
        row = storing.hold(session, public_id)
        state = State(row.state)
        if state not in WORKING:
            session.commit()
            return False
        try:
            with stride.measured():
                _STEPS[state](session, row, readers, clock(), stride.many)
        except NotReadable as wrong:
            session.rollback()
            _refuse(session, public_id, str(wrong), clock())
            return False
        between()
    return True


def start_keeping(session: Scoped, public_id: str, *, actor: str, at: dt.datetime) -> None:
    """Import what is good, as a person said. Raises Missing, NotNow. In the caller's transaction."""
    row = storing.hold(session, public_id)
    if row.state != State.READY.value:
        raise NotNow("This file is not ready to be imported, or somebody imported it already.")
    row.state, row.cursor, row.actor, row.updated_at = State.KEEPING.value, 0, actor, at
    details = {"file": row.name, "kind": row.kind, "new": row.new, "changed": row.changed, "bad": row.bad}
    audit.record(session, actor=actor, action="import.started", subject=f"import:{public_id}", now=at, details=details)


def start_undoing(session: Scoped, public_id: str, *, actor: str, at: dt.datetime) -> None:
    """Take the import back. Raises Missing, NotNow. In the caller's transaction."""
    row = storing.hold(session, public_id)
    if row.state != State.DONE.value or row.kind != "invoices" or row.pieces < 0:
        raise NotNow("Only an import of invoices that is finished, and not older than 30 days, can be undone.")
    row.state, row.cursor, row.actor, row.updated_at = State.UNDOING.value, 0, actor, at
    audit.record(
        session, actor=actor, action="import.undone", subject=f"import:{public_id}", now=at,
        details={"file": row.name, "kept": row.kept},
    )  # fmt: skip


def match_again(session: Scoped, public_id: str, *, at: dt.datetime) -> Import:
    """Back to the columns, before anything was kept: what was read is read anew. Raises Missing, NotNow. Commits."""
    row = storing.hold(session, public_id)
    if row.state not in {State.READY, State.READING, State.JUDGING, State.MATCHING} or row.form == "json":
        raise NotNow("The columns of this file can no longer be changed.")
    row.state, row.updated_at = State.MATCHING.value, at
    row.rows = row.entries = row.new = row.same = row.changed = row.bad = 0
    row.cursor = 0
    session.commit()
    storing.drop_rows(session, row.id)
    row = storing.hold(session, public_id)
    row.read_to = reading.line_of_headings(session, row)
    return row


def go_on_everywhere(engines: Engines, readers: Readers, clock: Clock) -> int:
    """A turn for every import that is under way, of every tenant; how many there are."""
    with ScopedSession(engines, read_only=True) as session, session.every_tenant("find imports under way"):
        waiting = session.execute(
            select(Import.tenant_id, Import.public_id)
            .where(Import.state.in_([state.value for state in WORKING]))
            .order_by(Import.id)
        ).all()
    for tenant_id, public_id in waiting:
        with ScopedSession(engines) as session, session.tenant(tenant_id):
            go_on(session, public_id, readers, clock=clock, pieces=A_TURN, between=let_others_write)
    return len(waiting)


def _look(session: Scoped, row: Import, readers: Readers, at: dt.datetime, many: int) -> None:
    reading.look(session, row)
    row.updated_at = at
    session.commit()


def _read(session: Scoped, row: Import, readers: Readers, at: dt.datetime, many: int) -> None:
    """Many pieces in one go, because every start has to pass over what was read before; that holds nothing."""
    public_id = row.public_id
    session.commit()
    with _reading_beside(session) as beside:
        seen = storing.find(beside, public_id)
        mine, found = seen.read_to, _begun(reading.open_rows(beside, seen))
        for piece in range(AT_ONCE):
            if piece:
                let_others_write()
            row = storing.hold(session, public_id)
            if row.state != State.READING.value or row.read_to != mine:
                break  # another process reads it too, or somebody went back to the columns
            if not reading.read_on(session, row, found):
                if not row.rows:
                    raise NotReadable("The file holds no rows below its headings. Nothing was imported.")
                row.state, row.cursor = State.JUDGING.value, 0
            row.updated_at = at
            mine = row.read_to
            session.commit()
    session.commit()


@contextmanager
def _reading_beside(session: Scoped) -> Iterator[Scoped]:
    """A session of its own that only reads, in the same tenant: whoever writes does not wait for it."""
    engines: Engines = session.info["engines"]
    with ScopedSession(engines, read_only=True) as beside, beside.tenant(session.require_tenant()):
        yield beside


def _begun(rows: Iterator[T]) -> Iterator[T]:
    """The same rows, of which the first was looked for already."""
    first = list(islice(rows, 1))
    return chain(first, rows)


def _judge(session: Scoped, row: Import, readers: Readers, at: dt.datetime, many: int) -> None:
    _finish(session, row, judging.judge_on(session, row, readers, many), State.READY, at)


def _keep(session: Scoped, row: Import, readers: Readers, at: dt.datetime, many: int) -> None:
    _finish(session, row, keeping.keep_on(session, row, readers, many, at=at), State.DONE, at)


def _undo(session: Scoped, row: Import, readers: Readers, at: dt.datetime, many: int) -> None:
    _finish(session, row, keeping.undo_on(session, row, many, actor=row.actor, at=at), State.UNDONE, at)


def _finish(session: Scoped, row: Import, many: int, after: State, at: dt.datetime) -> None:
    if not many:
        row.state = after.value
    row.updated_at = at
    over = row.id if row.state == State.DONE.value else None
    session.commit()
    if over is not None:
        storing.drop_pieces(session, over)


def _refuse(session: Scoped, public_id: str, sentence: str, at: dt.datetime) -> None:
    row = storing.hold(session, public_id)
    row.state, row.problem, row.updated_at = State.REFUSED.value, sentence.replace("\0", "?"), at
    key = row.id
    session.commit()
    storing.drop_content(session, key)


_STEPS: Final[dict[State, Callable[[Scoped, Import, Readers, dt.datetime, int], None]]] = {
    State.LOOKING: _look,
    State.READING: _read,
    State.JUDGING: _judge,
    State.KEEPING: _keep,
    State.UNDOING: _undo,
}
