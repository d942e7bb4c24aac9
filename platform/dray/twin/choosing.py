"""What a person says that one of ours is, or is to be called, in the books. In the caller's transaction.

A choice holds until another one: no reading of the books joins it to a namesake. Nothing that was sent already is
changed by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from dray.connections import due, links
from dray.connections.links import Key, LinkState
from dray.connections.models import Connection, Link
from dray.twin import likeness, misplaced
from dray.twin.misplaced import Left
from dray.twin.models import TwinEntry
from dray_sdk import Kind
from dray_tenants import audit
from dray_tenants.scope import Scoped

_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""When a chosen name was last looked for there: it is looked for in the next exchange, whenever that opened."""


class NotChosen(Exception):
    """This cannot be chosen; the message is a sentence for people."""


@dataclass(slots=True)
class Choosing:
    """One choice of one person: for what of ours (`key`, and `name` as we call it), at which connection. `left`: how
    many invoices the books took under what it was until then; they are listed (`twin.misplaced`)."""

    session: Scoped
    connection: Connection
    key: Key
    name: str
    at: dt.datetime
    actor: str
    left: int = 0

    def link(self, books_id: str) -> str:
        """It is that entry of the books, by its id. The entry's name there. Raises NotChosen."""
        there = self.session.scalar(
            select(TwinEntry).where(
                TwinEntry.connection_id == self.connection.id,
                TwinEntry.kind == self.key.kind.value,
                TwinEntry.books_id == books_id,
            )
        )
        if there is None:
            raise NotChosen("That entry is no longer in the books. Choose another.")
        if not there.active:
            raise NotChosen(f"“{there.name}” is inactive in the books. Make it active there, or choose another.")
        if self.key.kind is Kind.CUSTOMER and (other := self._other_with(books_id)) is not None:
            raise NotChosen(
                f"“{there.name}” already belongs to your customer “{other}”. Two customers on one account cannot be "
                "told apart there: change that one first, or choose another."
            )
        self._write(LinkState.LINKED, {"books_id": books_id, "books_name": there.name, "checked_at": self.at})
        self._record("connection.link_chosen", there.name)
        return there.name

    def name_there(self, chosen: str, most: int) -> str:
        """It is to be called `chosen` there, at most `most` characters, and is created under that name when an invoice
        first needs it. For a job only the last name is chosen. The full name. Raises NotChosen."""
        plain = " ".join(chosen.split())
        if not plain:
            raise NotChosen("Write the name that it shall have in the books.")
        if ":" in plain:
            raise NotChosen("A name in the books cannot hold a colon. Use another character.")
        if len(plain) > most:
            raise NotChosen(f"{len(plain)}/{most} characters: shorten the name.")
        above = self.name.rpartition(":")[0]
        full = f"{above}:{plain}" if above else plain
        holder = likeness.holder_of(self.session, self.connection.id, full)
        if holder is not None:
            what = holder.kind.value.replace("_", " ")
            raise NotChosen(
                f"In the books “{holder.name}” is the name of a {what}. Write a free one, or link that one."
            )
        self._write(LinkState.ABSENT, {"books_id": None, "books_name": full, "checked_at": _LONG_AGO})
        self._record("connection.name_chosen", full)
        return full

    def forget(self) -> bool:
        """Take the choice back: it is looked for by its own name again. Whether there was one. Raises NotChosen."""
        found = self._found()
        if found is None or found.chosen_by is None:
            return False
        before = found.books_name or ""
        self._leave(found, None)
        found.chosen_by = found.books_id = found.books_name = found.problem = None
        found.state, found.checked_at = LinkState.UNKNOWN.value, _LONG_AGO
        self._record("connection.choice_forgotten", before)
        return True

    def _found(self) -> Link | None:
        """The link as it stands, while nobody else works on the connection."""
        due.take_turn(self.session, self.connection.id)
        found = links.known(self.session, self.connection.id, {self.key}).get(self.key)
        if found is not None and found.state == LinkState.CREATING.value:
            raise NotChosen("It is being created in the books right now. Wait for the answer, then choose.")
        return found

    def _write(self, state: LinkState, values: Mapping[str, Any]) -> None:
        found = self._found()
        self._leave(found, values["books_id"])
        if found is not None:
            found.chosen_by = None  # so that our name is written as it is now
        chosen = {**values, "chosen_by": self.actor}
        links.record(self.session, self.connection.id, self.key, name=self.name, state=state, at=self.at, values=chosen)
        self.session.flush()

    def _leave(self, found: Link | None, books_id: str | None) -> None:
        """What was posted under the entry that it is no longer is listed, for somebody to move it there."""
        if found is not None and found.books_id and found.books_id != books_id:
            before = Left(self.connection, self.key, self.name, found.books_id, found.books_name or found.name)
            self.left += misplaced.note(self.session, before, self.at)

    def _other_with(self, books_id: str) -> str | None:
        return self.session.scalar(
            select(Link.name).where(
                Link.connection_id == self.connection.id,
                Link.kind == self.key.kind.value,
                Link.books_id == books_id,
                Link.key != self.key.value,
            )
        )

    def _record(self, action: str, there: str) -> None:
        audit.record(
            self.session,
            actor=self.actor,
            action=action,
            subject=self.connection.public_id,
            now=self.at,
            details={"ours": self.name, "theirs": there, "name": self.connection.name},
        )
