"""An installation from the agent's press to the proof, and staff's access, on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import event, select

from dray import sign_in
from dray.connections.models import Connection, Install, IssuedFile
from dray.onboarding import setups
from dray.onboarding.models import ObservedCall, Setup, StaffAccess
from dray.onboarding.setups import Place
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.transports import WsgiTransport
from dray_qbd.simulator.webconnector import WebConnector
from dray_tenants import login
from dray_tenants.roles import StaffRole
from dray_tenants.scope import ScopedSession
from dray_tenants.users import create_user
from tests.journeys.installation import Installation, books
from tests.platform.connect.customer import DONE, SECRET
from tests.platform.web.stage import PASSWORD, QUICK, Browsing


@pytest.fixture
def agent(installation: Installation) -> Browsing:
    """An agent who signed in with a code."""
    app = installation.app()
    with ScopedSession(installation.parts.engines) as session:
        now = installation.parts.clock()
        user = create_user(session, "rosa@dray.example", PASSWORD, now=now, staff=StaffRole.OPERATOR, hasher=QUICK)
        _row, secret = login.start(session, user, ip="127.0.0.1", user_agent="t", now=now, second_factor=True)
        session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[sign_in.KEY] = secret
    browser = Browsing(client)
    browser.get("/console")
    return browser


def test_from_the_press_to_the_proof(installation: Installation, agent: Browsing) -> None:
    answer = agent.press("/console/installs", company="Boone Valley", email="owner@boone.example")
    link = (SECRET.search(answer.text) or [""])[1]
    connection = re.search(r"/console/connections/(con_\w+)", answer.text)
    assert connection is not None
    customer = Browsing(agent.client.application.test_client())
    path = "/connect/" + link.rpartition("/")[2]
    customer.get(path)
    steps = customer.press(path, place="server").location
    customer.get(steps)
    shown = SECRET.search(customer.press(f"{steps}/begin").text)
    assert shown is not None
    qwc = Qwc.read(customer.get(f"{steps}/file").data)
    quickbooks = QuickBooks(books())
    transport = WsgiTransport(customer.client.application.wsgi_app)
    connector = WebConnector(transport, quickbooks, qwc, "wrong", sleep=lambda _: None)
    connector.add()
    connector.run_once()
    assert 'data-hint="not_ours"' in customer.client.get(f"{steps}/live").text
    connector._password = shown[1]
    assert connector.run_once().code is None
    page = customer.get(steps).text
    mark = re.search(r'name="mark" value="(\w+)"', page)
    assert mark is not None
    assert customer.press(f"{steps}/company", mark=mark[1], first_day="2026-11-01").status_code == 303
    assert len(DONE.findall(customer.client.get(f"{steps}/live").text)) == 6
    assert "Finished: OK" in agent.client.get(f"/console/connections/{connection[1]}/live").text
    console = f"/console/connections/{connection[1]}"
    agent.get(console)
    for button in ("pause", "resume", "password", "password/older", "move", "watch"):
        assert agent.press(f"{console}/{button}").status_code in (200, 303), button
        agent.get(console)
    assert agent.press(f"{console}/retire", name="QuickBooks Desktop").location == "/console"
    with ScopedSession(installation.parts.engines) as session, session.every_tenant("the test looks"):
        assert session.scalars(select(IssuedFile.issued_to)).all() == ["owner@boone.example"]
        assert session.scalars(select(StaffAccess.kind)).all() == ["setup"]
        assert "proved" in session.scalars(select(Setup.ended_for)).all()


def test_only_one_of_two_browsers_claims_a_link(installation: Installation) -> None:
    door, parts = installation.door(), installation.parts
    with ScopedSession(parts.engines) as session, session.tenant(door.tenant_id):
        connection = session.get_one(Connection, door.connection_id)
        secret = setups.begin(session, connection, at=parts.clock(), actor="test").secret
        session.commit()
    begin, got = threading.Barrier(2), []

    def press() -> None:
        with ScopedSession(parts.engines) as session:
            setup = setups.by_secret(session, secret)
            assert setup is not None
            session.commit()
            begin.wait()
            found = setups.claim(session, setup, Place.HERE, at=parts.clock())
            session.commit()
            got.append(found)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each is not None for each in got) == [False, True]


def test_an_idle_poll_asks_the_database_nothing_more_for_being_watchable(installation: Installation) -> None:
    door, app = installation.door(), installation.app()
    connector = WebConnector(
        WsgiTransport(app.wsgi_app), QuickBooks(books()), door.qwc, door.password, sleep=lambda _: None
    )
    connector.add()
    connector.run_once()
    parts = app.extensions["dray"]
    said: list[str] = []
    engines = parts.engines
    for engine in {engines.write, engines.read, engines.notes, engines.hurried}:
        event.listen(engine, "before_cursor_execute", lambda *seen: said.append(seen[2]))
    parts.observer.watches._look_at = float("inf")  # known for now: a second has not passed since
    assert connector.run_once().calls == ["serverVersion", "clientVersion", "authenticate", "closeConnection"]
    asked = [each for each in said if "set_config" not in each and not each.startswith(("BEGIN", "PRAGMA"))]
    assert len(asked) == 2, asked
    assert not any(name in each for each in asked for name in ("setups", "observed_calls"))


def test_nothing_of_an_unwatched_connection_is_kept(installation: Installation) -> None:
    door, app = installation.door(), installation.app()
    connector = WebConnector(
        WsgiTransport(app.wsgi_app), QuickBooks(books()), door.qwc, door.password, sleep=lambda _: None
    )
    connector.add()
    connector.run_once()
    with ScopedSession(installation.parts.engines) as session, session.tenant(door.tenant_id):
        assert session.scalars(select(ObservedCall.id)).all() == []
        install = session.scalars(select(Install)).one()
        assert (install.first_called_at is not None, install.opened_at) == (True, None), "only that it is in use"
