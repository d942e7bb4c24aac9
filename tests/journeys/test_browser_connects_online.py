"""Connecting QuickBooks Online with a real browser: two screens of ours, four clicks, and what follows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dray_qbo.simulator import Server
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.connections.online import environment, pretend_intuit
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE, BILL = "denise.okafor@harlan.example", "bill@harlan.example"


@pytest.fixture
def intuit(free_port: int) -> Iterator[Server]:
    address = f"http://127.0.0.1:{free_port}/oauth/qbo/callback"
    with Server(pretend_intuit(redirect=address), hold=0.05) as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate, intuit: Server, free_port: int) -> Iterator[Site]:
    """A company without books, at the address that the pretend Intuit sends people back to."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    settings = environment(tmp_path, f"sqlite:///{tmp_path / 'dray.db'}", intuit.url)
    stage = Stage(tmp_path, settings={**settings, "DRAY_PUBLIC_URL": f"http://127.0.0.1:{free_port}"})
    stage.person(DENISE, Role.ADMIN)
    stage.person(BILL, Role.BILLING)
    with running(stage, free_port) as site:
        yield site
    stage.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        site.sign_in(page, DENISE)
        yield page


def connect(page: Page, site: Site, company: str = "Larkspur Landscaping") -> int:
    """From the first screen to the connection's page; how many clicks it took."""
    page.goto(f"{site.address}/connections/new")
    page.get_by_label("QuickBooks Online").check()
    page.get_by_role("button", name="Sign in there").click()
    expect(page.get_by_role("heading", name="Connect to QuickBooks Online")).to_be_visible()
    clicks = 3
    if company != "Larkspur Landscaping":
        page.get_by_label(company).check()
        clicks += 1
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("heading", name="Is this the right company?")).to_be_visible()
    page.get_by_role("button", name=f"Yes, connect {company}").click()
    expect(page.get_by_text(f"Connected to {company}.")).to_be_visible()
    return clicks + 1


def test_online_is_connected_in_two_screens_and_four_clicks(page: Page, site: Site, intuit: Server) -> None:
    said: list[str] = []
    page.on("console", lambda told: said.append(told.text) if told.location["url"].startswith(site.address) else None)
    assert connect(page, site) == 4
    expect(page.get_by_role("heading", name="Larkspur Landscaping", exact=True)).to_be_visible()
    expect(page.get_by_text("Valid until")).to_be_visible()
    assert "Web Connector" not in page.locator("main").inner_text()
    assert said == []
    # ended there by a person: here the page says so as soon as it is noticed, and one button begins again
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect from QuickBooks Online").click()
    expect(page.get_by_text("Signed out.", exact=True)).to_be_visible()
    assert all(grant.revoked for grant in intuit.intuit.grants.grants)
    page.get_by_role("button", name="Reconnect").click()
    page.get_by_label("Marigold Nursery").check()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("You chose Marigold Nursery there, but Larkspur Landscaping belongs to")).to_be_visible()
    page.get_by_role("button", name="Reconnect").click()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("QuickBooks Online is signed in again.")).to_be_visible()
    expect(page.get_by_text("Signed out.", exact=True)).to_have_count(0)


def test_without_script_it_works_as_well(browser: Browser, site: Site) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        site.sign_in(page, DENISE)
        assert connect(page, site, "Marigold Nursery") == 5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_suit_everybody(browser: Browser, site: Site, theme: Literal["light", "dark"]) -> None:
    found: dict[str, object] = {}
    with browser.new_context(color_scheme=theme, viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        site.sign_in(page, DENISE)
        page.goto(f"{site.address}/connections/new")
        page.get_by_label("QuickBooks Online").check()
        look(page, "new", theme, found)
        stay_on_the_way_out(context)
        page.get_by_role("button", name="Sign in there").click()
        look(page, "leaving", theme, found)
        context.unroute("**/connect/oauth2**")
        page.get_by_role("link", name="Continue to QuickBooks Online").click()
        page.get_by_role("button", name="Connect").click()
        look(page, "company", theme, found)
        page.get_by_role("button", name="Yes, connect").click()
        look(page, "connected", theme, found)
        page.get_by_role("link", name="Disconnect").click()
        look(page, "disconnect", theme, found)
        page.get_by_role("button", name="Disconnect from").click()
        look(page, "signed out", theme, found)
    with browser.new_context(color_scheme=theme) as context:
        page = context.new_page()
        site.sign_in(page, BILL)
        page.goto(f"{site.address}/connections/new")
        look(page, "pass on", theme, found)
    assert found == {}


def stay_on_the_way_out(context: BrowserContext) -> None:
    """The page that leads to the other side is seen only for a moment; here it stays."""
    context.route("**/connect/oauth2**", lambda route: route.abort("aborted"))


def look(page: Page, name: str, theme: str, found: dict[str, object]) -> None:
    """No rule of accessibility is broken, and on a telephone nothing sticks out."""
    if violations := Axe().run(page).response["violations"]:
        found[f"{name} {theme}"] = [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]
    for width in (1360, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide:
            found[f"{name} {width}"] = wide
    page.set_viewport_size({"width": 1360, "height": 900})
