"""A clearly fictional tenant that has customers, invoices and a connection, on a migrated database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from dray.billing import invoices
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.models import Invoice, Posting, StateCount
from dray.billing.postings import Accepted, Change, move
from dray.billing.problems import refusal
from dray.billing.send import Judge, SendResult, send
from dray.billing.states import Move
from dray.connections.models import Connection, ConnectionStatus
from dray_sdk import Invoice as Document
from dray_sdk import Problem
from dray_tenants.database import Engines, new_public_id
from dray_tenants.models import Tenant
from dray_tenants.scope import ScopedSession

NOW = dt.datetime(2026, 11, 24, 10, 42, tzinfo=dt.UTC)
ACTOR = "ann@paperworks.example"


def no_problem(document: Document) -> tuple[Problem, ...]:
    """A judge who finds nothing."""
    return ()


def given(number: str | None = None, **changes: Any) -> GivenInvoice:
    """An invoice of three lines over 425.00 for Bright Lights, changed as asked."""
    fields: dict[str, Any] = {
        "customer": GivenCustomer(name="Bright Lights"),
        "date": dt.date(2026, 11, 20),
        "number": number,
        "lines": [
            GivenLine(item="Visit", description="Yearly visit", quantity=Decimal(3), unit_price=Decimal(100)),
            GivenLine(item="Filter", quantity=Decimal("2.5"), unit_price=Decimal(20)),
            GivenLine(item="Travel", amount=Decimal("75.00")),
        ],
    }
    return GivenInvoice(**{**fields, **changes})


class Shop:
    """One tenant, and what its tests do again and again. Every method works in its own committed transaction."""

    def __init__(self, engines: Engines, slug: str) -> None:
        self.engines = engines
        self.slug = slug
        with ScopedSession(engines) as session:
            tenant = Tenant(
                public_id=new_public_id("ten"), slug=slug, name=f"Paperworks {slug}", time_zone="UTC", created_at=NOW
            )
            session.add(tenant)
            session.commit()
            self.tenant_id = tenant.id
            self.public_id = tenant.public_id

    @contextmanager
    def session(self) -> Iterator[ScopedSession]:
        """A session in the tenant's scope."""
        with ScopedSession(self.engines) as session, session.tenant(self.tenant_id):
            yield session

    def connect(self, name: str = "QuickBooks Desktop", connector: str = "paper") -> str:
        """Make a connection; returns its public id."""
        with self.session() as session:
            connection = Connection(
                public_id=new_public_id("con"),
                connector=connector,
                name=name,
                state="active",
                created_at=NOW,
                created_by=ACTOR,
            )
            session.add(connection)
            session.flush()
            status = ConnectionStatus(
                connection_id=connection.id, tenant_id=self.tenant_id, connector=connector, lease=0
            )
            session.add(status)
            session.commit()
            return connection.public_id

    def invoice(self, number: str | None = None, **changes: Any) -> str:
        """Make an invoice; returns its public id."""
        with self.session() as session:
            pushed = invoices.push(session, given(number, **changes), at=NOW, actor=ACTOR)
            session.commit()
        assert pushed.id is not None, pushed
        return pushed.id

    def send(self, *public_ids: str, judge: Judge = no_problem, versions: Sequence[int] = ()) -> list[SendResult]:
        """Send invoices to the tenant's only connection."""
        wanted = dict(zip(public_ids, versions, strict=True)) if versions else dict.fromkeys(public_ids)
        with self.session() as session:
            connection = session.scalars(select(Connection)).first()
            assert connection is not None, "connect() first"
            return send(session, wanted, connection=connection, judge=judge, actor=ACTOR, at=NOW)

    def posting(self, public_id: str) -> Posting:
        """The newest posting of an invoice, detached."""
        with self.session() as session:
            found = session.scalars(
                select(Posting)
                .join(Invoice, Invoice.id == Posting.invoice_id)
                .where(Invoice.public_id == public_id)
                .order_by(Posting.id.desc())
            ).first()
            assert found is not None
            session.expunge(found)
            return found

    def move(self, via: Move, *public_ids: str, at: dt.datetime = NOW) -> list[int]:
        """Move the newest postings of invoices, with plausible details."""
        changes = [_change(via, self.posting(public_id).id, place) for place, public_id in enumerate(public_ids, 1)]
        with self.session() as session:
            moved = move(session, via, changes, at=at, actor="Dray")
            session.commit()
        return moved

    def post(self, public_id: str) -> None:
        """Bring an invoice from draft to accepted."""
        assert [result.done for result in self.send(public_id)] == [True]
        assert len(self.move(Move.CLAIM, public_id)) == 1
        assert len(self.move(Move.ACCEPTED, public_id)) == 1

    def state(self, public_id: str) -> str:
        """The state that people see."""
        with self.session() as session:
            return session.scalars(select(Invoice.state).where(Invoice.public_id == public_id)).one()

    def version(self, public_id: str) -> int:
        """The invoice's version."""
        with self.session() as session:
            return session.scalars(select(Invoice.version).where(Invoice.public_id == public_id)).one()

    def kept_counts(self) -> dict[str, int]:
        """The counts as kept, without those that are zero."""
        with self.session() as session:
            rows = session.execute(select(StateCount.state, StateCount.invoices)).all()
            return {state: number for state, number in rows if number}


def _change(via: Move, posting_id: int, place: int) -> Change:
    named = {"connection_name": "QuickBooks Desktop"}
    match via:
        case Move.CLAIM:
            return Change(posting_id, named, batch_id=1, position=place)
        case Move.ACCEPTED | Move.FOUND_THERE | Move.ARRIVED_AFTER_ALL:
            return Change(
                posting_id, named, receipt=Accepted(books_id=f"B{posting_id}", number="9001", total_minor=42500)
            )
        case Move.REFUSED | Move.JUDGED_IMPOSSIBLE | Move.LEFT_UNPROVED:
            return Change(posting_id, named, problem=refusal("3140", "There is no item called Filter.", "lines/1/item"))
        case _:
            return Change(posting_id, named)
