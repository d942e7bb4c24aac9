"""What one set of books calls the things that documents name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select, tuple_, update

from dray.connections.models import Link
from dray_sdk import Kind, Reference
from dray_tenants.scope import Scoped


class LinkState(StrEnum):
    """`linked`: the books' id is known. `absent`: looked for and not there. `unclear`: a person must choose.
    `creating`: its creation has left and the answer is awaited. `unknown`: the books could not be asked just now."""

    LINKED = "linked"
    ABSENT = "absent"
    UNCLEAR = "unclear"
    CREATING = "creating"
    UNKNOWN = "unknown"


WAITS = frozenset({LinkState.CREATING.value, LinkState.UNKNOWN.value})
"""The states in which an invoice neither goes nor is refused: it waits for the next exchange."""


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a thing of ours to a connection: our id where it has one, else its folded name."""

    kind: Kind
    value: str

    @classmethod
    def of(cls, reference: Reference) -> Key:
        """The key under which a reference is linked."""
        return cls(reference.kind, reference.id or fold(reference.name))


def fold(name: str) -> str:
    """A name for comparing: blanks collapsed, case folded. Books compare names without regard to case."""
    return " ".join(name.split()).casefold()


def called_there(link: Link | None, name: str) -> str:
    """What a thing is to be called in the books: the name that a person chose for it there, else ours."""
    return link.books_name if link is not None and link.chosen_by and link.books_name else name


def known(session: Scoped, connection_id: int, keys: Iterable[Key]) -> dict[Key, Link]:
    """The links that exist for the keys; one query, keys in pieces so that no statement grows without bound."""
    wanted = sorted({(key.kind.value, key.value) for key in keys})
    found: dict[Key, Link] = {}
    for start in range(0, len(wanted), 400):
        statement = select(Link).where(
            Link.connection_id == connection_id, tuple_(Link.kind, Link.key).in_(wanted[start : start + 400])
        )
        for link in session.scalars(statement):
            found[Key(Kind(link.kind), link.key)] = link
    return found


def record(
    session: Scoped,
    connection_id: int,
    key: Key,
    *,
    name: str,
    state: LinkState,
    at: dt.datetime,
    values: Mapping[str, Any] | None = None,
) -> Link:
    """Write what is now known of one thing, over what was known. `values` sets further columns of the link. `name` is
    ours, and is not kept where a person chose another for the books."""
    link = session.scalar(
        select(Link).where(Link.connection_id == connection_id, Link.kind == key.kind.value, Link.key == key.value)
    )
    if link is None:
        link = Link(connection_id=connection_id, kind=key.kind.value, key=key.value, name=name, state=state.value)
        session.add(link)
    if link.chosen_by is None:
        link.name = name
    link.state = state.value
    link.checked_at = at
    link.problem = None
    for column, value in (values or {}).items():
        setattr(link, column, value)
    return link


def doubt(session: Scoped, connection_id: int, keys: Iterable[Key] | None = None) -> None:
    """What the books call these things, or all of them, is looked up again before the next use. What a person chose
    stays; so does what is being created."""
    doubted = update(Link).where(
        Link.connection_id == connection_id, Link.chosen_by.is_(None), Link.state != LinkState.CREATING.value
    )
    if keys is not None:
        doubted = doubted.where(tuple_(Link.kind, Link.key).in_(sorted((key.kind.value, key.value) for key in keys)))
    session.execute(doubted.values(state=LinkState.UNKNOWN.value))
