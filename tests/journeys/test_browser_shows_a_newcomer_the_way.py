"""From an empty account to the first synced invoice, pressing nothing but what each page offers as the next action."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dray.sync.dialling_rounds import dialler_of, who_is_due
from dray_qbo.simulator import Server
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.connections.online import environment, pretend_intuit
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

NEWCOMER = "nora@larkspur.example"
NEXT = "main .btn.primary:visible:not([disabled])"


@pytest.fixture
def intuit(free_port: int) -> Iterator[Server]:
    address = f"http://127.0.0.1:{free_port}/oauth/qbo/callback"
    with Server(pretend_intuit(redirect=address), hold=0.05) as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate, intuit: Server, free_port: int) -> Iterator[Site]:
    """A company that has nothing at all."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    settings = environment(tmp_path, f"sqlite:///{tmp_path / 'dray.db'}", intuit.url)
    stage = Stage(tmp_path, settings={**settings, "DRAY_PUBLIC_URL": f"http://127.0.0.1:{free_port}"})
    stage.person(NEWCOMER, Role.OWNER)
    with running(stage, free_port) as site:
        yield site
    stage.close()


def next_action(page: Page) -> Locator:
    """The one thing that the page offers as the next; a page that offers none, or two, is a dead end or a fork."""
    offered = page.locator(NEXT)
    expect(offered).to_have_count(1)
    return offered


def work(site: Site) -> None:
    """What the worker does, until nothing is due. While it waits, time passes."""

    def wait(seconds: float) -> None:
        site.stage.now += dt.timedelta(seconds=seconds)

    dialler = replace(dialler_of(site.stage._parts()), pause=wait)
    for _ in range(8):
        for tenant_id, connection_id in who_is_due(dialler):
            dialler.turn(tenant_id, connection_id)


def test_a_newcomer_needs_nothing_but_the_next_action(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        site.sign_in(page, NEWCOMER)
        assert next_action(page).inner_text() == "Connect your books"
        next_action(page).click()
        page.get_by_label("QuickBooks Online").check()
        next_action(page).click()
        page.get_by_role("button", name="Connect").click()  # over there, at Intuit
        next_action(page).click()
        expect(page.get_by_text("Your books are connected.")).to_be_visible()
        assert next_action(page).inner_text() == "Write an invoice"
        next_action(page).click()
        page.get_by_label("Name, e-mail or a part of it").fill("Bramble Creek Builders")
        page.get_by_label("Create Bramble Creek Builders as a new customer").check()
        page.get_by_label("Item of line").fill("Services")
        page.get_by_label("Quantity of line").fill("2")
        page.get_by_label("Price of line").fill("42.50")
        next_action(page).click()
        assert next_action(page).inner_text() == "Review and send"
        next_action(page).click()
        next_action(page).click()
        work(site)
        page.goto(f"{site.address}/overview")
        expect(page.get_by_role("heading", name="Invoices are reaching QuickBooks Online")).to_be_visible()
        expect(page.locator("#tiles").get_by_role("link", name="1", exact=True)).to_be_visible()
