"""A clerk imports a file in a real browser: by keyboard, on a telephone, and a large one in pieces."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dray.api.v1.entries import READERS
from dray.imports import work
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"
HEADINGS = "Beleg,Date,Customer,Item,Amount\n"
ROWS = "".join(f"A-{number},2026-11-{number:02},Kestrel Roofing,20 yd,4{number}.00\n" for number in range(1, 6))
BAD = "A-9,2026-11-01,Kestrel Roofing,20 yd,abc\n"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with somebody who writes invoices."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.BILLING)
    stage.connect()
    with running(stage) as site:
        yield site
    stage.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def violations(page: Page) -> list[str]:
    return [str(each["id"]) for each in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_file_is_matched_imported_and_taken_back_on_a_telephone(
    site: Site, browser: Browser, tmp_path: Path, theme: str
) -> None:
    file = tmp_path / "november.csv"
    file.write_text(HEADINGS + ROWS + BAD, encoding="utf-8")
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=theme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        site.sign_in(page, DENISE)
        page.goto(f"{site.address}/imports")
        assert (fits(page), violations(page)) == (True, [])
        page.get_by_label("File", exact=True).set_input_files(file)
        page.get_by_role("button", name="Read the file").press("Enter")
        expect(page.get_by_role("heading", name="What is in each column?")).to_be_visible()
        assert (fits(page), violations(page)) == (True, [])
        page.get_by_label("Beleg").select_option("number")
        page.get_by_role("button", name="Go on").press("Enter")
        expect(page.get_by_role("heading", name="5 new, 0 already here, 0 changed")).to_be_visible()
        expect(page.get_by_text("“abc” is not a number.")).to_be_visible()
        assert (fits(page), violations(page)) == (True, [])
        with page.expect_download() as download:
            page.get_by_role("link", name="Download 1").press("Enter")
        assert "abc" in download.value.path().read_text(encoding="utf-8-sig")
        page.get_by_role("button", name="Import 5").press("Enter")
        expect(page.get_by_role("heading", name="5 invoices imported")).to_be_visible()
        assert (fits(page), violations(page)) == (True, [])
        assert len(site.stage.states()) == 5
        page.get_by_role("button", name="Undo this import").press("Enter")
        expect(page.get_by_role("heading", name="5 of 5 invoices taken back")).to_be_visible()
        page.goto(f"{site.address}/invoices")
        expect(page.get_by_text("A-1")).to_have_count(0)


def test_a_large_file_is_sent_in_pieces_and_the_page_follows_what_happens(
    site: Site, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "large.csv"
    filler = "x" * 3000
    rows = "".join(f"A-{number},2026-11-01,Kestrel,{filler},20 yd,5\n" for number in range(3000))
    file.write_text(f"number,date,customer,memo,item,amount\n{rows}", encoding="utf-8")
    assert file.stat().st_size > 8 * 1024 * 1024
    site.sign_in(page, DENISE)
    page.goto(f"{site.address}/imports")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    page.wait_for_url("**/imports/imp_*")
    expect(page.get_by_text("It goes on when you leave this page.")).to_be_visible()
    assert violations(page) == []
    parts = site.stage.app.extensions["dray"]
    while work.go_on_everywhere(parts.engines, READERS, parts.clock):
        pass
    # The page found out by itself.
    expect(page.get_by_role("heading", name="3,000 new, 0 already here, 0 changed")).to_be_visible()
