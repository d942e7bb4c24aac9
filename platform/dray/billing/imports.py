"""Rows of files as the API's own fields, and what is said of those that cannot be kept.

A CSV file has one row for each line of an invoice; rows with the same number are one invoice. Its columns are the API's
fields, flattened. This module makes of a file what a caller of the API would have sent; the caller's schema then reads
both alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dray.billing.given import Complaint

__all__ = [
    "CUSTOMER_COLUMNS",
    "INVOICE_COLUMNS",
    "LINE_COLUMNS",
    "BadRow",
    "Entry",
    "NotReadable",
    "Refused",
    "invoice_entry",
    "nested",
]

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


def invoice_entry(rows: Sequence[tuple[int, Mapping[str, str]]], bad: list[BadRow]) -> Entry:
    """The invoice of its rows (place, column → text); `bad` grows with rows that contradict the first."""
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
