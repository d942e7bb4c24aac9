"""The support office by keyboard, in both themes and on a telephone: one walk through all of its pages."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from dray.alerts import telling
from dray.cadence import closures
from dray.connections.models import Connection, ConnectionStatus
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.console.office import Office
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

OPEN_FOLDS = "for (const fold of document.querySelectorAll('details')) fold.open = true"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with connections in every state of health, and a calendar."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person("denise@harlan.example", Role.OWNER)
    stage.connect("New books", called=False)
    stage.connect("Refused books")
    stage.connect("Stopped books")
    stage.connect("Silent books")
    telling.tell(stage._parts())
    told = {"code": "0x80040414", "sentence": "A window is open in QuickBooks. Close it.", "text": "", "at": "x"}
    with stage.session() as session:
        keys: dict[str, int] = dict(session.execute(select(Connection.name, Connection.id)).all())
        for name, values in (
            ("Stopped books", {"trouble": told}),
            ("Refused books", {"denied_at": stage.now}),
            ("Silent books", {"last_contact_at": stage.now - dt.timedelta(days=4)}),
        ):
            of = ConnectionStatus.connection_id == keys[name]
            session.execute(update(ConnectionStatus).where(of).values(values))
        day = stage.now.date() + dt.timedelta(days=7)
        closures.add_shared(session, "US holidays", day, day, "Thanksgiving", at=stage.now, actor="test")
        session.commit()
    telling.tell(stage._parts())
    with running(stage) as site:
        yield site
    stage.close()


def test_the_office_works_by_keys_in_both_themes_and_on_a_telephone(site: Site, browser: Browser) -> None:
    office = Office(site.stage)
    client = office.staff().client
    cookie = client.get_cookie("dray_session")
    assert cookie is not None
    customer = office.begin(office.staff("tom@dray.example"))
    axe, found = Axe(), {}
    addresses = [
        "/console",
        "/console/access",
        "/console/closures",
        "/console/errors?q=0x80040414",
        f"/console/connections/{customer.connection}",
        f"/console/connections/{site.stage.connection}",
    ]
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        with browser.new_context(color_scheme=theme, viewport={"width": 1360, "height": 900}) as context:
            context.add_cookies([{"name": "dray_session", "value": cookie.value, "url": site.address}])
            page = context.new_page()
            if theme == "light":
                by_keys(page, site)
                look(page, site, office)
            for address in addresses:
                page.goto(site.address + address)
                page.evaluate(OPEN_FOLDS)
                if violations := axe.run(page).response["violations"]:
                    found[f"{theme} {address}"] = [
                        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations
                    ]
                _kept(page, f"{theme}-1360-{address}")
                page.set_viewport_size({"width": 390, "height": 800})
                if (wider := page.evaluate(WIDER)) > 0:
                    found[f"{theme} {address} at 390"] = [f"{wider} pixels too wide"]
                _kept(page, f"{theme}-390-{address}")
                page.set_viewport_size({"width": 1360, "height": 900})
    assert found == {}


def by_keys(page: Page, site: Site) -> None:
    """Move, take, snooze and search without a mouse."""
    page.goto(f"{site.address}/console")
    page.keyboard.press("j")
    expect(page.locator("tbody tr").first.locator("[data-row]")).to_be_focused()
    page.keyboard.press("j")
    second = page.locator("tbody tr").nth(1)
    expect(second.locator("[data-row]")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.locator("button[name=release]")).to_have_count(1)
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.locator("button[name=wake]")).to_have_count(1)
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type("silent")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why do you need to look?")).to_be_visible()


def look(page: Page, site: Site, office: Office) -> None:
    """Into a silent connection, with a code that its administrator reads out."""
    admin = office.stage.browse("denise@harlan.example")
    admin.get("/support-access")
    code = admin.press("/support-access/code").text.partition("<code>")[2].partition("</code>")[0]
    page.get_by_label("Reason").fill("You called about silence")
    page.get_by_label("Code that they read to you").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Silent since")).to_be_visible()
    site.stage.connection = page.url.rpartition("/")[2]
    page.get_by_role("button", name="Follow US holidays").press("Enter")
    expect(page.get_by_role("button", name="Leave US holidays")).to_be_visible()


def _kept(page: Page, name: str) -> None:
    """A picture of the page, for whoever asks for pictures."""
    folder = os.environ.get("DRAY_TEST_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name.replace('/', '_').replace('?', '_')}.png", full_page=True)
