"""Shorter spellings that people know, so that a text may fit without losing a word. Pure.

They are only ever offered: whoever sends the invoice sees what would stand there, and approves it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        # of companies
        "incorporated": "Inc", "corporation": "Corp", "company": "Co", "limited": "Ltd", "brothers": "Bros",
        "association": "Assn", "associates": "Assoc", "department": "Dept", "international": "Intl",
        "national": "Natl", "management": "Mgmt", "services": "Svcs", "service": "Svc", "systems": "Sys",
        "technologies": "Tech", "technology": "Tech", "properties": "Props", "university": "Univ",
        "manufacturing": "Mfg", "construction": "Constr", "maintenance": "Maint", "community": "Cmty",
        "and": "&",
        # of places (United States Postal Service, Publication 28, appendix C)
        "street": "St", "avenue": "Ave", "boulevard": "Blvd", "road": "Rd", "drive": "Dr", "lane": "Ln",
        "court": "Ct", "place": "Pl", "square": "Sq", "terrace": "Ter", "highway": "Hwy", "parkway": "Pkwy",
        "expressway": "Expy", "center": "Ctr", "centre": "Ctr", "heights": "Hts", "junction": "Jct",
        "mountain": "Mtn", "station": "Sta", "suite": "Ste", "apartment": "Apt", "building": "Bldg",
        "floor": "Fl", "room": "Rm", "north": "N", "south": "S", "east": "E", "west": "W", "northeast": "NE",
        "northwest": "NW", "southeast": "SE", "southwest": "SW",
        # of what is written about work
        "number": "No", "quantity": "Qty", "attention": "Attn", "reference": "Ref", "extension": "Ext",
        "purchase order": "PO", "account": "Acct", "approximately": "approx", "including": "incl",
        "monday": "Mon", "tuesday": "Tue", "wednesday": "Wed", "thursday": "Thu", "friday": "Fri",
        "saturday": "Sat", "sunday": "Sun", "january": "Jan", "february": "Feb", "september": "Sep",
        "october": "Oct", "november": "Nov", "december": "Dec",
    }
)  # fmt: skip
"""Word → its short form."""

_WORDS = re.compile(r"\b(" + "|".join(sorted(ABBREVIATIONS, key=len, reverse=True)) + r")\b\.?", re.IGNORECASE)


def abbreviated(text: str, fits: Callable[[str], bool]) -> str:
    """`text` with as few of its words abbreviated, from the end on, as make it fit; with all of them where none do.

    Words keep their order, and every other character stays. `fits` says whether a text is short enough.
    """
    for found in reversed(list(_WORDS.finditer(text))):
        if fits(text):
            break
        short = ABBREVIATIONS[found[1].casefold()]
        text = text[: found.start()] + short + text[found.end() :]
    return text
