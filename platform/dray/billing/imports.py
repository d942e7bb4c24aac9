"""Files of invoices and customers: read as the API's own fields, kept whole or not at all, every bad row named.

A CSV file has one row for each line of an invoice; rows with the same number are one invoice. Its columns are the API's
fields, flattened. This module makes of a file what a caller of the API would have sent; the caller's schema then reads
both alike.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from dray.billing import customers, invoices
from dray.billing.given import Complaint, GivenInvoice, Unacceptable
from dray.billing.names import folded
from dray_tenants.scope import Scoped

__all__ = [
    "BadRow",
    "Entry",
    "NotReadable",
    "Refused",
    "keep_customers",
    "keep_invoices",
    "read_customers",
    "read_invoices",
]

Given = TypeVar("Given")

_ADDRESS: Final = ("line1", "line2", "line3", "line4", "line5", "city", "region", "postal_code", "country")
_CUSTOMER: Final = ("id", "external_id", "name", "parent", "company_name", "email", "phone")
_TRUE: Final = frozenset({"true", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "0"})

INVOICE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    **{
        name: (name,)
        for name in (
            "external_id", "number", "date", "due_date", "ship_date", "currency", "po_number", "terms", "rep",
            "department", "message", "memo", "tax_code", "service_location", "subtotal", "tax", "total",
        )
    },
    **{f"customer_{name}": ("customer", name) for name in _CUSTOMER},
    **{f"bill_{name}": ("customer", "billing_address", name) for name in _ADDRESS},
    **{f"ship_{name}": ("shipping_address", name) for name in _ADDRESS},
}  # fmt: skip
"""Column → the field of the invoice that it fills."""

LINE_COLUMNS: Final = (
    "kind", "item", "description", "quantity", "unit_price", "amount", "percent", "taxable", "class", "service_date",
)  # fmt: skip
"""Columns that fill the line of their row."""

CUSTOMER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: (name,) for name in _CUSTOMER if name != "id"},
    **{f"bill_{name}": ("billing_address", name) for name in _ADDRESS},
    **{f"ship_{name}": ("shipping_address", name) for name in _ADDRESS},
}
"""Column → the field of the customer that it fills."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why one row cannot be imported. `row` is its place in the file: a line of CSV, an entry of JSON, from 1."""

    row: int
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One invoice or customer of a file: its fields as the API takes them, and the rows that they came from, first the
    row of the whole, then one for each line."""

    fields: Mapping[str, Any]
    row: int
    line_rows: tuple[int, ...] = ()

    def bad(self, complaint: Complaint) -> BadRow:
        """The complaint, at the row that it is about."""
        path = complaint.path
        if len(path) > 1 and path[0] == "lines" and isinstance(path[1], int) and path[1] < len(self.line_rows):
            return BadRow(self.line_rows[path[1]], "/".join(map(str, path[2:])), complaint.detail)
        return BadRow(self.row, "/".join(map(str, path)), complaint.detail)


class NotReadable(Exception):
    """The file as a whole cannot be read; the message is a sentence for people."""


class Refused(Exception):
    """Nothing was imported, because of these rows."""

    def __init__(self, rows: Sequence[BadRow]) -> None:
        self.rows = tuple(sorted(rows, key=lambda bad: bad.row))
        super().__init__(f"{len(self.rows)} rows cannot be imported; nothing was")


def read_invoices(text: str) -> tuple[list[Entry], list[BadRow]]:
    """The invoices of a CSV file, and the rows that no invoice can be made of. Raises NotReadable."""
    groups: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    bad: list[BadRow] = []
    for place, row in _rows(text, (*INVOICE_COLUMNS, *LINE_COLUMNS), needed=("number",)):
        if "number" in row:
            groups.setdefault(folded(row["number"]), []).append((place, row))
        else:
            bad.append(BadRow(place, "number", "Give the number in every row; it says which rows are one invoice."))
    return [invoice_entry(rows, bad) for rows in groups.values()], bad


def read_customers(text: str) -> list[Entry]:
    """The customers of a CSV file, one in each row. Raises NotReadable."""
    return [
        Entry(nested(row, CUSTOMER_COLUMNS), place)
        for place, row in _rows(text, tuple(CUSTOMER_COLUMNS), needed=("name",))
    ]


def keep_invoices(
    session: Scoped,
    entries: Sequence[Entry],
    read: Callable[[Mapping[str, Any]], GivenInvoice],
    *,
    at: dt.datetime,
    actor: str,
    bad: Sequence[BadRow] = (),
) -> dict[str, int]:
    """Keep them all, in the caller's transaction, or raise Refused; how many were created, updated, the same.

    `read` makes an invoice of an entry's fields and raises Unacceptable. `bad` are rows that are known to be bad. On
    Refused, which names every bad row and not only the first, the caller rolls back.
    """
    found = list(bad)
    became = dict.fromkeys((invoices.Became.CREATED, invoices.Became.UPDATED, invoices.Became.SAME), 0)
    for entry, given in _readable(entries, read, found):
        answer = invoices.push(session, given, at=at, actor=actor, kind="imported")
        if answer.became in became:
            became[answer.became] += 1
        found += [entry.bad(complaint) for complaint in answer.complaints]
        if answer.sentence:
            found.append(BadRow(entry.row, "number", answer.sentence))
    if found:
        raise Refused(found)
    return {kind.value: count for kind, count in became.items()}


def keep_customers(
    session: Scoped,
    entries: Sequence[Entry],
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    *,
    at: dt.datetime,
) -> dict[str, int]:
    """Keep them all, in the caller's transaction, or raise Refused; how many were created and updated."""
    bad: list[BadRow] = []
    created = 0
    for entry, given in _readable(entries, read, bad):
        try:
            created += customers.put(session, given, at=at)[1]
        except Unacceptable as refused:
            bad += [entry.bad(complaint) for complaint in refused.complaints]
    if bad:
        raise Refused(bad)
    return {"created": created, "updated": len(entries) - created}


def _readable(
    entries: Sequence[Entry], read: Callable[[Mapping[str, Any]], Given], bad: list[BadRow]
) -> Iterator[tuple[Entry, Given]]:
    """The entries that can be read; those that cannot are added to `bad`."""
    for entry in entries:
        try:
            yield entry, read(entry.fields)
        except Unacceptable as refused:
            bad += [entry.bad(complaint) for complaint in refused.complaints]


def _rows(text: str, known: Sequence[str], *, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line of the file, the columns that are filled there), without rows that are empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        headings = [heading.strip().lower() for heading in next(reader, [])]
        _check_headings(headings, known, needed)
        for cells in reader:
            row = {heading: cell.strip() for heading, cell in zip(headings, cells, strict=False) if cell.strip()}
            if any(cell.strip() for cell in cells[len(headings) :]):
                raise NotReadable(
                    f"Row {reader.line_num} has more cells than there are headings. Nothing was imported."
                )
            if row:
                yield reader.line_num, row
    except csv.Error as wrong:
        raise NotReadable(f"Row {reader.line_num} is not CSV ({wrong}). Nothing was imported.") from None


def _check_headings(headings: Sequence[str], known: Sequence[str], needed: Sequence[str]) -> None:
    if not any(headings):
        raise NotReadable("The file is empty. Its first row holds the names of the columns.")
    strange = [heading for heading in headings if heading and heading not in known]
    if strange:
        raise NotReadable(f"There is no column {strange[0]!r}. The columns are: {', '.join(known)}.")
    doubled = next((heading for heading in headings if heading and headings.count(heading) > 1), None)
    if doubled:
        raise NotReadable(f"The column {doubled!r} is there twice.")
    missing = [name for name in needed if name not in headings]
    if missing:
        raise NotReadable(f"The column {missing[0]!r} is missing.")


def invoice_entry(rows: Sequence[tuple[int, Mapping[str, str]]], bad: list[BadRow]) -> Entry:
    first, _ = rows[0]
    whole: dict[str, str] = {}
    lines = []
    for place, row in rows:
        for column in INVOICE_COLUMNS:
            if column in row and whole.setdefault(column, row[column]) != row[column] and column != "number":
                said = f"This says {row[column]!r}, and row {first} of the same invoice says {whole[column]!r}."
                bad.append(BadRow(place, column, said))
        line = {name: row[name] for name in LINE_COLUMNS if name in row}
        if line:
            lines.append((place, _line(line, place, bad)))
    return Entry(
        {**nested(whole, INVOICE_COLUMNS), "lines": [line for _, line in lines]},
        first,
        tuple(place for place, _ in lines),
    )


def _line(row: Mapping[str, str], place: int, bad: list[BadRow]) -> dict[str, Any]:
    line: dict[str, Any] = dict(row)
    if "kind" in line:
        line["kind"] = line["kind"].lower()
    if "taxable" in line:
        word = line["taxable"].lower()
        if word not in _TRUE | _FALSE:
            bad.append(BadRow(place, "taxable", f"{row['taxable']!r} is neither yes nor no."))
        line["taxable"] = word in _TRUE
    return line


def nested(row: Mapping[str, str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """{"customer_name": "A"} → {"customer": {"name": "A"}}."""
    fields: dict[str, Any] = {}
    for column, value in row.items():
        *above, last = columns[column]
        inner = fields
        for name in above:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return fields
