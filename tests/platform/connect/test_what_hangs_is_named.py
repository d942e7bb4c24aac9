"""Whatever goes wrong on the customer's computer, the page names it and says what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from markupsafe import escape
from sqlalchemy import select, update

from dray.connections.models import Connection, ConnectionStatus, Install
from dray.installation import compose
from dray.onboarding.models import ObservedCall
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import AddRefused
from dray_qbd.simulator.webconnector import WebConnector
from dray_sdk import Books, Stop, Ticket
from tests.platform.connect.customer import Customer
from tests.platform.web.stage import Stage


def wrong(connector: WebConnector, password: str) -> None:
    """Run once with another password."""
    connector._password = password
    connector.run_once()


def test_a_password_that_is_not_ours_is_told_from_a_mistyped_one(customer: Customer) -> None:
    connector = customer.installed()
    wrong(connector, "QuickBooksAdmin1!")
    assert customer.hint() == "not_ours"
    assert "The passwords of Windows and of QuickBooks do not work here" in customer.live()
    wrong(connector, "AAAA-BBBB-CCCC-DDDD-EEEE")
    assert customer.hint() == "wrong_password"
    wrong(connector, "  ")
    assert customer.hint() == "no_password"


def test_an_older_password_is_named(customer: Customer) -> None:
    customer.claim()
    qwc, first = customer.hand_over()
    for _ in range(2):
        customer.browser.press(f"{customer.steps}/password")
    connector = customer.web_connector(qwc, first)
    connector.add()
    connector.run_once()
    assert customer.hint() == "older_password"


def test_the_password_of_another_connection_is_named(stage: Stage, customer: Customer) -> None:
    other = Customer(stage, stage.connect("Second books", called=False))
    other.claim()
    _, password = other.hand_over()
    connector = customer.installed()
    wrong(connector, password)
    assert customer.hint() == "other_connection"
    assert "Second books" in customer.live()


def test_another_companys_password_tells_nothing_of_it(stage: Stage, customer: Customer) -> None:
    theirs = stage.connect("Prairie books", tenant=stage.company("Prairie Box Co.", "prairie"), called=False)
    with stage.unscoped() as session, session.every_tenant("the test looks at another company"):
        row = session.scalars(select(Connection).where(Connection.public_id == theirs)).one()
        tenant_id = row.tenant_id
    with stage.session(tenant_id) as session:
        connection = session.scalars(select(Connection)).one()
        password = stage.app.extensions["dray"].passwords.mint(session, connection, at=stage.now, actor="test")
        user = session.scalars(select(Install.user_name).where(Install.tenant_id == tenant_id)).one()
        session.commit()
    connector = customer.installed()
    wrong(connector, password)
    assert customer.hint() == "wrong_password"
    connector.qwc = replace(connector.qwc, user_name=user)
    wrong(connector, password)
    assert customer.hint() == "other_user"
    assert "Prairie" not in customer.live()


def test_the_row_of_another_connection_is_named(stage: Stage, customer: Customer) -> None:
    other = Customer(stage, stage.connect("Second books", called=False))
    other.claim()
    theirs, password = other.hand_over()
    connector = customer.installed()
    connector.qwc = replace(connector.qwc, user_name=theirs.user_name)
    wrong(connector, password)
    assert customer.hint() == "other_connection"


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("closed", "0x80040416", "<b>QuickBooks is not running.</b>"),
        ("dialog", "0x80040414", "<b>A window in QuickBooks waits for an answer.</b>"),
        ("single_user", "0x80040422", "<b>QuickBooks must be in single-user mode for this.</b>"),
        ("needs_admin", "0x80040418", "<b>QuickBooks wants its Admin for the first contact.</b>"),
        ("wrong_file", "0x8004040A", "<b>Another company file is open in QuickBooks.</b>"),
        ("starting", "0x80040424", "<b>QuickBooks was still starting.</b>"),
    ],
)
def test_what_quickbooks_refuses_is_explained_with_its_code(
    stage: Stage, customer: Customer, fault: str, code: str, words: str
) -> None:
    connector = customer.installed()
    setattr(customer.quickbooks.faults, fault, 9)
    connector.run_once()
    assert customer.hint().casefold() == code.casefold()
    page = customer.live()
    explained = stage.app.extensions["dray"].registry.enabled["qbd"].explain(code)
    assert escape(explained.action) in page
    assert words in page
    setattr(customer.quickbooks.faults, fault, 0)
    connector.run_once()
    assert customer.hint() == ""
    assert "read" in customer.done()


@pytest.mark.parametrize("fault", ["closed", "dialog", "single_user", "needs_admin"])
def test_a_file_that_could_not_be_added_is_noticed_by_what_did_not_come(customer: Customer, fault: str) -> None:
    customer.claim()
    connector = customer.web_connector(*customer.hand_over())
    setattr(customer.quickbooks.faults, fault, 1)
    with pytest.raises(AddRefused):
        connector.add()
    assert customer.done() == ["file", "reached"]
    customer.stage.now += dt.timedelta(minutes=2)
    assert customer.hint() == "no_call"
    assert "Adding the file needs QuickBooks open as Admin, in single-user mode" in customer.live()


def test_the_row_of_an_older_file_is_named(customer: Customer) -> None:
    customer.claim()
    file, first = customer.hand_over()
    older = customer.web_connector(file, first)
    older.add()
    renewed, password = customer.hand_over("identity")
    wrong(older, password)
    assert customer.hint() == "older_file", "the new password in the row of the old file"
    newer = customer.web_connector(renewed, first)
    newer.add()
    newer.run_once()
    assert customer.hint() == "older_password", "the old password in the row of the new file"
    wrong(newer, password)
    assert customer.hint() == ""
    wrong(older, first)
    assert customer.hint() == "closed"


def test_a_sample_company_and_a_file_that_belongs_elsewhere_are_named(stage: Stage, customer: Customer) -> None:
    connector = customer.installed()
    connector.run_once()
    customer.confirm()
    stage.now += dt.timedelta(days=1)
    again = Customer(stage, customer.connection)
    again.quickbooks = QuickBooks(Company.sample("Somebody Else Inc."), clock=lambda: stage.now)
    again.claim()
    other = again.web_connector(*again.hand_over())
    other.add()
    other.run_once()
    assert again.hint() == "stopped"
    assert "Somebody Else Inc." in again.live()
    assert "books" not in again.done()


def test_nothing_that_arrives_is_noticed_after_two_minutes(customer: Customer) -> None:
    customer.claim()
    qwc, password = customer.hand_over()
    assert customer.hint() == ""
    customer.stage.now += dt.timedelta(minutes=2)
    assert customer.hint() == "nothing"
    connector = customer.web_connector(qwc, password)
    connector.add()
    assert customer.hint() == ""
    customer.stage.now += dt.timedelta(minutes=2)
    assert customer.hint() == "no_call"
    assert "QBWC1039" in customer.live()


def test_auto_run_that_never_comes_is_noticed(customer: Customer) -> None:
    connector = customer.installed()
    connector.run_once()
    customer.confirm()
    assert customer.hint() == ""
    customer.stage.now += dt.timedelta(minutes=16)
    assert customer.hint() == "no_auto_run"
    connector.run_once()
    assert customer.hint() == ""


def test_who_floods_us_does_not_fill_the_database(stage: Stage, customer: Customer) -> None:
    connector = customer.installed()
    for _ in range(110):
        wrong(connector, "nonsense")
    with stage.session() as session:
        assert len(session.scalars(select(ObservedCall.id)).all()) <= 300


def test_a_persons_browser_ticks_nothing(customer: Customer) -> None:
    customer.claim()
    qwc, _ = customer.hand_over()
    address = qwc.app_url.removeprefix("http://localhost:8000")
    for path in (address, f"{address}/support"):
        customer.browser.client.get(path, headers={"Sec-Fetch-Mode": "navigate"})
    assert customer.done() == ["file"]
    customer.browser.client.get(address)
    assert customer.done() == ["file", "reached"]


def test_the_web_connectors_window_names_the_support(stage: Stage, customer: Customer) -> None:
    connector = customer.installed()
    connector.run_once()
    parts = stage.app.extensions["dray"]
    settings = replace(parts.settings, support_phone="+1 555 0100", support_email="help@dray.example")
    settings = replace(settings, product_name="Haul Books", support_address="1 Mill Road, Springfield")
    told = compose(settings, clock=lambda: stage.now)
    with stage.session() as session:
        install, user = session.execute(select(Install.public_id, Install.user_name)).one()
        session.execute(update(ConnectionStatus).values(due_at=stage.now))
        session.commit()
    desk = told.desk_for("qbd", install)
    opened = desk.open(user, connector._password)
    assert isinstance(opened, Ticket)
    assert isinstance(desk.introduce(opened.value, Books(name="Somebody Else", id="other"), "PC"), Stop)
    assert desk.last_words(opened.value).endswith(
        "Help: Haul Books, +1 555 0100, help@dray.example, 1 Mill Road, Springfield"
    )
    told.engines.dispose()
