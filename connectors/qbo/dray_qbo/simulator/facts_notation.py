"""How the facts about entities are written down: one Field per property, in the order of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto


class Sort(Enum):
    """What a property holds."""

    TEXT = auto()
    NUMBER = auto()
    WHOLE = auto()
    FLAG = auto()
    DAY = auto()
    REF = auto()
    PART = auto()
    PARTS = auto()
    ANY = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A property: what it holds, how long it may be, and whether a client may set it.

    `most` counts characters; 0 is no limit that is known. What is `read_only` is accepted from a client and ignored.
    """

    sort: Sort
    most: int = 0
    choices: tuple[str, ...] = ()
    shape: str = ""
    kinds: tuple[str, ...] = ()
    read_only: bool = False
    barred: str = ""
    email: bool = False


Shape = Mapping[str, Field]


def text(most: int = 0, *, barred: str = "") -> Field:
    return Field(Sort.TEXT, most, barred=barred)


def email(most: int) -> Field:
    return Field(Sort.TEXT, most, email=True)


def number() -> Field:
    return Field(Sort.NUMBER)


def whole() -> Field:
    return Field(Sort.WHOLE)


def flag() -> Field:
    return Field(Sort.FLAG)


def day() -> Field:
    return Field(Sort.DAY)


def choice(*choices: str) -> Field:
    return Field(Sort.TEXT, choices=choices)


def ref(*kinds: str) -> Field:
    """A reference to an entity of one of these kinds; with none, one that is kept unchecked."""
    return Field(Sort.REF, kinds=kinds)


def part(shape: str) -> Field:
    return Field(Sort.PART, shape=shape)


def parts(shape: str) -> Field:
    return Field(Sort.PARTS, shape=shape)


def anything() -> Field:
    return Field(Sort.ANY)


def reads(field: Field) -> Field:
    """The same, but only QuickBooks Online sets it."""
    return replace(field, read_only=True)


HEAD: Shape = {
    "domain": reads(anything()),
    "sparse": reads(anything()),
    "status": reads(anything()),
    "Id": reads(anything()),
    "SyncToken": reads(anything()),
    "MetaData": reads(anything()),
}
