"""A customer who sets QuickBooks up with a link: a browser without script, and a pretend QuickBooks beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from dray.connections.models import Connection
from dray.onboarding import setups
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.sample import item
from dray_qbd.simulator.transports import WsgiTransport
from dray_qbd.simulator.webconnector import WebConnector
from tests.platform.web.stage import Browsing, Stage

SECRET = re.compile(r'<div class="secret">.*?<code>([^<]+)</code>', re.DOTALL)
HINT = re.compile(r'data-hint="(\w+)"')
SOLD = ("30 yd roll-off, haul & return", "Fuel surcharge", "Tonnage over allowance")
"""What the stage's invoices name, so that these books know it."""
DONE = re.compile(r'<span class="node s-ok" id="node-(\w+)"')


@dataclass
class Customer:
    """One browser and one computer."""

    stage: Stage
    connection: str
    company: str = "Harlan Roll-Off & Recycling"
    link: str = ""
    steps: str = ""
    browser: Browsing = field(init=False)
    quickbooks: QuickBooks = field(init=False)

    def __post_init__(self) -> None:
        self.link = self.link or self.new_link()
        self.browser = Browsing(self.stage.app.test_client())
        company = Company.sample(self.company, also=[item(name) for name in SOLD])
        self.quickbooks = QuickBooks(company, clock=lambda: self.stage.now)

    def new_link(self) -> str:
        """A link as an agent makes it."""
        with self.stage.session() as session:
            connection = session.scalars(select(Connection).where(Connection.public_id == self.connection)).one()
            begun = setups.begin(
                session, connection, at=self.stage.now, actor="agent@dray.example", email="owner@harlan.example"
            )
            session.commit()
        self.stage.app.extensions["dray"].observer.watches.look_again()
        return f"/connect/{begun.secret}"

    def claim(self, place: str = "here") -> str:
        """Open the link and begin; the page of the steps."""
        self.browser.get(self.link)
        answer = self.browser.press(self.link, place=place)
        assert answer.status_code == 303, answer.text
        self.steps = answer.location
        return self.browser.get(self.steps).text

    def hand_over(self, button: str = "begin") -> tuple[Qwc, str]:
        """Get the file and the password."""
        answer = self.browser.press(f"{self.steps}/{button}")
        assert answer.status_code == 200, answer.text
        shown = SECRET.search(answer.text)
        assert shown is not None
        file = self.browser.get(f"{self.steps}/file")
        assert file.status_code == 200
        return Qwc.read(file.data), shown[1]

    def web_connector(self, qwc: Qwc, password: str) -> WebConnector:
        """The Web Connector of that computer."""
        transport = WsgiTransport(self.stage.app.wsgi_app)
        return WebConnector(transport, self.quickbooks, qwc, password, sleep=lambda _: None)

    def installed(self) -> WebConnector:
        """Everything up to the file being added."""
        self.claim()
        connector = self.web_connector(*self.hand_over())
        connector.add()
        return connector

    def live(self) -> str:
        """What the page shows now."""
        return self.browser.client.get(f"{self.steps}/live").text

    def done(self) -> list[str]:
        """The steps that are ticked."""
        return DONE.findall(self.live())

    def hint(self) -> str:
        """What the page says that hangs."""
        found = HINT.search(self.live())
        return found[1] if found else ""

    def confirm(self, **form: Any) -> int:
        """Say that the company is the right one."""
        page = self.browser.get(self.steps).text
        mark = re.search(r'name="mark" value="(\w+)"', page)
        answer = self.browser.press(f"{self.steps}/company", False, mark=mark[1] if mark else "", **form)
        return answer.status_code
