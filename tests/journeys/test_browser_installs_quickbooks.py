"""A whole installation in real browsers: an agent begins it, a customer does it, both see each call as it comes."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from dray.connections.models import Connection, ConnectionStatus
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.http_transport import HttpTransport
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.qwc import Qwc
from dray_qbd.simulator.webconnector import WebConnector
from dray_tenants.models import Tenant
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.journeys.test_browser_pages_suit_everybody import OPEN_FOLDS, overhang, told
from tests.platform.console.office import Office
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

COMPANY = "Boone Valley Dumpsters"
WITHIN = 3000
"""Milliseconds in which an open page says what has just gone wrong."""


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """An installation with one company, and nobody of the new one yet."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    with running(stage) as site:
        yield site
    stage.close()


@pytest.fixture
def agents(site: Site, browser: Browser) -> Iterator[BrowserContext]:
    """The browser of an agent who signed in with a code."""
    with browser.new_context(viewport={"width": 1360, "height": 900}) as context:
        cookie = Office(site.stage).staff().client.get_cookie("dray_session")
        assert cookie is not None
        context.add_cookies([{"name": "dray_session", "value": cookie.value, "url": site.address}])
        yield context


@pytest.fixture
def customers(browser: Browser) -> Iterator[BrowserContext]:
    """The customer's browser."""
    with browser.new_context(viewport={"width": 1360, "height": 900}) as context:
        yield context


@dataclass
class Person:
    """Somebody at a page, whose actions and typed fields are counted."""

    page: Page
    actions: int = 0
    typed: int = 0

    def type(self, label: str, text: str) -> None:
        """Fill a field in."""
        self.page.get_by_label(label, exact=True).fill(text)
        self.actions, self.typed = self.actions + 1, self.typed + 1

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name).click()
        self.actions += 1


@dataclass
class Computer:
    """The customer's computer: a pretend QuickBooks and Web Connector that call over the network."""

    site: Site
    quickbooks: QuickBooks = field(default_factory=lambda: QuickBooks(Company.sample(COMPANY)))

    def connector(self, file: bytes, password: str) -> WebConnector:
        """The Web Connector with the file."""
        qwc = Qwc.read(file)
        path = qwc.app_url.partition("localhost:8000")[2]
        return WebConnector(HttpTransport(), self.quickbooks, qwc, password, endpoint=f"{self.site.address}{path}")


def begin(site: Site, agents: BrowserContext) -> tuple[Person, str]:
    """The agent's part; the link as the customer gets it."""
    agent = Person(agents.new_page())
    agent.page.goto(f"{site.address}/console")
    agent.type("Company", COMPANY)
    agent.type("E-mail of whoever has QuickBooks", "owner@boone.example")
    agent.press("Create the connection")
    link = agent.page.locator("section[aria-label='The link'] code").inner_text()
    return agent, link.replace("http://localhost:8000", site.address)


def take_file(customer: Person, button: str | re.Pattern[str] = "Get the file and the password") -> tuple[bytes, str]:
    """The file that downloads by itself, and the password."""
    with customer.page.expect_download() as download:
        customer.press(button)
    password = customer.page.locator(".secret code").first.inner_text()
    return Path(download.value.path()).read_bytes(), password


def test_the_whole_installation(site: Site, agents: BrowserContext, customers: BrowserContext) -> None:
    agent, link = begin(site, agents)
    assert (agent.actions, agent.typed) == (3, 2)
    customer = Person(customers.new_page())
    customer.page.goto(link)
    customer.press("Begin in this browser")
    expect(agent.page.locator("#link-is")).to_contain_text("Opened", timeout=WITHIN)
    file, password = take_file(customer)
    connector = Computer(site).connector(file, password)
    connector.add()
    expect(customer.page.locator("#node-reached")).to_have_class(re.compile("s-ok"), timeout=WITHIN)
    assert connector.run_once().code is None
    expect(customer.page.locator("#node-read")).to_have_class(re.compile("s-ok"), timeout=WITHIN)
    expect(agent.page.locator("#calls")).to_contain_text(f"The company file is open: {COMPANY}", timeout=WITHIN)
    expect(customer.page.get_by_text(password)).to_have_count(1)
    customer.press(f"Yes, {COMPANY} is right")
    expect(customer.page.get_by_text(f"Connected to {COMPANY}.")).to_be_visible()
    assert customer.actions == 3, "and the password is copied"
    assert customer.typed == 0
    expect(customer.page.get_by_text(password)).to_have_count(0)
    expect(agent.page.locator("#link-is")).to_contain_text("The link has done its work", timeout=WITHIN)
    customer.page.go_back()
    expect(customer.page.get_by_text(password)).to_have_count(0)


@dataclass
class Watched:
    """Open pages whose own clocks are moved: three seconds of a page pass at once."""

    site: Site
    pages: list[Page]

    def say(self, code: str, within: int = WITHIN) -> None:
        """Each page names this within three of its seconds; with an empty code none names anything."""
        for page in self.pages:
            with page.expect_response("**/live"):
                page.clock.run_for(within)
            hint = page.locator("#hint .banner")
            if code:
                expect(hint).to_have_attribute("data-hint", code)
            else:
                expect(hint).to_have_count(0)

    def later(self, minutes: int) -> None:
        """So many minutes pass at the server."""
        self.site.stage.now += dt.timedelta(minutes=minutes)


def password_of_other_books(site: Site) -> str:
    """The password of another connection of the same company."""
    stage, at = site.stage, site.stage.now
    with stage.unscoped() as session:
        tenant = session.scalars(select(Tenant.id).where(Tenant.name == COMPANY)).one()
    stage.connect("Other books", tenant=tenant, called=False)
    with stage.session(tenant) as session:
        other = session.scalars(select(Connection).where(Connection.name == "Other books")).one()
        password = stage.app.extensions["dray"].passwords.mint(session, other, at=at, actor="test")
        session.commit()
    return str(password)


def due_now(site: Site) -> None:
    """Whoever calls next finds something to do."""
    with site.stage.unscoped() as session:
        session.execute(update(ConnectionStatus).values(due_at=site.stage.now))
        session.commit()


def test_whatever_goes_wrong_is_named_on_both_pages_within_three_seconds(
    site: Site, agents: BrowserContext, customers: BrowserContext
) -> None:
    for context in (agents, customers):
        context.clock.install()
    agent, link = begin(site, agents)
    customer = Person(customers.new_page())
    customer.page.goto(link)
    customer.press("Begin in this browser")
    old_file, old_password = take_file(customer)
    seen, computer = Watched(site, [customer.page, agent.page]), Computer(site)
    seen.later(2)
    seen.say("nothing")
    older = computer.connector(old_file, old_password)
    older.add()
    seen.say("")
    seen.later(2)
    seen.say("no_call")
    customer.page.get_by_text("The file or the password again").click()
    file, password = take_file(customer, "Make a new file")
    connector = computer.connector(file, password)
    connector.add()
    elsewhere = password_of_other_books(site)
    for typed, code in (
        ("", "no_password"),
        ("Admin123!", "not_ours"),
        ("AAAA-BBBB-CCCC-DDDD-EEEE", "wrong_password"),
        (old_password, "older_password"),
        (elsewhere, "other_connection"),
    ):
        connector._password = typed
        connector.run_once()
        seen.say(code)
    older._password = password
    older.run_once()
    seen.say("older_file")
    connector._password = password
    for fault, code in (
        ("closed", "0x80040416"),
        ("dialog", "0x80040414"),
        ("single_user", "0x80040422"),
        ("needs_admin", "0x80040418"),
        ("wrong_file", "0x8004040A"),
    ):
        setattr(computer.quickbooks.faults, fault, 9)
        connector.run_once()
        setattr(computer.quickbooks.faults, fault, 0)
        seen.say(code)
    connector.run_once()
    seen.say("")
    other_company, connector.quickbooks = connector.quickbooks, QuickBooks(Company.sample("Somebody Else Inc."))
    due_now(site)
    connector.run_once()
    seen.say("stopped")
    connector.quickbooks = other_company
    connector.run_once()
    seen.say("")
    customer.press(f"Yes, {COMPANY} is right")
    expect(customer.page.get_by_text(f"Connected to {COMPANY}.")).to_be_visible()
    seen.later(16)
    seen.say("no_auto_run")
    connector.run_once()
    seen.say("")


def test_it_works_without_script_and_on_another_computer(site: Site, agents: BrowserContext, browser: Browser) -> None:
    _, link = begin(site, agents)
    with (
        browser.new_context(java_script_enabled=False) as laptop,
        browser.new_context(java_script_enabled=False) as server,
    ):
        first = Person(laptop.new_page())
        first.page.goto(link)
        first.page.get_by_label("On a server in our office").check()
        first.press("Begin in this browser")
        first.press("Show a code")
        code = first.page.locator(".secret code").inner_text()
        second = Person(server.new_page())
        second.page.goto(f"{site.address}/connect")
        second.type("Code", code)
        second.press("Go on here")
        file, password = take_file(second)
        connector = Computer(site).connector(file, password)
        connector.add()
        connector.run_once()
        second.page.reload()
        second.press(f"Yes, {COMPANY} is right")
        expect(second.page.get_by_text(f"Connected to {COMPANY}.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_suit_everybody(
    site: Site, browser: Browser, agents: BrowserContext, theme: Literal["light", "dark"]
) -> None:
    agent, link = begin(site, agents)
    axe, found = Axe(), {}
    state = agents.storage_state()
    with browser.new_context(color_scheme=theme, storage_state=state) as context:
        customer = Person(context.new_page())

        def look(name: str) -> None:
            customer.page.evaluate(OPEN_FOLDS)
            if violations := axe.run(customer.page).response["violations"]:
                found[name] = told(violations)
            for width in (360, 800, 1360):
                customer.page.set_viewport_size({"width": width, "height": 800})
                if wide := customer.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                ):
                    found[f"{name} at {width}"] = [f"{wide} pixels stick out"]

        customer.page.goto(link)
        look("link")
        customer.press("Begin in this browser")
        look("steps")
        file, password = take_file(customer)
        look("password")
        connector = Computer(site).connector(file, password)
        connector.add()
        connector._password = "something else"
        connector.run_once()
        customer.page.reload()
        look("wrong password")
        connector._password = password
        connector.run_once()
        customer.page.reload()
        look("company")
        customer.press(f"Yes, {COMPANY} is right")
        look("done")
        connection = agent.page.url.rpartition("/console/connections/")[2]
        other = site.stage.connect("Others")
        for address in (
            "/console", "/console?q=nobody", "/console/errors", "/console/access", "/console/connectors", "/connect",
            "/connect/none",
            f"/console/connections/{connection}", f"/console/connections/{other}",
        ):  # fmt: skip
            overhang(customer.page, f"{site.address}{address}")
            look(address)
    assert found == {}
