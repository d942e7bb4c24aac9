"""What a review shows is put right where it stands: by keyboard alone, on a narrow screen, in both themes."""

import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from dray.billing.models import Invoice
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.journeys.test_browser_pages_suit_everybody import OPEN_FOLDS, overhang, told
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"
LONG = "Upper North Street 4411, behind the Brewery Building"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_template: MigratedTemplate) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    shutil.copyfile(migrated_template.sqlite(), home / "dray.db")
    stage = Stage(home)
    stage.person(DENISE, Role.OWNER)
    stage.connect()
    with running(stage) as site:
        yield site
    stage.close()


def places(stage: Stage) -> list[str | None]:
    with stage.session() as session:
        return list(session.scalars(select(Invoice.service_location).order_by(Invoice.id)))


def long_places(stage: Stage, count: int, first: int) -> list[str]:
    ids = stage.invoices(count, first=first)
    with stage.session() as session:
        session.execute(update(Invoice).where(Invoice.public_id.in_(ids)).values(service_location=LONG))
        session.commit()
    return ids


def test_one_is_put_right_and_the_rest_by_a_rule_and_all_are_sent_by_keyboard_alone(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    page.set_viewport_size({"width": 390, "height": 800})
    ids = long_places(site.stage, 3, first=1)
    page.goto(f"{site.address}/invoices/review?" + "&".join(f"pick={each}.1" for each in ids))
    expect(page.get_by_text("3 invoices need a fix first")).to_be_visible()

    field = page.get_by_label("Send instead").first
    expect(field).to_have_value("Upper N St 4411, behind the Brewery Bldg")
    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("4411 Upper N St")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 invoices need a fix first")).to_be_visible()

    page.get_by_role("link", name="always what is suggested").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of the last 50 invoices")).to_be_visible()
    page.get_by_role("button", name="Make it a rule").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send 3 invoices to QuickBooks Desktop")).to_be_visible()
    page.get_by_role("button", name="Send 3 invoices to QuickBooks Desktop").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 invoices are Pending sync")).to_be_visible()
    assert sorted(places(site.stage), key=str) == ["4411 Upper N St", LONG, LONG]
    assert set(site.stage.states().values()) == {"pending_sync"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_these_pages_suit_everybody(site: Site, browser: Browser, theme: Literal["light", "dark"]) -> None:
    stage = site.stage
    (one,) = long_places(stage, 1, first={"light": 100, "dark": 200}[theme])
    (other,) = stage.invoices(1, "Northgate Demolition and Site Services of Dayton LLC", first=300)
    asked = f"connection={stage.connection}&code=too_long&field=service_location&way=to_memo"
    addresses = [
        f"/invoices/review?pick={one}.1&pick={other}.1",
        f"/invoices/{one}",
        f"/invoices/{other}/edit",
        f"/rules/try?{asked}",
        "/rules",
        "/help/limits",
    ]
    found: dict[tuple[str, int], object] = {}
    for width in (1360, 390):
        with browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            site.sign_in(page, DENISE)
            for address in addresses:
                page.goto(site.address + address)
                page.evaluate(OPEN_FOLDS)
                if violations := Axe().run(page).response["violations"]:
                    found[address, width] = told(violations)
                if wide := overhang(page, site.address + address):
                    found[address, width] = str(wide)
    assert found == {}
