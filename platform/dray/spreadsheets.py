"""Texts in CSV files that people open in a spreadsheet, which would compute what begins like a formula."""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_FIGURE: Final = re.compile(r"[+-]?\d[\d., ]*")


def harmless(text: str) -> str:
    """The cell of a text: with an apostrophe before it where a spreadsheet would take it for a formula. Figures stay
    figures. The list of what begins a formula is OWASP's (“CSV Injection”), with the wide characters that spreadsheets
    read alike."""
    if not text.startswith(_FORMULA) or _FIGURE.fullmatch(text):
        return text
    return f"'{text}"


def as_written(text: str) -> str:
    """The text of a cell, without the apostrophe that `harmless` put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
