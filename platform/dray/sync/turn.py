"""One turn of an exchange: what a single call works with, at one moment, in one session with the tenant in scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dray.billing import postings
from dray.billing.postings import Change
from dray.billing.states import Move
from dray.connections.models import Connection
from dray.guests import Guest, Watch
from dray.sync import batches, receipt_rule
from dray.sync.batches import Shelf
from dray.sync.learning import Learner
from dray.sync.models import Exchange, SyncBatch
from dray.sync.planning import Planner
from dray.sync.recorder import Recorder
from dray.sync.settlement import Settled, Settler
from dray_sdk import Books, Connector, Explains, canonical
from dray_tenants.scope import Scoped

REMEMBERED = 50
"""How many keys of settled batches are kept for the books to be told that they may forget them: one with each write."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The rows, the connector and the moment. Nothing here commits."""

    session: Scoped
    exchange: Exchange
    connection: Connection
    connector: Connector
    shelf: Shelf
    at: dt.datetime
    watch: Watch | None = None
    recorder: Recorder | None = None

    @property
    def guest(self) -> Guest:
        """The connector, held to what a guest may cost."""
        return Guest(self.connector, self.watch)

    @property
    def books(self) -> Books | None:
        """What the other side said it has open, in this exchange."""
        return canonical.load(Books, self.exchange.books) if self.exchange.books else None

    @property
    def planner(self) -> Planner:
        """What decides the next step, as things stand now."""
        return Planner(self.session, self.connection, self.exchange, self.connector, self.books, self.at)

    @property
    def settler(self) -> Settler:
        """What applies the outcomes of writes."""
        return Settler(self.session, self.explains, self.details, self.at, self.actor)

    @property
    def learner(self) -> Learner:
        """What applies the outcomes of questions."""
        return Learner(self.session, self.planner, self.details, self.at, self.actor)

    @property
    def explains(self) -> Explains | None:
        """The connector's knowledge of its codes, where it has any."""
        return self.connector if isinstance(self.connector, Explains) else None

    @property
    def details(self) -> dict[str, Any]:
        """What goes with every timeline entry."""
        return {"connection_name": self.connection.name}

    @property
    def actor(self) -> str:
        """Who does what an exchange does."""
        return f"connection {self.connection.public_id}"

    def refuse(self, impossible: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """These postings cannot leave: refused before anything did."""
        changes = [Change(posting_id, self.details, problem=problem) for posting_id, problem in impossible]
        moved = postings.move(self.session, Move.JUDGED_IMPOSSIBLE, changes, at=self.at, actor=self.actor)
        self.exchange.refused += len(moved)

    def settle(self, row: SyncBatch) -> None:
        """Everything in the batch is known. What the books remember of it may be dropped from now on."""
        batches.settle(row, at=self.at)
        if row.writes and self.connector.capabilities.recovers:
            self.connection.to_forget = [*(self.connection.to_forget or ()), row.key][-REMEMBERED:]

    def count(self, settled: Settled) -> None:
        """Add what a batch came to, to what the exchange did, and look at the receipts of what was accepted."""
        self.exchange.accepted += settled.count(Move.ACCEPTED)
        self.exchange.refused += settled.count(Move.REFUSED)
        receipt_rule.heed(self.session, self.connection, settled.taken, at=self.at, actor=self.actor)
