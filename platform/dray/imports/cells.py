"""One cell as spreadsheets write it → the text that the API takes for that field. Pure, and it never guesses.

`None` from `number`, `day` and `flag` means: this cannot be read with certainty.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from dray.spreadsheets import as_written

_FORMULA: Final = re.compile(r'="([^"]*)"')
_BLANKS: Final = " \t\r\n\u00a0\u202f\ufeff"
_CURRENCY: Final = re.compile(
    r"^(-?\(?-?)\s*(?:USD|EUR|GBP|CAD|AUD|US\$|[$€£])\s*|\s*(?:USD|EUR|GBP|CAD|AUD|[$€£%])\s*(?=\)?$)"
)
_POINT: Final = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?")
_COMMA: Final = re.compile(r"-?(?:\d+|\d{1,3}(?:[. '\u2019\u00a0\u202f]\d{3})+)?(?:,\d+)?")
_GROUPS: Final = re.compile("[. '\u2019\u00a0\u202f]")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_THREE: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?: 0?0:00(?::00)?)?")
_NAMED: Final = re.compile(r"(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ -](\d{4}|\d{2})")
_NAMED_FIRST: Final = re.compile(r"([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1", "x", "tax", "taxable", "t"), True),
    **dict.fromkeys(("false", "no", "n", "0", "non", "nontaxable", "non-taxable", "f"), False),
}


def plain(cell: str) -> str:
    """The cell without blanks around it, without Excel's way of keeping zeros in front (="00123"), and without the
    apostrophe by which our own files keep a text from being a formula."""
    text = as_written(cell.strip(_BLANKS))
    formula = _FORMULA.fullmatch(text)
    return formula[1].strip(_BLANKS) if formula else text


def number(text: str, mark: str) -> str | None:
    """`$1,234.50` → `1234.50`, `(25.00)` and `25.00-` → `-25.00`; with the mark `,` also `1.234,50`."""
    bare = _CURRENCY.sub(lambda match: match[1] or "", text).strip(_BLANKS)
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1].strip(_BLANKS)}"
    elif bare.endswith("-"):
        bare = f"-{bare[:-1].strip(_BLANKS)}"
    bare = bare.removeprefix("+")
    if not any(character.isdigit() for character in bare) or (not bare.isascii() and mark == "."):
        return None
    if not (_COMMA if mark == "," else _POINT).fullmatch(bare):
        return None
    bare = _GROUPS.sub("", bare).replace(",", ".") if mark == "," else bare.replace(",", "")
    sign, digits = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
    return f"{sign}{'0' if digits.startswith('.') else ''}{digits}" if digits.isascii() else None


def needs_order(text: str) -> bool:
    """Whether this is a date of which somebody must say if the day or the month comes first."""
    return _THREE.fullmatch(text) is not None


def day(text: str, order: str | None) -> str | None:
    """The date as YYYY-MM-DD. `order` is "mdy" or "dmy", for dates written 11/20/2026."""
    for year, month, of_month in _readings(text.lower(), order):
        try:
            return dt.date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(of_month)).isoformat()
        except ValueError:
            return None
    return None


def flag(text: str) -> bool | None:
    """Yes or no."""
    return _FLAGS.get(text.lower())


def _readings(text: str, order: str | None) -> list[tuple[str, str, str]]:
    if found := _ISO.fullmatch(text.upper()):
        return [(found[1], found[2], found[3])]
    if (found := _THREE.fullmatch(text)) and order:
        first, second, year = found[1], found[3], found[4]
        return [(year, first, second) if order == "mdy" else (year, second, first)]
    if (found := _NAMED.fullmatch(text)) and found[2] in _MONTHS:
        return [(found[3], str(_MONTHS.index(found[2]) + 1), found[1])]
    if (found := _NAMED_FIRST.fullmatch(text)) and found[1] in _MONTHS:
        return [(found[3], str(_MONTHS.index(found[1]) + 1), found[2])]
    return []
