"""The notation in which the facts of qbXML are written, and the tree that it is read into.

One line is one element; what it contains is indented by two blanks below it.

    BillAddress = Address since 6.0     a group, with the children of the shape called Address
    LinkedTxn* =                        a group, with the children of the shape of its own name
    TermsRef ref 31                     a reference: ListID, FullName (at most 31 characters), both optional
    Name! str 41                        text of at most 41 characters
    JobStatus enum Awarded|Closed       one of these words; a line that begins with | goes on with the line above
    CustomerAddRq @requestID            a group with attributes; `answer` stands for the four of every response

After the name: `!` required, `*` may repeat, `+` required and may repeat, nothing: optional and once. A choice is
`either` (one of the branches), `either?` (one or none), `any*` (any mix of them in any order), `any+` (a mix of at
least one); its branches are indented and parted by `or`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """The lexical types of qbXML 13.0 (qbxmltypes130.xsd); values are the words of the notation."""

    ID = "id"
    TEXT = "str"
    BOOLEAN = "bool"
    AMOUNT = "amount"
    PRICE = "price"
    PERCENT = "percent"
    QUANTITY = "quantity"
    DATE = "date"
    DATETIME = "datetime"
    GUID = "guid"
    ENUM = "enum"
    INTEGER = "int"
    FLOAT = "float"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Field:
    """An element that holds a value. `max_length` counts characters; `values` are the words of an enumeration."""

    name: str
    type: Type
    required: bool = False
    repeats: bool = False
    max_length: int | None = None
    values: tuple[str, ...] = ()
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """An element that holds elements, in this order."""

    name: str
    children: tuple[Node, ...]
    required: bool = False
    repeats: bool = False
    attributes: tuple[str, ...] = ()
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Branches that exclude each other, or with `repeats` any mix of them in any order."""

    branches: tuple[tuple[Node, ...], ...]
    required: bool = False
    repeats: bool = False


Element = Field | Group
Node = Field | Group | Choice

_MARKS = {"!": (True, False), "*": (False, True), "+": (True, True)}
_ANSWER = ("requestID", "statusCode", "statusSeverity", "statusMessage")
_CHOICES = {"either": (True, False), "either?": (False, False), "any*": (False, True), "any+": (True, True)}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the notation with the lines indented below it."""

    words: tuple[str, ...]
    below: tuple[Line, ...]


def outline(text: str) -> dict[str, Line]:
    """The unindented lines of `text` by their name, each with what is below it."""
    rows = list(_rows(text))
    return {line.words[0]: line for line in _nested(rows, 0, len(rows), 0)}


def read(line: Line, shapes: Mapping[str, Line]) -> Group:
    """The group that `line` describes; `shapes` are the outlines that it may name."""
    element = _element(line, shapes)
    if not isinstance(element, Group):
        raise TypeError(f"{line.words[0]} is not a group")
    return element


def _rows(text: str) -> Iterator[tuple[int, str]]:
    pending: tuple[int, str] | None = None
    for row in text.splitlines():
        bare = row.strip()
        if not bare:
            continue
        if bare.startswith("|") and pending:
            pending = (pending[0], pending[1] + bare)
            continue
        if pending:
            yield pending
        pending = ((len(row) - len(bare)) // 2, bare)
    if pending:
        yield pending


def _nested(rows: list[tuple[int, str]], start: int, stop: int, depth: int) -> tuple[Line, ...]:
    heads = [i for i in range(start, stop) if rows[i][0] == depth]
    ends = [*heads[1:], stop][: len(heads)]
    return tuple(
        Line(tuple(rows[head][1].split()), _nested(rows, head + 1, end, depth + 1))
        for head, end in zip(heads, ends, strict=True)
    )


def _nodes(lines: tuple[Line, ...], shapes: Mapping[str, Line]) -> tuple[Node, ...]:
    found: list[Node] = []
    branches: list[tuple[Node, ...]] = []
    kind: tuple[bool, bool] | None = None
    for line in lines:
        head = line.words[0]
        if head == "or":
            branches.append(_nodes(line.below, shapes))
            continue
        if kind:
            found.append(Choice(tuple(branches), *kind))
            kind = None
        if head in _CHOICES:
            kind, branches = _CHOICES[head], [_nodes(line.below, shapes)]
        else:
            found.append(_element(line, shapes))
    if kind:
        found.append(Choice(tuple(branches), *kind))
    return tuple(found)


def _element(line: Line, shapes: Mapping[str, Line]) -> Element:
    words, attributes = _split(line.words, "@")
    words, since = _split(words, "since")
    head, rest = words[0], words[1:]
    required, repeats = _MARKS.get(head[-1], (False, False))
    name = head.rstrip("!*+")
    if attributes[:1] == ("answer",):
        attributes = _ANSWER + attributes[1:]
    version = since[0] if since else None
    if not rest or rest[0] in ("=", "ref"):
        children = _children(name, rest, line, shapes)
        return Group(name, children, required, repeats, attributes, version)
    kind, limit = Type(rest[0]), rest[1:]
    if kind is Type.ENUM:
        return Field(name, kind, required, repeats, None, tuple(limit[0].split("|")), version)
    return Field(name, kind, required, repeats, int(limit[0]) if limit else None, (), version)


def _children(name: str, rest: tuple[str, ...], line: Line, shapes: Mapping[str, Line]) -> tuple[Node, ...]:
    if not rest:
        return _nodes(line.below, shapes)
    if rest[0] == "ref":
        limit = int(rest[1]) if len(rest) > 1 else None
        return (Field("ListID", Type.ID), Field("FullName", Type.TEXT, max_length=limit))
    return _nodes(shapes[rest[1] if len(rest) > 1 else name].below, shapes)


def _split(words: tuple[str, ...], mark: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before `mark`, and those after it with the mark taken off."""
    for i, word in enumerate(words):
        if word == mark:
            return words[:i], words[i + 1 :]
        if mark == "@" and word.startswith("@"):
            return words[:i], (word[1:], *words[i + 1 :])
    return words, ()
