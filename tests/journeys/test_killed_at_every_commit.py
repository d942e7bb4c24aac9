"""SIGKILL of a web process, and of PostgreSQL, at each commit of real sessions over HTTP: 0 lost, 0 doubled."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from dray.billing.models import Invoice, Receipt
from dray.migrations.upgrade import upgrade
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.http_transport import HttpTransport
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.webconnector import WebConnector
from dray_tenants.scope import ScopedSession
from tests.ground import mortal_postgresql
from tests.journeys import mortal
from tests.journeys.installation import Api, Door, Installation, books, invoice

COMMITS = 12
"""More than a session that posts one batch makes; what is not reached is still armed when the session ends."""


def test_a_web_process_that_is_killed_at_any_commit_loses_and_doubles_nothing(installation: Installation) -> None:
    journey = Journey(installation)
    with installation.served("tests.journeys.mortal") as address:
        journey.begin(address)
        for moment in ("before", "after"):
            for commit in range(1, COMMITS + 1):
                journey.send(2)
                journey.arm(mortal.order(moment, commit, "worker"))
                journey.run_until_quiet()
                journey.disarm()
        journey.check()
    assert journey.killed >= COMMITS


@pytest.mark.postgresql
def test_a_database_that_is_killed_at_any_commit_loses_and_doubles_nothing(
    run_directory: Path, tmp_path: Path, free_port: int
) -> None:
    with mortal_postgresql.running(run_directory) as server:
        url = server.databases.url(server.databases.create())
        upgrade(url)
        installation = Installation(tmp_path, url, free_port)
        journey = Journey(installation)
        with installation.served("tests.journeys.mortal") as address:
            journey.begin(address)
            for moment in ("before", "after"):
                for commit in range(1, COMMITS + 1, 2):
                    journey.send(2)
                    journey.arm(mortal.order(moment, commit, f"database:{server.pid}"))
                    journey.run_until_quiet(server.revive)
                    journey.disarm()
            journey.check()
        installation.close()


class Journey:
    """One tenant's invoices on their way, again and again, past whatever is killed."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.door: Door = installation.door()
        self.company: Company = books()
        self.order = installation.home / "kill"
        self.number = 0
        self.killed = 0

    def begin(self, address: str) -> None:
        self.api = Api(address, self.door.token)
        quickbooks = QuickBooks(self.company)
        self.connector = WebConnector(
            HttpTransport(timeout=20), quickbooks, self.door.qwc, self.door.password, sleep=lambda _: None
        )
        self.connector.add()
        self.connector.run_once()

    def send(self, count: int) -> None:
        posted = [invoice(self.number + step, f"{100 + self.number + step}.00") for step in range(1, count + 1)]
        self.number += count
        status, answer = self.api.call("POST", "/invoices", {"invoices": posted})
        assert status == 200, answer
        ids = [one["invoice"]["id"] for one in answer["invoices"]]
        status, answer = self.api.call("POST", "/invoices/send", {"ids": ids})
        assert status == 200, answer

    def arm(self, order: str) -> None:
        self.order.write_text(order)

    def disarm(self) -> None:
        if self.order.exists():
            self.order.unlink()
        else:
            self.killed += 1

    def run_until_quiet(self, restart: Callable[[], None] | None = None) -> None:
        said: list[str] = []
        for _ in range(30):
            report = self.connector.run_once()
            if restart is not None:
                restart()
            if report.code is None and not report.sent:
                return
            said.append(report.status)
        raise AssertionError(f"still not quiet: {said}")

    def check(self) -> None:
        there = list(self.company.transactions["Invoice"].values())
        numbers = sorted(record["RefNumber"] for record in there)
        assert numbers == sorted(str(number) for number in range(1, self.number + 1))
        with ScopedSession(self.installation.parts.engines) as session, session.tenant(self.door.tenant_id):
            states = dict(session.execute(select(Invoice.number, Invoice.state)).all())
            receipts = session.scalars(select(Receipt.total_minor)).all()
        assert set(states.values()) == {"synced"}, states
        assert sum(minor or 0 for minor in receipts) == sum((100 + n) * 100 for n in range(1, self.number + 1))
