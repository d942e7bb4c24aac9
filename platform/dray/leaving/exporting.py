"""Everything of a company as one archive: written by the background in pieces, kept for a week, given out as a stream.

A worker that dies leaves an export that the next one goes on with; the UPDATE of its turn decides who writes a piece.
No more than a few thousand rows are in memory at a time, while it is written and while it is given out.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final, cast

from sqlalchemy import delete, select, update

from dray.billing.bulk import NO_SYNC
from dray.billing.given import Missing
from dray.installation import Dray
from dray.leaving import lists
from dray.leaving.models import Export, ExportPart
from dray_tenants import audit
from dray_tenants.database import Engines, new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped, ScopedSession

KEPT: Final = dt.timedelta(days=7)
A_TURN: Final = 40
"""How many pieces a worker writes of one export before it looks at the others."""
OVER: Final = ""
"""The place where every list is written."""
_AT_ONCE: Final = 200

_README: Final = """\
Everything that is kept for {company}, written between {begun} and {ended} UTC.

invoices-*.csv            every invoice, one row for each line, with its id and number in the books
customers-*.csv           every customer
names-in-the-books-*.csv  what the books call each of them, with their ids there
people-*.csv              who may sign in to this company
data/*.jsonl              every table as it is stored, one JSON object in each line

A text that begins like a formula has an apostrophe before it in the CSV files, and none in data/.
Not in here:
{left_out}
"""


def begin(session: Scoped, *, at: dt.datetime, actor: str) -> Export:
    """Ask for an export, in the caller's transaction. The one that is being written is given again."""
    row = session.scalar(select(Export).where(Export.ready_at.is_(None)))
    if row is not None:
        return row
    row = Export(
        public_id=new_public_id("exp"), asked_by=actor, asked_at=at, place=[lists.FIRST, 0, 1], ends_at=at + KEPT
    )
    session.add(row)
    session.flush()
    audit.record(session, actor=actor, action="export.asked", subject=row.public_id, now=at)
    return row


def go_on_everywhere(parts: Dray) -> int:
    """Write on at every export that is not ready; how many pieces were written."""
    with ScopedSession(parts.engines, read_only=True) as session, session.every_tenant("find exports to write"):
        waiting = session.execute(select(Export.tenant_id, Export.id).where(Export.ready_at.is_(None))).all()
    written = 0
    for tenant_id, export_id in waiting:
        for _ in range(A_TURN):
            if not go_on(parts, tenant_id, export_id):
                break
            written += 1
    return written


def go_on(parts: Dray, tenant_id: int, export_id: int) -> bool:
    """Write one piece; False when there is none left, or somebody else wrote it."""
    every = lists.lists()
    with ScopedSession(parts.engines, read_only=True) as session, session.tenant(tenant_id):
        row = session.scalar(select(Export).where(Export.id == export_id))
        if row is None or row.ready_at is not None:
            return False
        place, position, turn = list(row.place), row.parts, row.turn
        total = sum(each.count(session) for each in every) if turn == 0 else row.total
        begun = row.asked_at
        name, after, part = place
        # By name: a release that comes in between may know more lists, in another order.
        number = next((at for at, each in enumerate(every) if each.name == name), len(every))
        page = every[number].read(session, after) if number < len(every) else None
    at = parts.clock()
    if page is None:
        name, text = "README.txt", _readme(parts, tenant_id, begun, at)
        values: dict[str, Any] = {"ready_at": at, "ends_at": at + KEPT}
    else:
        name, text = every[number].file(part), page.text
        over = page.rows < lists.PIECE
        following = every[number + 1].name if number + 1 < len(every) else OVER
        values = {"place": [following, 0, 1] if over else [every[number].name, page.last, part + 1]}
    with ScopedSession(parts.engines) as session, session.tenant(tenant_id):
        rows = page.rows if page is not None else 0
        # A list without rows makes no file; its place is taken all the same.
        keep = bool(rows) or page is None
        moved = session.execute(
            update(Export)
            .where(Export.id == export_id, Export.turn == turn, Export.ready_at.is_(None))
            .values(
                turn=turn + 1,
                parts=position + keep,
                done=Export.done + rows,
                total=total,
                bytes=Export.bytes + len(text.encode()),
                **values,
            ),
            execution_options=NO_SYNC,
        )
        if not cast(Any, moved).rowcount:
            return False
        if keep:
            content = zlib.compress(text.encode(), 6)
            session.add(ExportPart(export_id=export_id, position=position, name=name, content=content))
        session.commit()
    return page is not None


def find(session: Scoped, public_id: str) -> Export:
    """An export of the company that is ready and was not dropped. Raises Missing."""
    row = session.scalar(select(Export).where(Export.public_id == public_id, Export.ready_at.is_not(None)))
    if row is None:
        raise Missing(public_id)
    return row


def stream(engines: Engines, tenant_id: int, export_id: int) -> Iterator[bytes]:
    """The archive, as it comes. One file of it is in memory at a time; no transaction stays open in between."""
    sink = _Sink()
    with zipfile.ZipFile(cast(Any, sink), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        position = 0
        while True:
            with ScopedSession(engines, read_only=True) as session, session.tenant(tenant_id):
                part = session.execute(
                    select(ExportPart.name, ExportPart.content).where(
                        ExportPart.export_id == export_id, ExportPart.position == position
                    )
                ).one_or_none()
            if part is None:
                break
            archive.writestr(part.name, zlib.decompress(part.content))
            position += 1
            yield sink.taken()
    yield sink.taken()


def forget_old(session: Scoped, *, at: dt.datetime) -> int:
    """Drop the exports whose time is over, some files at a time; how many files. Commits."""
    gone = 0
    for export_id in session.scalars(select(Export.id).where(Export.ends_at <= at)).all():
        some = select(ExportPart.id).where(ExportPart.export_id == export_id).limit(_AT_ONCE)
        while ids := session.scalars(some).all():
            session.execute(delete(ExportPart).where(ExportPart.id.in_(ids)), execution_options=NO_SYNC)
            session.commit()
            gone += len(ids)
        session.execute(delete(Export).where(Export.id == export_id), execution_options=NO_SYNC)
        session.commit()
    return gone


def _readme(parts: Dray, tenant_id: int, begun: dt.datetime, ended: dt.datetime) -> str:
    with ScopedSession(parts.engines, read_only=True) as session:
        company = session.scalars(select(Tenant.name).where(Tenant.id == tenant_id)).one()
    left_out = "\n".join(f"  {name}: {why}" for name, why in lists.LEFT_OUT.items())
    return _README.format(
        company=company, begun=f"{begun:%Y-%m-%d %H:%M}", ended=f"{ended:%Y-%m-%d %H:%M}", left_out=left_out
    )


class _Sink(io.RawIOBase):
    """What an archive is written to that is given away as it comes: it can be written to, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._kept += content
        return len(content)

    def taken(self) -> bytes:
        """What was written since the last time."""
        kept, self._kept = bytes(self._kept), bytearray()
        return kept
