"""What the pages of imports show: where an import stands, its columns, its bad rows. Reads only."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dray.imports import columns, reading
from dray.imports.models import Import, ImportRow
from dray.imports.states import OPEN, WORKING, Kind, Outcome, State
from dray.spreadsheets import harmless
from dray.web.words import Look
from dray_tenants.scope import Scoped

BAD_SHOWN: Final = 50
_PIECE: Final = 500

KINDS: Final[Mapping[Kind, tuple[str, str, str]]] = {
    Kind.INVOICES: ("Invoices", "invoice", "One row for each line; rows with the same number are one invoice."),
    Kind.CUSTOMERS: (
        "Customers",
        "customer",
        "One row for each, known by its id in billing or else its name.",
    ),
    Kind.ITEMS: ("Products and services", "item", "One row for each, known by its name."),
    Kind.RATES: (
        "Rate card",
        "price",
        "One row for each price; without a customer it is everybody's.",
    ),
}
"""Kind → what pages call it, one of them, and what such a file looks like."""

LOOKS: Final[Mapping[State, Look]] = {
    State.UPLOADING: Look("s-warn", "clock", "Not complete"),
    State.LOOKING: Look("s-move", "refresh", "Reading"),
    State.MATCHING: Look("s-warn", "alert", "Columns to match"),
    State.READING: Look("s-move", "refresh", "Reading"),
    State.JUDGING: Look("s-move", "refresh", "Checking"),
    State.READY: Look("s-warn", "alert", "Ready to import"),
    State.KEEPING: Look("s-move", "refresh", "Importing"),
    State.DONE: Look("s-ok", "check", "Imported"),
    State.UNDOING: Look("s-move", "undo", "Taking back"),
    State.UNDONE: Look("s-idle", "undo", "Taken back"),
    State.REFUSED: Look("s-bad", "stop", "Not readable"),
    State.DISCARDED: Look("s-idle", "minus", "Discarded"),
}


@dataclass(frozen=True, slots=True)
class BadShown:
    """One complaint about a row."""

    place: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ColumnShown:
    """One column of the file: its heading, some of its cells, the field that it fills."""

    place: int
    heading: str
    samples: Sequence[str]
    field: str | None
    known: bool


@dataclass(frozen=True, slots=True)
class ImportPage:
    """One import as its page shows it. `done` of `whole` is the progress; `whole` 0 where nobody knows it yet."""

    row: Import
    state: State
    kind: Kind
    look: Look
    one: str
    done: int
    whole: int
    bad: Sequence[BadShown]
    columns: Sequence[ColumnShown]

    @property
    def good(self) -> int:
        """How many entries would be imported."""
        return self.row.new + self.row.changed

    @property
    def works(self) -> bool:
        """Whether Dray is at it."""
        return self.state in WORKING

    @property
    def can_be_discarded(self) -> bool:
        """Whether nothing was kept yet."""
        return self.state in OPEN

    @property
    def can_be_undone(self) -> bool:
        """Whether there are drafts that can be taken back."""
        return self.state is State.DONE and self.kind is Kind.INVOICES and self.row.kept > 0 and self.row.pieces >= 0

    @property
    def asks(self) -> bool:
        """Whether the columns are to be matched."""
        return self.state is State.MATCHING


def page(session: Scoped, row: Import) -> ImportPage:
    """The import's page."""
    state, kind = State(row.state), Kind(row.kind)
    done, whole = _progress(row, state)
    return ImportPage(
        row=row,
        state=state,
        kind=kind,
        look=LOOKS[state],
        one=KINDS[kind][1],
        done=done,
        whole=whole,
        bad=_bad(session, row) if row.bad else (),
        columns=_columns(session, row, kind) if state in {State.MATCHING, State.READY} else (),
    )


def latest(session: Scoped, many: int) -> Sequence[tuple[Import, Look]]:
    """The newest imports, with how each stands."""
    rows = session.scalars(select(Import).order_by(Import.id.desc()).limit(many)).all()
    return [(row, LOOKS[State(row.state)]) for row in rows]


def rest(session: Scoped, row: Import) -> Iterator[str]:
    """The rows that cannot be imported, as CSV with the reasons in a last column: corrected, it can be imported."""
    yield "\ufeff"
    if row.form == "json":
        yield _written(["Entry", "Content", "Reason (not imported)"])
    else:
        yield _written([*(row.headings or []), "Reason (not imported)"])
    place = -1
    bad = select(ImportRow.place).where(ImportRow.import_id == row.id, ImportRow.outcome == Outcome.BAD.value)
    while True:
        found = session.execute(
            select(ImportRow.place, ImportRow.content, ImportRow.complaints)
            .where(ImportRow.import_id == row.id, ImportRow.place > place, ImportRow.entry.in_(bad.scalar_subquery()))
            .order_by(ImportRow.place)
            .limit(_PIECE)
        ).all()
        for place, content, complaints in found:
            reason = " ".join(f"{column}: {why}" if column else why for column, why in complaints or ())
            yield _written(_cells(row, place, content, reason))
        if len(found) < _PIECE:
            return


def _cells(row: Import, place: int, content: str, reason: str) -> list[str]:
    if row.form == "json":
        return [str(place), content, reason]
    cells = [str(cell).replace("\0", "") for cell in json.loads(content)]
    width = len(row.headings or [])
    return [*cells[:width], *[""] * (width - len(cells)), reason, *cells[width:]]


def _written(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace").decode()


def _progress(row: Import, state: State) -> tuple[int, int]:
    match state:
        case State.JUDGING:
            return row.new + row.same + row.changed + row.bad, row.entries
        case State.KEEPING:
            return row.kept, row.new + row.changed
        case State.UNDOING:
            return row.undone, row.kept
        case _:
            return 0, 0


def _bad(session: Scoped, row: Import) -> Sequence[BadShown]:
    rows = session.execute(
        select(ImportRow.place, ImportRow.complaints)
        .where(ImportRow.import_id == row.id, ImportRow.complaints.is_not(None))
        .order_by(ImportRow.place)
        .limit(BAD_SHOWN)
    )
    return [BadShown(place, column, reason) for place, said in rows for column, reason in said][:BAD_SHOWN]


def _columns(session: Scoped, row: Import, kind: Kind) -> Sequence[ColumnShown]:
    if row.form == "json":
        return ()
    sampled = reading.sample(session, row, 3)
    said = reading.said_before(session, kind)
    fields: Sequence[Any] = row.columns or []
    return [
        ColumnShown(
            place=at,
            heading=heading or f"(column {at + 1})",
            samples=[cells[at][:60] for cells in sampled if at < len(cells) and cells[at].strip()],
            field=fields[at],
            known=fields[at] is not None or columns.heading_key(heading) in said or not heading.strip(),
        )
        for at, heading in enumerate(row.headings or [])
    ]
