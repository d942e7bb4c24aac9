"""Limits of the target and the problems that a document would have there, found before anything leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from dray_sdk.records import Entry, Kind


@dataclass(frozen=True, slots=True)
class Limit:
    """One field's limit in one set of books. `field` is a path such as `customer/name` or `lines/*/description`.

    `maximum` counts characters, of the text as the books will hold it. `label` is what people call the field.
    `holds` names what else the field must satisfy, for people ("digits only"), or is empty.
    """

    field: str
    label: str
    maximum: int
    holds: str = ""


class Severity(StrEnum):
    """`BLOCKS` keeps an invoice from being sent; `WARNS` is shown and lets it go."""

    BLOCKS = "blocks"
    WARNS = "warns"


@dataclass(frozen=True, slots=True)
class Fix:
    """What would solve a problem. `action` is a word the pages know (`shorten`, `replace_text`, `edit`, `pick`,
    `split`, `split_addresses`, `memo`, `tax`); `value` is the suggested text where there is one. It is offered, and
    never applied unasked."""

    action: str
    label: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the books would not take a document as it is. `field` is a path into it ("lines/2/description")."""

    code: str
    field: str
    detail: str
    fix: Fix | None = None
    severity: Severity = Severity.BLOCKS


class Lookup(Protocol):
    """What is known of the books' lists. A platform without a copy of them gives None instead of a Lookup."""

    def by_name(self, kind: Kind, name: str) -> tuple[Entry, ...]:
        """Every entry of the kind whose full name equals `name` without regard to case. Of `Kind.INVOICE`: those that
        the books are known to hold under that number."""
        ...

    def by_books_id(self, kind: Kind, books_id: str) -> Entry | None:
        """The entry with that id, or None."""
        ...


def too_long(field: str, detail: str, shortened: str) -> Problem:
    """The problem of a text over its limit, with the fix that suits the field. `shortened` is offered where that is
    safe: never for a number, which might then be another invoice's. Of a list of addresses it is the first ones, as
    `first_addresses` gives them; of a description the beginning that stays on its line."""
    if field == "number":
        return Problem("too_long", field, detail, Fix("edit", "Change the number"))
    if field.endswith("email"):
        if not shortened:
            return Problem("too_long", field, detail, Fix("edit", "Take out an address"))
        count = shortened.count(",") + 1
        label = f"Send it to the first {count} addresses" if count > 1 else "Send it to the first address"
        return Problem("too_long", field, detail, Fix("split_addresses", label, shortened))
    if field.endswith("description"):
        return Problem("too_long", field, detail, Fix("split", "Put the rest on a text line below", shortened))
    return Problem("too_long", field, detail, Fix("shorten", f"Use “{shortened[:60]}”", shortened))


def first_addresses(addresses: str, most: int) -> str:
    """The first whole e-mail addresses of a list that fit together, with commas between; "" where not even one does."""
    kept = ""
    for address in re.split(r"[,;]", addresses):
        longer = f"{kept}, {address.strip()}" if kept else address.strip()
        if len(longer) > most:
            break
        kept = longer
    return kept


def decimal_places(value: Decimal) -> int:
    """How many decimal places a figure needs; 1.50 needs one."""
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
