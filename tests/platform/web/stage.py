"""A company with people and invoices in every state, behind the real application on a migrated SQLite database."""

from __future__ import annotations

import datetime as dt
import random
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from dray import sign_in
from dray.app import create_app
from dray.billing import not_sent
from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push_many
from dray.billing.models import Invoice, Posting
from dray.billing.postings import Accepted, Change, move
from dray.billing.problems import refusal
from dray.billing.send import SendResult, send
from dray.billing.states import Move
from dray.connections.models import Connection, ConnectionStatus
from dray.connections.opening import open_connection
from dray.extensions import dray
from dray.settings import read_settings
from dray_sdk import Books, Fix, canonical
from dray_tenants import login
from dray_tenants.companies import create_tenant
from dray_tenants.members import add_member
from dray_tenants.models import Tenant, User
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user

NOW = dt.datetime(2026, 11, 19, 16, 46, 12, tzinfo=dt.UTC)
"""10:46 am in Chicago."""
PASSWORD = "harbour-lantern-42"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Compiled(BytecodeCache):
    """Templates are compiled once for each test process, and not once for each application."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@dataclass
class Stage:
    """The application and one company on it. `now` is what its clock says; `settings` go with the usual ones."""

    home: Path
    now: dt.datetime = NOW
    settings: Mapping[str, str] = field(default_factory=dict)
    app: Flask = field(init=False)
    tenant: int = field(init=False)
    connection: str = ""

    def __post_init__(self) -> None:
        settings = read_settings(
            {
                "DRAY_HOME": str(self.home),
                "DRAY_DATABASE_URL": f"sqlite:///{self.home / 'dray.db'}",
                "DRAY_LOG_LEVEL": "error",
                **self.settings,
            }
        )
        self.app = create_app(settings, clock=lambda: self.now)
        self.app.jinja_env.bytecode_cache = COMPILED
        self.tenant = self.company("Harlan Roll-Off & Recycling", "harlan")

    def close(self) -> None:
        """Give the database's file back."""
        with self.app.app_context():
            dray().engines.dispose()

    # ---- people and companies

    def company(self, name: str, slug: str, *, test: bool = False) -> int:
        """A company; its internal id."""
        zone = "America/Chicago"
        with self.unscoped() as session:
            row = create_tenant(session, self._vault(), name=name, slug=slug, now=self.now, time_zone=zone, test=test)
            session.commit()
            return row.id

    def person(self, email: str, role: Role, *companies: int) -> str:
        """Somebody with that role in the companies (in the first one, when none is given); their address."""
        with self.unscoped() as session:
            user = session.scalar(select(User).where(User.email == email))
            if user is None:
                user = create_user(session, email, PASSWORD, now=self.now, hasher=QUICK)
            for company in companies or (self.tenant,):
                tenant = session.scalars(select(Tenant).where(Tenant.id == company)).one()
                add_member(session, tenant, user, role, now=self.now)
            session.commit()
        return email

    # ---- books and invoices

    def connect(self, name: str = "QuickBooks Desktop", *, tenant: int | None = None, called: bool = True) -> str:
        """A connection, by default one that has called four minutes ago; its public id."""
        with self.session(tenant) as session:
            connector = next(iter(self._parts().registry.enabled.values()))
            row = open_connection(
                session, connector, name, at=self.now, actor="test", randomness=random.Random(name).randbytes
            )
            if called:
                row.state, row.bound_at, row.bound_by = "active", self.now, "first contact"
                books = Books(
                    name="Harlan Roll-Off & Recycling",
                    place=r"C:\Books\Harlan Roll-Off.qbw",
                    edition="QuickBooks Enterprise 24.0",
                    currency="USD",
                )
                row.books = canonical.dump(books)
                session.flush()
                session.execute(
                    update(ConnectionStatus)
                    .where(ConnectionStatus.connection_id == row.id)
                    .values(
                        last_contact_at=self.now - dt.timedelta(minutes=6),
                        idle_since=self.now - dt.timedelta(minutes=66),
                        idle_polls=7,
                    )
                )
            session.commit()
            if tenant is None:
                self.connection = row.public_id
            return row.public_id

    def invoices(
        self,
        count: int,
        customer: str = "Kestrel Roofing & Exteriors",
        *,
        price: str = "465.00",
        tenant: int | None = None,
        first: int = 20471,
        **fields: Any,
    ) -> list[str]:
        """So many drafts of one customer, INV-20471 and on; their public ids."""
        givens = [
            GivenInvoice(
                customer=GivenCustomer(
                    name=customer,
                    billing_address={
                        "line1": "701 Wayne Ave",
                        "city": "Dayton",
                        "region": "OH",
                        "postal_code": "45410",
                    },
                ),
                date=fields.get("date", dt.date(2026, 11, 17)),
                due_date=dt.date(2026, 12, 17),
                number=f"INV-{first + at}",
                po_number="KR-1187",
                terms="Net 30",
                service_location=fields.get("place", "2204 Linden Ave"),
                lines=(
                    GivenLine(
                        item="30 yd roll-off, haul & return",
                        description="Tickets 88214 and 88231",
                        quantity=Decimal(2),
                        unit_price=Decimal(price),
                    ),
                    GivenLine(item="Fuel surcharge", quantity=Decimal(2), unit_price=Decimal("24.50")),
                    GivenLine(
                        item="Tonnage over allowance",
                        description="8.00 t allowed, 9.38 t hauled",
                        quantity=Decimal("1.38"),
                        unit_price=Decimal("68.00"),
                    ),
                ),
            )
            for at in range(count)
        ]
        with self.session(tenant) as session:
            answers = push_many(session, givens, at=self.now - dt.timedelta(days=1), actor="billing")
        assert all(answer.id for answer in answers), answers
        return [answer.id or "" for answer in answers]

    def sent(self, ids: Sequence[str], *, actor: str = "denise.okafor@harlan.example") -> list[SendResult]:
        """Send them; they are Pending sync."""
        with self.session() as session:
            connection = session.scalars(select(Connection).where(Connection.public_id == self.connection)).one()
            return send(
                session,
                dict.fromkeys(ids),
                connection=connection,
                judge=lambda document: (),
                actor=actor,
                at=self.now - dt.timedelta(minutes=15),
            )

    def claimed(self, ids: Sequence[str]) -> None:
        """Handed over to the books."""
        self._move(Move.CLAIM, ids, batch_id=None, position=1)
        with self.session() as session:
            held = self.now + dt.timedelta(minutes=2)
            session.execute(
                update(ConnectionStatus).where(ConnectionStatus.tenant_id == self.tenant).values(lease_until=held)
            )
            session.commit()

    def doubtful(self, ids: Sequence[str]) -> None:
        """Handed over, and the answer lost."""
        self._move(Move.ANSWER_LOST, ids)

    def accepted(self, ids: Sequence[str], **receipt: Any) -> None:
        """Accepted by the books."""
        said: dict[str, Any] = {"books_id": "2C4D-1795102810", "number": "4820", "total_minor": 107284, "tax_minor": 0}
        said |= receipt
        self._move(Move.ACCEPTED, ids, receipt=Accepted(**said))

    def twinned(self, ids: Sequence[str], *, books_id: str = "1-77", exact: bool = False) -> None:
        """Stopped before it left, because the books hold something like it, or exactly it."""
        there = [{"books_id": books_id, "text": "number 4820 of 2026-11-17, Kestrel, 1072.84"}]
        problem = refusal("twin", "The books have this already: number 4820. Nothing was posted.", "number")
        self._move(Move.JUDGED_IMPOSSIBLE, ids, problem={**problem, "candidates": there, "exact": exact})

    def refused(self, ids: Sequence[str]) -> None:
        """Refused by the books, with a code."""
        problem = refusal(
            "3140",
            "The books have no terms called “Net 45”.",
            "terms",
            Fix("pick", "Choose other terms", "Net 30"),
        )
        self._move(Move.REFUSED, ids, problem=problem)

    def marked(self, ids: Sequence[str], reason: str = "Paid in cash") -> None:
        """Marked as not to be sent."""
        with self.session() as session:
            not_sent.mark(session, ids, reason, at=self.now, actor="denise.okafor@harlan.example")
            session.commit()

    def states(self) -> dict[str, str]:
        """number → state."""
        with self.session() as session:
            return dict(session.execute(select(Invoice.number, Invoice.state)).all())

    # ---- browsers without a window

    def browse(self, email: str) -> Browsing:
        """Somebody signed in, without the form and so without the slow hash of the password."""
        client = self.app.test_client()
        with self.unscoped() as session:
            user = session.scalars(select(User).where(User.email == email)).one()
            _row, secret = login.start(session, user, ip="127.0.0.1", user_agent="test", now=self.now)
            session.commit()
        with client.session_transaction() as cookie:
            cookie[sign_in.KEY] = secret
        return Browsing(client)

    # ---- the database

    @contextmanager
    def session(self, tenant: int | None = None) -> Iterator[ScopedSession]:
        """A session in the company's scope."""
        with self.unscoped() as session, session.tenant(tenant or self.tenant):
            yield session

    @contextmanager
    def unscoped(self) -> Iterator[ScopedSession]:
        """A session of nobody in particular."""
        with ScopedSession(self._parts().engines) as session:
            yield session

    def _move(self, via: Move, ids: Sequence[str], **change: Any) -> None:
        with self.session() as session:
            postings = session.scalars(
                select(Posting.id)
                .join(Invoice, Invoice.id == Posting.invoice_id)
                .where(Invoice.public_id.in_(ids))
                .order_by(Posting.id)
            ).all()
            if via is Move.CLAIM:
                change["batch_id"] = secrets.randbelow(1000) + 1
            told = {"connection_name": "QuickBooks Desktop"}
            at = self.now - dt.timedelta(minutes=6)
            changes = [Change(posting, told, **change) for posting in postings]
            assert len(move(session, via, changes, at=at, actor="QuickBooks Desktop")) == len(ids)
            session.commit()

    def _parts(self) -> Any:
        return self.app.extensions["dray"]

    def _vault(self) -> Any:
        return self._parts().vault


@dataclass
class Browsing:
    """A browser without script: it remembers the token of the last page, and presses buttons with it."""

    client: FlaskClient
    html: str = ""

    def get(self, address: str, **options: Any) -> TestResponse:
        """Open a page."""
        answer = self.client.get(address, **options)
        self.html = answer.text if TOKEN.search(answer.text) else self.html
        return answer

    def press(self, address: str, follow: bool = False, **form: Any) -> TestResponse:
        """Post a form with the token of the page before."""
        found = TOKEN.search(self.html)
        assert found is not None, "the page before has no form"
        answer = self.client.post(address, data={"csrf_token": found[1], **form}, follow_redirects=follow)
        if answer.mimetype != "text/html":
            return answer
        self.html = answer.text if TOKEN.search(answer.text) else self.html
        return answer
