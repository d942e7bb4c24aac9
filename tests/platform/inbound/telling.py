"""A company whose pretend QuickBooks Online tells of changes, and the application that hears of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from dray.app import create_app
from dray.billing.models import BookState, Invoice, Receipt
from dray.connections.models import ConnectionStatus
from dray.settings import read_settings
from dray.sync.dialling import Dialler
from dray.sync.dialling_rounds import dialler_of, who_is_due
from dray.twin.models import TwinList
from dray_qbo.simulator import App
from dray_qbo.simulator.realm import Realm
from dray_qbo.simulator.webhooks import Event, Style, body, headers
from tests.platform.background.working import Works
from tests.platform.connections.online import LARKSPUR

ADDRESS = "/webhooks/qbo"
VERIFIER = App().verifier


@dataclass
class Telling:
    """It. `answers` are the statuses that Intuit heard."""

    works: Works
    app: Flask = field(init=False)
    dialler: Dialler = field(init=False)
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        online = self.works.online
        settings = {**online.environment, "DRAY_QBO_WEBHOOK_TOKEN": VERIFIER}
        self.app = create_app(read_settings(settings), clock=online.clock)
        # nobody waits here: what would be waited is added to the clock
        self.dialler = replace(dialler_of(online.parts), pause=lambda seconds: self.pass_(seconds=seconds))
        # the company keeps the numbers that it is given, so that a person there can change one
        self.realm.company.settings.custom_txn_numbers = True
        online.intuit.deliveries.url = f"https://dray.example{ADDRESS}"

    @property
    def realm(self) -> Realm:
        return self.works.online.intuit.realms[LARKSPUR]

    def post(self, content: bytes, sent: Mapping[str, str], address: str = ADDRESS) -> int:
        """The status of one call."""
        return self.app.test_client().post(address, data=content, headers=dict(sent)).status_code

    def signed(self, content: bytes, style: Style = Style.LEGACY) -> Mapping[str, str]:
        return headers(content, VERIFIER, style, "tid", self.works.online.clock())

    def event(self, kind: str, identity: str, operation: str = "Update", realm: str = LARKSPUR) -> Event:
        return Event(realm, kind, identity, operation, self.works.online.clock())

    def tell(self, *events: Event, style: Style = Style.LEGACY) -> int:
        """Intuit tells of these; the status that it hears."""
        content = body(style, events, [f"evt-{number}" for number, _ in enumerate(events)])
        return self.post(content, self.signed(content, style))

    def hear(self) -> None:
        """Everything that waits at the pretend Intuit is told."""

        def post(url: str, sent: Mapping[str, str], content: bytes) -> int:
            self.answers.append(self.post(content, sent, urlsplit(url).path))
            return self.answers[-1]

        self.works.online.intuit.send_webhooks(post)

    def pass_(self, **span: float) -> None:
        self.works.online.clock.now += dt.timedelta(**span)

    def turns(self, count: int = 1) -> int:
        """So many looks of the worker, a minute and a second apart; how many requests left."""
        requests = 0
        for _ in range(count):
            self.pass_(seconds=61)
            for tenant_id, connection_id in who_is_due(self.dialler):
                requests += self.dialler.turn(tenant_id, connection_id).requests
        return requests

    def posted(self, count: int = 1) -> list[str]:
        """Invoices that the books took and told of, until nothing more is to be done; their ids there."""
        self.works.send(count)
        self.turns(3)
        self.hear()
        self.turns(3)
        assert set(self.works.states()) == {"synced"}
        assert not self.is_due()
        with self.works.online.session() as session:
            return list(session.scalars(select(Receipt.books_id).order_by(Receipt.id)))

    def is_due(self, **within: float) -> bool:
        """Whether the connection has work, within that time."""
        with self.works.online.session() as session:
            due_at = session.scalars(select(ConnectionStatus.due_at)).one()
        return due_at is not None and due_at <= self.works.online.clock() + dt.timedelta(**within)

    def differences(self) -> dict[str, str]:
        """Invoice's id in the books → how they differ from what is known here."""
        with self.works.online.session() as session:
            rows = session.execute(
                select(Receipt.books_id, BookState.kind)
                .join(Invoice, Invoice.id == BookState.invoice_id)
                .join(Receipt, Receipt.invoice_id == Invoice.id)
            ).all()
        return {books_id: str(kind) for books_id, kind in rows}

    def wanted(self) -> tuple[set[str], set[str]]:
        """Invoices and lists that are to be looked up."""
        with self.works.online.session() as session:
            invoices = session.scalars(select(Receipt.books_id).where(Receipt.wanted_at.is_not(None))).all()
            rows = session.scalars(select(TwinList)).all()
        lists = {row.kind for row in rows if row.wanted_at and row.pass_began_at and row.wanted_at > row.pass_began_at}
        return set(invoices), lists
