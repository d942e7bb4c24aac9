"""Which characters QuickBooks Online holds, and how it counts them. Pure.

It holds everything that XML 1.0 does, emoji too since minor version 65; control characters are in none of its fields
(fault 2040).
"""

from __future__ import annotations

import re

_OTHERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def strangers(text: str) -> tuple[str, ...]:
    """The characters of `text` that QuickBooks Online does not hold, each once, in order."""
    if text.isprintable() and text.isascii():
        return ()
    return tuple(dict.fromkeys(_OTHERS.findall(text)))


def without_strangers(text: str) -> str:
    """`text` without them."""
    return _OTHERS.sub("", text)


def length(text: str) -> int:
    """How long QuickBooks Online finds a text: in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(1 for char in text if char > "\uffff")
