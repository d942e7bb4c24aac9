"""Files that are imported: read from the disk, and their entries read as the API reads what it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from dray.api.v1.strict_json import NotJson, read
from dray.billing.imports import BadRow, Entry, NotReadable, Refused, read_customers, read_invoices
from dray.cli.output import refuse

__all__ = ["customer_entries", "invoice_entries", "name_bad_rows"]


def invoice_entries(path: Path) -> tuple[list[Entry], list[BadRow]]:
    """The invoices of a CSV or JSON file, and the rows that no invoice can be made of."""
    try:
        return (_json_entries(path), []) if path.suffix.lower() == ".json" else read_invoices(_text(path))
    except (NotReadable, NotJson) as wrong:
        refuse(f"{path}: {wrong}")


def customer_entries(path: Path) -> list[Entry]:
    """The customers of a CSV file."""
    try:
        return read_customers(_text(path))
    except NotReadable as wrong:
        refuse(f"{path}: {wrong}")


def name_bad_rows(path: Path, refused: Refused) -> NoReturn:
    """Tell of every bad row on stderr, and end with status 1."""
    for bad in refused.rows:
        click.echo(f"{path}:{bad.row}: {bad.field + ': ' if bad.field else ''}{bad.detail}", err=True)
    count = len(refused.rows)
    refuse(f"nothing was imported: {count} {'fault' if count == 1 else 'faults'} in {path}")


def _json_entries(path: Path) -> list[Entry]:
    """A list of invoices, or an object with the list under `invoices`, as the API takes them."""
    value = read(_bytes(path))
    listed = value.get("invoices") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise NotReadable("The file holds no list of invoices.")
    return [Entry(each, place) for place, each in enumerate(listed, start=1)]


def _text(path: Path) -> str:
    content = _bytes(path)
    try:
        # -sig: Excel puts a byte order mark in front
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        row = content.count(b"\n", 0, wrong.start) + 1
        raise NotReadable(f"Row {row} is not UTF-8 text. Save the file as “CSV UTF-8” and import it again.") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise NotReadable(f"The file cannot be read: {wrong.strerror}.") from None
