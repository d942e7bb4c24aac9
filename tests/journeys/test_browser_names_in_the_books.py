"""Deciding what a customer is in the books: by keyboard alone, on a narrow screen, in both themes, for everybody."""

import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from dray.billing import customer_edits
from dray.connections.models import Link
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.journeys.test_browser_pages_suit_everybody import overhang, told
from tests.platform.web.copied_lists import copy_lists
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory, migrated_template: MigratedTemplate) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    shutil.copyfile(migrated_template.sqlite(), home / "dray.db")
    stage = Stage(home)
    stage.person(DENISE, Role.OWNER)
    stage.connect()
    copy_lists(stage)
    with stage.session() as session:
        for name in ("Acme", "Meridian Homes", "Asleep", "Northgate Demolition and Site Services of Dayton LLC"):
            customer_edits.create(session, {"name": name}, at=stage.now, actor="test")
        session.commit()
    with running(stage) as site:
        yield site
    stage.close()


def decision(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/connections/{site.stage.connection}/customers?show=undecided")
    page.get_by_role("link", name="Acme", exact=True).click()


def test_a_vendors_namesake_is_named_by_keyboard_alone(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    decision(page, site)
    field = page.get_by_label("Name in the books")
    expect(field).to_have_value("Acme (C)")
    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Acme of Dayton")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is created in the books as “Acme of Dayton”")).to_be_visible()
    with site.stage.session() as session:
        assert session.scalars(select(Link.books_name)).all() == ["Acme of Dayton"]


def test_a_customer_is_found_there_and_linked(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    decision(page, site)
    page.get_by_role("searchbox").fill("meri")
    page.keyboard.press("Enter")
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Use the one I ticked").press("Enter")
    expect(page.get_by_text("“Acme” is “Meridian Homes” in the books from now on.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_these_pages_suit_everybody(site: Site, browser: Browser, theme: Literal["light", "dark"]) -> None:
    names = f"/connections/{site.stage.connection}/customers"
    addresses = [names, f"{names}?show=undecided", f"{names}?q=nobody", "/help/limits", "/help/codes"]
    books = f"/connections/{site.stage.connection}"
    addresses += [f"{books}/{each}" for each in ("choices", "choices/item", "fields", "misplaced", "names/item")]
    found: dict[tuple[str, int], object] = {}
    for width in (1360, 390, 360):
        with browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            site.sign_in(page, DENISE)
            decision(page, site)
            for address in (*addresses, page.url.removeprefix(site.address)):
                page.goto(site.address + address)
                if violations := Axe().run(page).response["violations"]:
                    found[address, width] = told(violations)
                if wide := overhang(page, site.address + address):
                    found[address, width] = str(wide)
    assert found == {}
