"""The problems of one text: too long, characters that QuickBooks Online does not hold, breaks, colons, addresses that
are none. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dray_qbo.characters import length, strangers, without_strangers
from dray_sdk import Fix, Limit, Problem, abbreviated, first_addresses, too_long

_EMAIL = re.compile(r"[^\s@,;<>()\[\]\\\"]+@[^\s@,;<>()\[\]\\\".]+(?:\.[^\s@,;<>()\[\]\\\".]+)+")


def text_problems(text: str | None, field: str, limit: Limit, *, breaks: bool = False) -> Iterator[Problem]:
    """What is wrong with `text` in that field. `breaks`: the field may have several lines."""
    if not text:
        return
    if length(text) > limit.maximum:
        yield _too_long(text, field, limit)
    if text.isascii() and text.isprintable():
        return
    if not breaks and any(char in text for char in "\r\n\t"):
        yield Problem(
            "line_break",
            field,
            f"{limit.label}: there is a line break or a tab in it, and QuickBooks Online has one line for it. "
            "Put it on one line.",
            Fix("replace_text", "Put it on one line", " ".join(text.split())),
        )
    if odd := strangers(text):
        named = ", ".join(f"U+{ord(char):04X}" for char in odd[:8])
        yield Problem(
            "characters",
            field,
            f"{limit.label}: there are characters in it that nobody sees and QuickBooks Online does not hold "
            f"({named}). Take them out.",
            Fix("replace_text", "Take them out", without_strangers(text)),
        )


def colon_problem(name: str, field: str) -> Iterator[Problem]:
    """QuickBooks Online parts the levels of a name with colons, so no single name may hold one."""
    if ":" in name:
        plain = " ".join(name.replace(":", " - ").split())
        yield Problem(
            "colon",
            field,
            "A name in QuickBooks Online cannot hold a colon: it parts a customer from who stands below. "
            "Use another character.",
            Fix("replace_text", f"Use “{plain}”", plain),
        )


def email_problems(addresses: str | None, field: str, limit: Limit) -> Iterator[Problem]:
    """One address, or several with commas between. Fault 2210 otherwise."""
    if not addresses:
        return
    yield from text_problems(addresses, field, limit)
    for address in addresses.split(","):
        if not _EMAIL.fullmatch(address.strip()):
            yield Problem(
                "email",
                field,
                f"{limit.label}: “{address.strip()[:60]}” is not an e-mail address that QuickBooks Online takes. "
                "Write it as name@company.com.",
                Fix("edit", "Correct the address"),
            )


def shortened(text: str, most: int) -> str:
    """At most `most` UTF-16 units of the beginning, cut between words where that keeps most of it."""
    cut = text[:most]
    while length(cut) > most:
        cut = cut[: len(cut) - max(1, (length(cut) - most) // 2)]
    whole = cut.rstrip()
    space = whole.rfind(" ")
    if len(text) > len(cut) and not text[len(cut)].isspace() and space > most * 2 // 3:
        whole = whole[:space].rstrip()
    return whole.rstrip(",;-(")


def _too_long(text: str, field: str, limit: Limit) -> Problem:
    counted = length(text)
    twice = " (an emoji counts twice)" if counted != len(text) else ""
    detail = (
        f"{limit.label}: {counted}/{limit.maximum} characters{twice}. QuickBooks Online holds {limit.maximum}. "
        "Shorten it before sending."
    )
    if field.endswith("email"):
        return too_long(field, detail, first_addresses(text, limit.maximum))
    if not field.endswith("description"):
        text = abbreviated(text, lambda short: length(short) <= limit.maximum)
    return too_long(field, detail, shortened(text, limit.maximum))
