"""Staged rows as entries: what a caller of the API would have sent, or why that cannot be known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dray.billing.checking import MOST_LINES
from dray.billing.given import Complaint
from dray.billing.imports import CUSTOMER_COLUMNS, INVOICE_COLUMNS, BadRow, Entry, invoice_entry, nested
from dray.imports import cells, columns
from dray.imports.models import Import
from dray.imports.states import Kind

DoReading = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Readers:
    """How the fields of an entry are read: by the API's own schemas, which raise Unacceptable; and its JSON, strictly,
    which raises ValueError."""

    fields: Mapping[Kind, DoReading]
    json: Callable[[str], Any]


@dataclass(slots=True)
class Staged:
    """One entry of a file, from its rows (place, content); `bad` grows with what is found wrong."""

    place: int
    rows: Sequence[tuple[int, str]]
    entry: Entry | None = None
    bad: list[BadRow] = field(default_factory=list)

    def refuse(self, complaints: Iterable[Complaint]) -> None:
        """Name what is wrong at the rows that it is about."""
        entry = self.entry or Entry({}, self.place)
        self.bad += [entry.bad(complaint) for complaint in complaints]


TOO_MANY: Final = f"More than {MOST_LINES:,} rows have this number; an invoice has at most {MOST_LINES:,} lines."


def make_entry(row: Import, staged: Staged, readers: Readers) -> None:
    """Give the staged entry its `entry`, or say in `bad` why it has none."""
    if len(staged.rows) > MOST_LINES:
        staged.bad.append(BadRow(staged.place, "number", TOO_MANY))
        return
    if row.form == "json":
        _from_json(staged, readers)
        return
    found = []
    for place, content in staged.rows:
        found.append((place, _named(row, place, json.loads(content), staged.bad)))
    kind = Kind(row.kind)
    if kind is Kind.INVOICES:
        # Rows that contradict each other are named together with what is wrong in a cell.
        if not staged.bad or all("number" in values for _, values in found):
            _invoice(staged, found)
    elif not staged.bad:
        place, values = found[0]
        fields: dict[str, Any] = nested(values, CUSTOMER_COLUMNS) if kind is Kind.CUSTOMERS else dict(values)
        if kind is Kind.ITEMS and "taxable" in fields:
            fields["taxable"] = fields["taxable"] == "true"
        staged.entry = Entry(fields, place)


def column_of(row: Import, path: str) -> str:
    """The heading of the column that a complaint is about, as it stands in the file; for JSON the field itself."""
    if row.form == "json":
        return path
    by_path = {"/".join(parts): name for name, parts in {**INVOICE_COLUMNS, **CUSTOMER_COLUMNS}.items()}
    if row.kind == Kind.INVOICES:
        by_path = {"/".join(parts): name for name, parts in INVOICE_COLUMNS.items()}
    wanted = by_path.get(path, path)
    for heading, name in zip(row.headings or [], row.columns or [], strict=False):
        if name == wanted:
            return heading
    return columns.label(wanted)


def _from_json(staged: Staged, readers: Readers) -> None:
    try:
        value = readers.json(staged.rows[0][1])
    except ValueError as wrong:
        staged.bad.append(BadRow(staged.place, "", str(wrong)))
        return
    if not isinstance(value, Mapping):
        staged.bad.append(BadRow(staged.place, "", "This is no object with fields."))
        return
    staged.entry = Entry(value, staged.place)


def _invoice(staged: Staged, found: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    place, values = found[0]
    if "number" not in values:
        said = "Give the number in every row; it says which rows are one invoice."
        staged.bad.append(BadRow(place, "number", said))
        return
    staged.entry = invoice_entry(found, staged.bad)


def _named(row: Import, place: int, row_cells: Sequence[str], bad: list[BadRow]) -> dict[str, str]:
    """Field → text of one row, without those that are empty."""
    fields = row.columns or []
    values: dict[str, str] = {}
    if any(cell.strip() for cell in row_cells[len(fields) :]):
        bad.append(BadRow(place, "", "This row has more cells than there are headings. A text may lack its quotes."))
        return values
    for name, cell in zip(fields, row_cells, strict=False):
        text = cells.plain(cell)
        if name is None or not text:
            continue
        read = _value(row, name, text)
        if read is None:
            bad.append(BadRow(place, name, _why_not(row, name, text)))
        else:
            values[name] = read
    return values


def _value(row: Import, name: str, text: str) -> str | None:
    if name in columns.NUMBERS:
        return cells.number(text, row.decimal_mark)
    if name in columns.DAYS:
        return cells.day(text, row.dates)
    if name in columns.FLAGS:
        said = cells.flag(text)
        return None if said is None else str(said).lower()
    return text


def _why_not(row: Import, name: str, text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    if name in columns.NUMBERS:
        return f"“{shown}” is not a number."
    if name in columns.FLAGS:
        return f"“{shown}” is neither yes nor no."
    if row.dates is None and cells.needs_order(text):
        return f"“{shown}” can be read in two ways. Say under “Columns” whether the month or the day comes first."
    return f"“{shown}” is not a date. Write it as 2026-11-24."
