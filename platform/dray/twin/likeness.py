"""Names in the books that are like one of ours, and names that are still free there."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from sqlalchemy import case, or_, select

from dray.connections.links import fold
from dray.twin.lookup import HOLDERS
from dray.twin.models import TwinEntry
from dray_sdk import Entry, Kind
from dray_tenants.scope import Scoped

CONSIDERED: Final = 400
"""How many entries are compared letter by letter for one suggestion."""

ALIKE: Final = 0.55
"""From here on a name is worth showing; 1 is the same name."""

_BEGINNING: Final = 4

_SMALL_WORDS: Final = frozenset({"inc", "llc", "ltd", "co", "corp", "company", "and", "the", "of", "for"})


def search(session: Scoped, connection_id: int, kind: Kind, text: str, *, limit: int = 20) -> list[Entry]:
    """Entries whose name holds `text`, by name, inactive ones last."""
    key = fold(text)
    statement = _entries(connection_id, kind).order_by(TwinEntry.active.desc(), TwinEntry.key, TwinEntry.id)
    if key:
        statement = statement.where(TwinEntry.key.contains(key, autoescape=True))
    return [_entry(row) for row in session.execute(statement.limit(limit))]


def suggestions(session: Scoped, connection_id: int, kind: Kind, name: str, *, limit: int = 5) -> list[Entry]:
    """Active entries whose names are most like `name`, the likest first. They are shown, and never taken unasked."""
    key = fold(name)
    words = sorted(_words(key), key=len, reverse=True)[:3]
    if not words:
        return []
    holds = or_(*(TwinEntry.key.contains(word, autoescape=True) for word in words))
    # a letter left out or swapped further on leaves the beginning; what holds a whole word comes first
    begins = or_(*(TwinEntry.key.contains(word[:_BEGINNING], autoescape=True) for word in words))
    rows = session.execute(
        _entries(connection_id, kind)
        .where(TwinEntry.active.is_(True), begins)
        .order_by(case((holds, 0), else_=1), TwinEntry.id)
        .limit(CONSIDERED)
    )
    rated = sorted(((likeness(key, row.key), row) for row in rows), key=lambda pair: (-pair[0], pair[1].key))
    return [_entry(row) for how, row in rated[:limit] if how >= ALIKE]


def likeness(one: str, other: str) -> float:
    """How alike two folded names are, 0 to 1: the better of their letters and of the words that they share."""
    letters = SequenceMatcher(None, one, other).ratio()
    mine, theirs = _words(one), _words(other)
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return max(letters, 0.9 * shared)


def free_names(session: Scoped, connection_id: int, name: str, most: int, *, limit: int = 3) -> list[str]:
    """Names like `name`, of at most `most` characters, that nothing in the books' name lists carries."""
    offered = list(dict.fromkeys(_variants(name.strip(), most)))
    taken = set(
        session.scalars(
            select(TwinEntry.key).where(
                TwinEntry.connection_id == connection_id,
                TwinEntry.kind.in_([kind.value for kind in HOLDERS]),
                TwinEntry.key.in_([fold(one) for one in offered]),
            )
        )
    )
    return [one for one in offered if fold(one) not in taken][:limit]


def holder_of(session: Scoped, connection_id: int, name: str) -> Entry | None:
    """Whoever carries that name in the books already, customers first."""
    statement = select(TwinEntry).where(TwinEntry.connection_id == connection_id, TwinEntry.key == fold(name))
    found = session.scalars(statement.where(TwinEntry.kind.in_([kind.value for kind in HOLDERS]))).all()
    entries = sorted((_entry(row) for row in found), key=lambda entry: HOLDERS.index(entry.kind))
    return entries[0] if entries else None


def _words(key: str) -> set[str]:
    plain = "".join(character if character.isalnum() else " " for character in key)
    return {word for word in plain.split() if len(word) > 1 and word not in _SMALL_WORDS}


def _variants(name: str, most: int) -> Iterator[str]:
    for tail in (" (C)", " Customer", " (2)", " (3)", " (4)"):
        head = name[: most - len(tail)].rstrip()
        yield f"{head}{tail}"


def _entries(connection_id: int, kind: Kind) -> Any:
    return select(
        TwinEntry.id, TwinEntry.kind, TwinEntry.key, TwinEntry.books_id, TwinEntry.name, TwinEntry.active,
        TwinEntry.details,
    ).where(TwinEntry.connection_id == connection_id, TwinEntry.kind == kind.value)  # fmt: skip


def _entry(row: Any) -> Entry:
    return Entry(Kind(row.kind), row.books_id, name=row.name, active=row.active, details=row.details or {})
