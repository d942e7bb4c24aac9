"""Texts put where a limit's path points."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from dray_sdk.records import Address, Invoice

_TEXTS = frozenset({"number", "po_number", "memo", "message", "email", "service_location"})
_ADDRESSES = frozenset({"bill_to", "ship_to"})
_ADDRESS_PARTS = frozenset(part.name for part in fields(Address))


def repeated(length: int) -> str:
    """A text of that many plain characters, without a blank at either end."""
    return ("abcdefghij" * (length // 10 + 1))[:length]


def with_text(invoice: Invoice, path: str, text: str) -> Invoice | None:
    """The invoice with the text at the path; None where a text of any letters does not belong there."""
    if path == "email":
        text = f"{text[: -len('@a.example')]}@a.example" if len(text) > 12 else text
    match path.split("/"):
        case [field] if field in _TEXTS:
            return _replaced(invoice, field, text)
        case [field, part] if field in _ADDRESSES and part in _ADDRESS_PARTS:
            return _replaced(invoice, field, Address(**{part: text}))
        case ["lines", "*", "description"]:
            return replace(invoice, lines=(replace(invoice.lines[0], description=text), *invoice.lines[1:]))
        case _:
            return None


def _replaced(invoice: Invoice, field: str, value: str | Address) -> Invoice:
    changes: Any = {field: value}
    return replace(invoice, **changes)
