"""The problems of one text: too long, characters that QuickBooks does not hold, breaks and colons. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dray_qbd.characters import strangers, transliterated
from dray_sdk import Fix, Limit, Problem, abbreviated, first_addresses, too_long


def text_problems(text: str | None, field: str, limit: Limit, *, breaks: bool = False) -> Iterator[Problem]:
    """What is wrong with `text` in that field. `breaks`: the field may have several lines."""
    if not text:
        return
    shown = text if text.isascii() else transliterated(text)
    if len(shown) > limit.maximum or len(text) > limit.maximum:
        yield _too_long(text, shown, field, limit)
    if text.isascii() and text.isprintable():
        return
    if not breaks and not text.isprintable() and any(char in text for char in "\r\n\t"):
        yield _broken(text, field, limit)
    odd = tuple(char for char in strangers(text) if breaks or char not in "\r\n\t")
    if odd:
        yield _strange(odd, transliterated(text), field, limit)


def colon_problem(name: str, field: str) -> Iterator[Problem]:
    """QuickBooks parts the levels of a name with colons, so no single name may hold one (status 3090)."""
    if ":" in name:
        plain = " ".join(name.replace(":", " - ").split())
        yield Problem(
            "colon",
            field,
            "A name in QuickBooks cannot hold a colon: QuickBooks uses it to part a customer from a job. "
            "Use another character.",
            Fix("replace_text", f"Use “{plain}”", plain),
        )


def shortened(text: str, most: int) -> str:
    """At most `most` characters of the beginning, cut between words where that keeps most of it."""
    cut = text[:most].rstrip()
    space = cut.rfind(" ")
    if len(text) > most and not text[most].isspace() and space > most * 2 // 3:
        cut = cut[:space].rstrip()
    return cut.rstrip(",;-(")


def _too_long(text: str, shown: str, field: str, limit: Limit) -> Problem:
    length = max(len(text), len(shown))
    wide = "" if len(text) > limit.maximum else " once its special letters are written out"
    detail = (
        f"{limit.label}: {length}/{limit.maximum} characters{wide}. QuickBooks Desktop holds {limit.maximum}. "
        "Shorten it before sending."
    )
    if field.endswith("email"):
        return too_long(field, detail, first_addresses(shown, limit.maximum))
    if not field.endswith("description"):
        shown = abbreviated(shown, lambda short: len(short) <= limit.maximum)
    return too_long(field, detail, shortened(shown, limit.maximum))


def _broken(text: str, field: str, limit: Limit) -> Problem:
    value = " ".join(text.split())
    return Problem(
        "line_break",
        field,
        f"{limit.label}: there is a line break or a tab in it, and QuickBooks has one line for it. Put it on one line.",
        Fix("replace_text", "Put it on one line", value),
    )


def _strange(odd: tuple[str, ...], value: str, field: str, limit: Limit) -> Problem:
    named = ", ".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in odd[:8])
    more = f" and {len(odd) - 8} more" if len(odd) > 8 else ""
    return Problem(
        "characters",
        field,
        f"{limit.label}: QuickBooks Desktop does not hold {named}{more}. "
        "Approve the spelling that is offered, or write it in other letters.",
        Fix("replace_text", f"Use “{value[:60]}”", value),
    )
