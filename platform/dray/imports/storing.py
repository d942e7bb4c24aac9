"""A file on its way in: begun, stored piece by piece, complete; or thrown away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from sqlalchemy import delete, insert, select

from dray.billing.given import Missing, NotNow
from dray.billing.haste import let_others_write
from dray.imports.models import Import, ImportPiece, ImportRow
from dray.imports.states import OPEN, Kind, State
from dray_tenants import audit
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped

PIECE: Final = 256 * 1024
LARGEST_FILE: Final = 512 * 1024 * 1024
KEPT_FOR: Final = dt.timedelta(days=30)
_LONGEST_NAME: Final = 120
_ROWS_AT_ONCE: Final = 1_000
_PIECES_AT_ONCE: Final = 8


def begin(session: Scoped, kind: Kind, name: str, *, actor: str, at: dt.datetime) -> Import:
    """A new import of a file of this name, without content. In the caller's transaction."""
    shown = "".join(letter for letter in name if letter.isprintable()).strip()[-_LONGEST_NAME:] or "file"
    row = Import(
        public_id=new_public_id("imp"),
        kind=kind.value,
        form="json" if shown.lower().endswith(".json") else "csv",
        name=shown,
        actor=actor,
        state=State.UPLOADING.value,
        created_at=at,
        updated_at=at,
    )
    session.add(row)
    session.flush()
    return row


def hold(session: Scoped, public_id: str) -> Import:
    """The import, which nobody else moves on until the transaction ends. Raises Missing."""
    row = session.scalar(
        select(Import).where(Import.public_id == public_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise Missing("There is no import with this id.")
    return row


def find(session: Scoped, public_id: str) -> Import:
    """The import, to look at. Raises Missing."""
    row = session.scalar(select(Import).where(Import.public_id == public_id))
    if row is None:
        raise Missing("There is no import with this id.")
    return row


def add(session: Scoped, public_id: str, content: bytes, *, offset: int, at: dt.datetime) -> int:
    """Store content that begins at byte `offset` of the file; how much is stored now. Commits after each piece.

    What is stored already is not stored again, so that a request whose answer was lost can be repeated. Raises NotNow
    where something is missing in between, or the file is larger than can be taken.
    """
    view = memoryview(content)
    stored = hold(session, public_id).size
    if offset > stored:
        raise NotNow(f"A part of the file is missing: it is stored up to byte {stored}. Send it again from there.")
    view = view[stored - offset :]
    for start in range(0, len(view), PIECE):
        row = hold(session, public_id)
        if row.state != State.UPLOADING.value:
            raise NotNow("This file is complete already.")
        if row.size != stored:
            raise NotNow("This file is being sent twice at the same time. Wait, then look at it.")
        if row.size + min(PIECE, len(view) - start) > LARGEST_FILE:
            raise NotNow("This file is larger than 512 MB. Cut it into several files.")
        part = bytes(view[start : start + PIECE])
        session.execute(insert(ImportPiece), [{"import_id": row.id, "position": row.pieces, "content": part}])
        row.pieces += 1
        row.size += len(part)
        row.updated_at = at
        stored = row.size
        session.commit()
    return stored


def complete(session: Scoped, public_id: str, *, at: dt.datetime) -> None:
    """All of the file is stored; it can be read. In the caller's transaction."""
    row = hold(session, public_id)
    if row.state == State.UPLOADING.value:
        row.state, row.updated_at = State.LOOKING.value, at


def discard(session: Scoped, public_id: str, *, actor: str, at: dt.datetime) -> None:
    """Throw the file away; nothing of it was kept. Raises Missing, NotNow. Commits in pieces."""
    row = hold(session, public_id)
    if row.state not in {*OPEN, State.REFUSED}:
        raise NotNow("It has been imported already. Undo it instead.")
    row.state, row.updated_at = State.DISCARDED.value, at
    audit.record(
        session, actor=actor, action="import.discarded", subject=f"import:{public_id}", now=at,
        details={"file": row.name},
    )  # fmt: skip
    session.commit()
    drop_content(session, row.id)


def chunks(session: Scoped, import_id: int) -> Iterator[bytes]:
    """The stored file, piece by piece."""
    position = 0
    while True:
        content = session.scalar(
            select(ImportPiece.content).where(ImportPiece.import_id == import_id, ImportPiece.position == position)
        )
        if content is None:
            return
        yield content
        position += 1


def drop_pieces(session: Scoped, import_id: int) -> None:
    """Forget the file as it came. Commits in pieces."""
    while True:
        some = session.scalars(
            select(ImportPiece.id)
            .where(ImportPiece.import_id == import_id)
            .order_by(ImportPiece.id)
            .limit(_PIECES_AT_ONCE)
        ).all()
        if not some:
            return
        session.execute(delete(ImportPiece).where(ImportPiece.id.in_(some)))
        session.commit()
        let_others_write()


def drop_rows(session: Scoped, import_id: int) -> None:
    """Forget the rows that were read. Commits in pieces."""
    while True:
        last = session.scalar(
            select(ImportRow.place)
            .where(ImportRow.import_id == import_id)
            .order_by(ImportRow.place)
            .offset(_ROWS_AT_ONCE)
            .limit(1)
        )
        rows = delete(ImportRow).where(ImportRow.import_id == import_id)
        session.execute(rows if last is None else rows.where(ImportRow.place < last))
        session.commit()
        if last is None:
            return
        let_others_write()


def drop_content(session: Scoped, import_id: int) -> None:
    """Forget the file and its rows; that there was an import stays known."""
    drop_pieces(session, import_id)
    drop_rows(session, import_id)


def forget_old(session: Scoped, *, at: dt.datetime) -> int:
    """Forget the content of imports that nobody touched for 30 days; how many. They cannot be undone after that."""
    old = session.scalars(
        select(Import).where(Import.updated_at < at - KEPT_FOR, Import.pieces >= 0).order_by(Import.id).limit(20)
    ).all()
    for row in old:
        key, row.pieces = row.id, -1
        if row.state in OPEN:
            row.state = State.DISCARDED.value
        session.commit()
        drop_content(session, key)
    return len(old)
