"""What a SQL statement would touch: pure reading of SQLAlchemy expressions, for the tenant scope to judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Alias, Delete, FromClause, Insert, Select, Table, TextClause, Update
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.util import AliasedInsp
from sqlalchemy.sql import ClauseElement, TableClause
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.selectable import AliasedReturnsRows, SelectBase, TextualSelect

__all__ = ["TENANT_OWNED", "Reach", "reach_of", "strays_of"]

TENANT_OWNED: Final = "tenant_owned"
"""The key in `Table.info` that marks a table whose rows belong to tenants."""

_HARMLESS_TEXT: Final = re.compile(r"\*|\d+")
_CACHED_STATEMENTS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Reach:
    """What a statement touches: tenants' tables through mapped classes, bare ones, written text, joined writes."""

    mapped: frozenset[str]
    bare: frozenset[str]
    text: bool
    writes_from: frozenset[str]


def reach_of(statement: Executable) -> Reach:
    """The reach of a statement, remembered by the key under which SQLAlchemy caches its SQL."""
    if isinstance(statement, TextClause | TextualSelect):
        return _TEXT
    cache_key = statement._generate_cache_key() if isinstance(statement, ClauseElement) else None
    if cache_key is None:
        return _read(statement)
    known = _reaches.get(cache_key.key)
    if known is None:
        if len(_reaches) >= _CACHED_STATEMENTS:
            _reaches.clear()
        known = _reaches[cache_key.key] = _read(statement)
    return known


_TEXT: Final = Reach(frozenset(), frozenset(), True, frozenset())
_reaches: dict[Any, Reach] = {}


def strays_of(expression: ClauseElement, own_table: str) -> frozenset[str]:
    """The tenant tables that an expression mapped as a column reads without their classes: nothing would scope them.

    Its own table's columns are meant to be bare: they name the row that the expression stands in.
    """
    reading = _Reading(expression)
    return frozenset(reading.reach().bare - ({own_table} - reading.bare))


class _Reading:
    """One walk over a statement; collects what `Reach` names.

    A level is one SELECT, or the statement itself. A bare column is no harm where its level also reads the mapped
    class of its table (SQLAlchemy's own primary-key clauses are bare): both name the same, filtered, FROM.
    """

    def __init__(self, statement: Any) -> None:
        self.bare: set[str] = set()
        self.writes_from: set[str] = set()
        self.text = False
        self.mapped: set[str] = set()
        self._mapped_plainly: set[tuple[int, str]] = set()
        self._bare_columns: set[tuple[int, str]] = set()
        # The elements are kept, so that none is freed and its id given to another one.
        self._seen: dict[tuple[int, int], Any] = {}
        self._statement = statement
        self._inserts = isinstance(statement, Insert)
        self._target = cast(Table, statement.table).name if isinstance(statement, Update | Delete) else None
        self._walk(statement)

    def reach(self) -> Reach:
        bare = self.bare | {name for _, name in self._bare_columns - self._mapped_plainly}
        return Reach(frozenset(self.mapped), frozenset(bare), self.text, frozenset(self.writes_from))

    def _walk(self, statement: Any) -> None:
        stack: list[tuple[Any, int]] = [(statement, 0)]
        while stack:
            element, level = stack.pop()
            if (level, id(element)) in self._seen:
                continue
            self._seen[level, id(element)] = element
            if isinstance(element, SelectBase) and element is not statement:
                level = id(element)
            stack.extend((child, level) for child in self._look_at(element, level))

    def _look_at(self, element: Any, level: int) -> Iterator[Any]:
        """Note what `element` is and give the elements to look at next."""
        match element:
            case ColumnClause():
                self.text = self.text or _is_text(element)
                if element.table is not None:
                    self._note_column(element, level)
                    yield from _inside(element.table)
            case Mapper() | AliasedInsp():
                self._note_table(element.selectable, True, level)
                yield from _inside(element.selectable)
            case Table() | AliasedReturnsRows():
                self._note_table(element, _is_mapped(element), level)
                yield from _inside(element)
            case _ if _is_text(element):
                self.text = True
            case UpdateBase() if element is not self._statement:
                # A write inside another statement gets no criterion: whatever it names is beyond the scope's reach.
                self._note_table(cast(FromClause, element.table), False, level)
                yield from _children(element)
            case _:
                self.text = self.text or _has_written_parts(element)
                yield from _children(element)

    def _note_column(self, column: Any, level: int) -> None:
        mapped = _is_mapped(column) or _is_mapped(column.table)
        if mapped or isinstance(column.table, AliasedReturnsRows):
            self._note_table(column.table, mapped, level)
        elif not isinstance(column.table, Table):
            self.text = self.text or _is_text(column.table)
        elif column.table.info.get(TENANT_OWNED):
            self._bare_columns.add((level, column.table.name))
            self._note_joined_write(column.table, level)

    def _note_table(self, source: FromClause, mapped: bool, level: int) -> None:
        table = _table_under(source)
        if table is None or not table.info.get(TENANT_OWNED):
            return
        if self._inserts and level == 0 and isinstance(source, Alias) and source.name == "excluded":
            return  # the row that an upsert could not insert, not a FROM
        (self.mapped if mapped else self.bare).add(table.name)
        if mapped and isinstance(source, Table):
            self._mapped_plainly.add((level, table.name))
        self._note_joined_write(table, level)

    def _note_joined_write(self, table: Table, level: int) -> None:
        if self._target is not None and level == 0 and table.name != self._target:
            self.writes_from.add(table.name)


def _children(element: Any) -> Iterator[Any]:
    if isinstance(element, Select):
        # Its own get_children adds the table of every column, without saying that the column is a mapped one's.
        yield from super(Select, element).get_children(omit_attrs=("_correlate", "_correlate_except"))
        return
    yield from element.get_children()
    if isinstance(element, UpdateBase):
        yield element.table
    if isinstance(element, Insert) and element.select is not None:
        yield element.select


def _read(statement: Any) -> Reach:
    return _Reading(statement).reach()


def _is_text(element: Any) -> bool:
    """Whether the element is SQL that somebody wrote out: text, a literal column, a table given by its name."""
    if isinstance(element, ColumnClause):
        return element.is_literal and not _HARMLESS_TEXT.fullmatch(element.name)
    if isinstance(element, Table):
        return False
    return isinstance(element, TextClause | TextualSelect | TableClause)


def _has_written_parts(element: Any) -> bool:
    """Whether text was put into the statement around its clauses (`prefix_with`, `suffix_with`, statement hints)."""
    return bool(
        getattr(element, "_prefixes", ())
        or getattr(element, "_suffixes", ())
        or getattr(element, "_statement_hints", ())
    )


def _is_mapped(element: Any) -> bool:
    """Whether the element came from a mapped class, and so will get that class's criteria."""
    return "parententity" in element._annotations or "parentmapper" in element._annotations


def _table_under(source: Any) -> Table | None:
    """The table that `source` is, or is a plain alias of."""
    while isinstance(source, AliasedReturnsRows):
        source = source.element
    return source if isinstance(source, Table) else None


def _inside(source: Any) -> Iterator[Any]:
    """What stands behind a FROM element that is no plain table: the SELECT of a subquery, the sides of a join."""
    while isinstance(source, AliasedReturnsRows):
        source = source.element
    if not isinstance(source, TableClause):
        yield source
