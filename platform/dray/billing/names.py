"""Names and numbers as people compare them: without regard to case, and to blanks at the ends."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """The key under which two spellings of one name meet: composed characters, no blanks around, no case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
