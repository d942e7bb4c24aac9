"""The query language of QuickBooks Online, read into values.

    SELECT * | count(*) | a, b FROM Entity [WHERE a op 'v' [AND …]] [ORDERBY|ORDER BY a [ASC|DESC] [, …]]
    [STARTPOSITION n] [MAXRESULTS m]

There is no OR, NOT, !=, JOIN or GROUP BY. Strings stand in single quotes; a quote or a backslash inside is escaped
with a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dray_qbo.simulator.refusals import Refusal

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z_][\w.]*)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<mark><=|>=|!=|<>|[=<>(),*])|(?P<wrong>\S))",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

Operator = Literal["=", "<", ">", "<=", ">=", "in", "like"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `values` has several for IN."""

    field: str
    operator: Operator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a statement asks. `fields` is empty for everything."""

    entity: str
    fields: tuple[str, ...] = ()
    counts: bool = False
    conditions: tuple[Condition, ...] = ()
    orders: tuple[Order, ...] = ()
    start: int = 1
    most: int = DEFAULT_PAGE


def parse(statement: str) -> Query:
    """Refusal 4000 where the statement is no query, 4001 where a number in it is out of range."""
    reader = _Reader(statement)
    reader.keyword("select")
    counts, fields = _selection(reader)
    reader.keyword("from")
    entity = reader.word()
    conditions = tuple(_conditions(reader)) if reader.taken("where") else ()
    orders = tuple(_orders(reader)) if _ordered(reader) else ()
    start, most = _page(reader)
    reader.end()
    return Query(entity, fields, counts, conditions, orders, start, most)


def _selection(reader: _Reader) -> tuple[bool, tuple[str, ...]]:
    if reader.taken("count"):
        reader.mark("(")
        reader.mark("*")
        reader.mark(")")
        return True, ()
    fields: list[str] = []
    everything = False
    while True:
        if reader.taken("*"):
            everything = True
        else:
            fields.append(reader.word())
        if not reader.taken(","):
            return False, () if everything else tuple(fields)


def _conditions(reader: _Reader) -> Iterator[Condition]:
    while True:
        field = reader.word()
        if reader.taken("in"):
            reader.mark("(")
            values = [reader.value()]
            while reader.taken(","):
                values.append(reader.value())
            reader.mark(")")
            yield Condition(field, "in", tuple(values))
        elif reader.taken("like"):
            yield Condition(field, "like", (reader.value(),))
        else:
            yield Condition(field, reader.operator(), (reader.value(),))
        if not reader.taken("and"):
            return


def _ordered(reader: _Reader) -> bool:
    if reader.taken("orderby"):
        return True
    if reader.taken("order"):
        reader.keyword("by")
        return True
    return False


def _orders(reader: _Reader) -> Iterator[Order]:
    while True:
        field = reader.word()
        descending = reader.taken("desc")
        if not descending:
            reader.taken("asc")
        yield Order(field, descending)
        if not reader.taken(","):
            return


def _page(reader: _Reader) -> tuple[int, int]:
    start, most = 1, DEFAULT_PAGE
    while True:
        if reader.taken("startposition"):
            start = reader.whole()
        elif reader.taken("maxresults"):
            most = min(reader.whole(), LARGEST_PAGE)
        else:
            return start, most


class _Reader:
    """The statement's tokens, one after the other."""

    def __init__(self, statement: str) -> None:
        self.tokens = [
            (str(found.lastgroup), str(found[str(found.lastgroup)]), found.start(str(found.lastgroup)))
            for found in _TOKEN.finditer(statement)
        ]
        self.at = 0

    def taken(self, wanted: str) -> bool:
        """Moves past this keyword or mark if it is next."""
        kind, text, _ = self._next()
        if kind in {"word", "mark"} and text.lower() == wanted:
            self.at += 1
            return True
        return False

    def keyword(self, wanted: str) -> None:
        if not self.taken(wanted):
            raise self._unexpected(f'"{wanted}"')

    mark = keyword

    def word(self) -> str:
        return self._take("word", "<IDENTIFIER>")

    def operator(self) -> Operator:
        kind, text, _ = self._next()
        for known in _COMPARISONS:
            if kind == "mark" and text == known:
                self.at += 1
                return known
        raise self._unexpected('"=" ... "<" ... ">" ... "in" ... "like"')

    def value(self) -> str:
        kind, text, _ = self._next()
        if kind == "text":
            self.at += 1
            return _ESCAPED.sub(r"\1", text[1:-1])
        if kind == "number" or (kind == "word" and text.lower() in {"true", "false"}):
            self.at += 1
            return text
        raise self._unexpected("<STRING> ... <BOOLEAN> ... <NUMBER>")

    def whole(self) -> int:
        number = int(float(self._take("number", "<NUMBER>")))
        if number < 1:
            raise Refusal(4001, f"QueryValidationError: value {number} is too small. Min allowed value is 1")
        return number

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self._unexpected(
                '<EOF> ... "iterator" ... "maxresults" ... "order" ... "orderby" ... "startposition"'
            )

    def _take(self, wanted: str, called: str) -> str:
        kind, text, _ = self._next()
        if kind != wanted:
            raise self._unexpected(called)
        self.at += 1
        return text

    def _next(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "<EOF>", -1)

    def _unexpected(self, expected: str) -> Refusal:
        _, text, place = self._next()
        where = f"at line 1, column {place + 1}" if place >= 0 else "at the end"
        return Refusal(
            4000, f'QueryParserError: Encountered " "{text} "" {where}. Was expecting one of: {expected} ... '
        )


_COMPARISONS: tuple[Operator, ...] = ("<=", ">=", "=", "<", ">")
