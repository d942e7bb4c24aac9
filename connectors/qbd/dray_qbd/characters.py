"""Which characters QuickBooks holds, and what to offer for the others. Pure.

QuickBooks Desktop keeps text in Windows-1252. What it makes of other characters differs between releases, so a text
with one is never sent before a person has seen and approved what stands in its place.
"""

from __future__ import annotations

import re
import unicodedata

# Windows-1252 beyond ASCII: Latin-1 and the 27 characters of its own.
_HELD = "\t\n\r\x20-\x7e\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_OTHERS = re.compile(f"[^{_HELD}]")

# Letters that no decomposition takes apart, and signs that have a plain likeness.
_LIKENESS = {
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ı": "i", "ĸ": "k", "ŋ": "ng", "Ŋ": "NG", "ŧ": "t",
    "Ŧ": "T", "ſ": "s", "ẞ": "SS", "ə": "e", "Ə": "E", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ʼ": "'", "ʻ": "'", "ʹ": "'",
    "ʾ": "'", "ʿ": "'", "′": "'", "″": '"', "‐": "-", "‑": "-", "‒": "-", "―": "-", "−": "-", "⁄": "/", "∕": "/",
    "×": "x", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "←": "<-", "✓": "x", "✔": "x", "₹": "INR ",
    "₽": "RUB ", "₩": "KRW ", "₪": "ILS ", "₫": "VND ", "₴": "UAH ", "₺": "TRY ", "₦": "NGN ", "₱": "PHP ",
    "\u2028": "\n", "\u2029": "\n", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "",
    "\u202a": "", "\u202b": "", "\u202c": "", "\u202d": "", "\u202e": "", "\u2060": "", "\u2066": "", "\u2067": "",
    "\u2068": "", "\u2069": "", "\ufeff": "", "\ufe0f": "", "\ufe0e": "", "\u00ad": "",
}  # fmt: skip
_GREEK_AND_CYRILLIC = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
    "ѕ": "dz", "ў": "u",
}  # fmt: skip
_TABLE = {
    **_LIKENESS,
    **_GREEK_AND_CYRILLIC,
    **{lower.upper(): latin.capitalize() for lower, latin in _GREEK_AND_CYRILLIC.items() if len(lower.upper()) == 1},
}


def strangers(text: str) -> tuple[str, ...]:
    """The characters of `text` that QuickBooks does not hold, each once, in order."""
    if text.isascii() and text.isprintable():
        return ()
    return tuple(dict.fromkeys(_OTHERS.findall(text)))


def transliterated(text: str) -> str:
    """`text` in characters that QuickBooks holds: composed where that suffices, otherwise by likeness or sound, and
    "?" for what has neither. The length may change."""
    composed = unicodedata.normalize("NFC", text)
    if not strangers(composed):
        return composed
    return "".join([_likeness(char) for char in composed])


def _likeness(char: str) -> str:
    if not _OTHERS.match(char):
        return char
    known = _TABLE.get(char)
    if known is not None:
        return known
    parts = unicodedata.normalize("NFKD", char)
    kept = "".join([_part(part) for part in parts if not unicodedata.combining(part)])
    invisible = unicodedata.combining(char) or unicodedata.category(char) in ("Cc", "Cf")
    return kept if kept or invisible else "?"


def _part(char: str) -> str:
    if unicodedata.category(char) == "Cc":
        return "" if _OTHERS.match(char) else char
    return _TABLE.get(char, "?" if _OTHERS.match(char) else char)
