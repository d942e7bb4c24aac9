"""The stored file becomes rows, in pieces: first a look at its head, then all of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from sqlalchemy import func, insert, select

from dray.billing.imports import NotReadable
from dray.billing.names import folded
from dray.imports import cells, columns, texts
from dray.imports.models import Import, ImportHeading, ImportRow
from dray.imports.states import Kind, State
from dray.imports.storing import chunks
from dray_tenants.scope import Scoped

PIECE: Final = 250
SAMPLED: Final = 200
MOST_ROWS: Final = 2_000_000


def look(session: Scoped, row: Import) -> None:
    """Find out what the file is, and match its columns; leaves it `matching` where somebody has to say something,
    otherwise `reading`. Raises NotReadable."""
    row.encoding = texts.encoding_of(lambda: chunks(session, row.id))
    if row.form == "json":
        row.state = State.READING.value
        return
    with texts.open_text(chunks(session, row.id), row.encoding) as text:
        row.delimiter, before = texts.delimiter_of(text)
    head = list(islice(_csv_rows(session, row, before), 1 + SAMPLED))
    if not head or not any(cell.strip() for cell in head[0][1]):
        raise NotReadable("The file is empty. Its first row holds the names of the columns.")
    row.read_to, headings = head[0]
    row.headings = [cells.plain(heading)[:200].replace("\0", "") for heading in headings]
    kind, said = Kind(row.kind), said_before(session, Kind(row.kind))
    row.columns = columns.matched(kind, row.headings, said)
    asked = columns.unclear(row.headings, row.columns, said) or columns.missing(kind, row.columns)
    row.dates = _order(row, [each for _, each in head[1:]])
    ordered = row.dates is None and _dates_of(row, [each for _, each in head[1:]])
    row.state = (State.MATCHING if asked or ordered else State.READING).value


def said_before(session: Scoped, kind: Kind) -> dict[str, str | None]:
    """Heading → field, as people of this tenant said it."""
    rows = session.execute(
        select(ImportHeading.heading_key, ImportHeading.field).where(ImportHeading.kind == kind.value)
    )
    return {**columns.LEFT_OUT, **dict(rows.all())}


def line_of_headings(session: Scoped, row: Import) -> int:
    """The line on which the headings end."""
    with texts.open_text(chunks(session, row.id), row.encoding or "utf-8") as text:
        _, before = texts.delimiter_of(text)
    return next(_csv_rows(session, row, before))[0]


def sample(session: Scoped, row: Import, many: int) -> list[list[str]]:
    """The first rows below the headings, for the page that asks what the columns are."""
    if row.form == "json" or row.encoding is None:
        return []
    try:
        return [each for _, each in islice(_csv_rows(session, row, line_of_headings(session, row)), many)]
    except NotReadable:
        return []


def read_on(session: Scoped, row: Import, found: Iterator[tuple[int, str, str | None]]) -> int:
    """Stage the next piece of what `open_rows` gives; how many rows. In the caller's transaction."""
    some = list(islice(found, PIECE))
    if row.rows + len(some) > MOST_ROWS:
        raise NotReadable(f"The file has more than {MOST_ROWS:,} rows. Cut it into several files.")
    firsts = _first_of(session, row.id, {key for _, _, key in some if key})
    staged = []
    for place, content, key in some:
        entry = firsts.setdefault(key, place) if key else place
        row.entries += entry == place
        staged.append({"import_id": row.id, "place": place, "entry": entry, "entry_key": key, "content": content})
    if staged:
        session.execute(insert(ImportRow), staged)
        row.rows += len(staged)
        row.read_to = some[-1][0]
    return len(staged)


def open_rows(session: Scoped, row: Import) -> Iterator[tuple[int, str, str | None]]:
    """(place, content, key of the entry it belongs to) of every row that is not staged yet. Raises NotReadable."""
    if row.form == "json":
        yield from _json_rows(session, row)
        return
    fields = row.columns or []
    at = fields.index("number") if row.kind == Kind.INVOICES and "number" in fields else None
    for place, row_cells in _csv_rows(session, row, row.read_to):
        if not any(cell.strip() for cell in row_cells):
            continue
        key = None
        if at is not None and at < len(row_cells):
            # Half characters and NUL are in no text that a database keeps; the row is named as bad when it is judged.
            key = folded(cells.plain(row_cells[at])).replace("\0", "\ufffd")[:300] or None
        yield place, json.dumps(row_cells), key


def _json_rows(session: Scoped, row: Import) -> Iterator[tuple[int, str, None]]:
    done = row.read_to
    text = texts.open_text(chunks(session, row.id), row.encoding or "utf-8")
    for number, content in texts.entries(text, row.kind):
        if number > done:
            yield number, content, None


def _csv_rows(session: Scoped, row: Import, after: int) -> Iterator[tuple[int, list[str]]]:
    text = texts.open_text(chunks(session, row.id), row.encoding or "utf-8")
    return texts.rows(text, row.delimiter or ",", after=after)


def _first_of(session: Scoped, import_id: int, keys: set[str]) -> dict[str | None, int]:
    if not keys:
        return {}
    rows = session.execute(
        select(ImportRow.entry_key, func.min(ImportRow.entry))
        .where(ImportRow.import_id == import_id, ImportRow.entry_key.in_(sorted(keys)))
        .group_by(ImportRow.entry_key)
    )
    return dict(rows.all())


def _dates_of(row: Import, sampled: list[list[str]]) -> list[str]:
    """The dates in the sample of which day and month could be mistaken for each other."""
    places = [at for at, field in enumerate(row.columns or []) if field in columns.DAYS]
    found = (cells.plain(each[at]) for each in sampled for at in places if at < len(each))
    return [text for text in found if cells.needs_order(text)]


def _order(row: Import, sampled: list[list[str]]) -> str | None:
    """Which comes first, where the dates themselves show it: no month is the thirteenth."""
    texts_found = _dates_of(row, sampled)
    possible = [order for order in ("mdy", "dmy") if all(cells.day(text, order) is not None for text in texts_found)]
    return possible[0] if texts_found and len(possible) == 1 else None


def choose(
    session: Scoped, row: Import, fields: list[str | None], *, dates: str | None, mark: str, at: dt.datetime
) -> None:
    """What the columns are, as a person says; remembered for the next file, and the file is read. Raises NotReadable
    where a field is missing or filled twice."""
    kind, headings = Kind(row.kind), row.headings or []
    filled = [field for field in fields if field]
    doubled = next((field for field in filled if filled.count(field) > 1), None)
    if doubled:
        raise NotReadable(f"Two columns are “{columns.label(doubled)}”. Choose one of them.")
    if lacking := columns.missing(kind, fields):
        raise NotReadable(f"Say which column is “{columns.label(lacking[0])}”. Nothing can be imported without it.")
    known = said_before(session, kind)
    for heading, field in zip(headings, fields, strict=True):
        key = columns.heading_key(heading)
        if not key or (key in known and known[key] == field):
            continue
        remembered = session.scalar(
            select(ImportHeading).where(ImportHeading.kind == kind.value, ImportHeading.heading_key == key)
        )
        if remembered is None:
            session.add(ImportHeading(kind=kind.value, heading_key=key, field=field))
            session.flush()
        else:
            remembered.field = field
    row.columns, row.dates, row.decimal_mark = fields, dates, mark
    row.state, row.updated_at = State.READING.value, at
