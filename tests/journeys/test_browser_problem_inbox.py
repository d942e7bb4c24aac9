"""The problem inbox with a keyboard alone, and the overview that follows what happens, in a real browser."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company of which the books refused six invoices for one reason."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.OWNER)
    stage.connect()
    ids = stage.invoices(6)
    stage.sent(ids)
    stage.claimed(ids)
    stage.refused(ids)
    with running(stage) as site:
        yield site
    stage.close()


def press(page: Page, key: str) -> None:
    """A key, once the page's script listens."""
    expect(page.locator("html")).to_have_attribute("data-script", "on")
    page.keyboard.press(key)


def test_problems_are_put_right_by_keys_alone_and_taken_back(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    page.get_by_role("link", name="Put them right").press("Enter")
    expect(page).to_have_url(re.compile("/problems"))
    press(page, "j")
    expect(page.get_by_role("link", name="INV-20476")).to_be_focused()
    press(page, "ArrowDown")
    expect(page.get_by_role("link", name="INV-20475")).to_be_focused()
    press(page, "k")
    press(page, "s")
    expect(page.get_by_role("status").first).to_contain_text("1 invoice is Pending sync again")
    expect(page.get_by_text("5 invoices, the oldest")).to_be_visible()
    press(page, "a")
    expect(page.get_by_role("status").first).to_contain_text("5 invoices are Pending sync again")
    expect(page.get_by_text("Nothing needs you")).to_be_visible()
    press(page, "u")
    expect(page.get_by_role("status").first).to_contain_text("back in Draft")
    assert sorted(site.stage.states().values()) == ["draft"] * 5 + ["pending_sync"]


def test_a_key_asks_why_before_it_sets_aside_and_typing_is_only_typing(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    page.goto(f"{site.address}/problems")
    press(page, "d")
    expect(page.get_by_label("Why", exact=True).first).to_be_focused()
    page.keyboard.type("sad day")
    expect(page.get_by_label("Why", exact=True).first).to_have_value("sad day")
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("6 problems are set aside")
    press(page, "u")
    expect(page.get_by_role("heading", name="The books have no terms called “Net 45”")).to_be_visible()


def test_the_overview_follows_what_happens_without_reloading(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    tile = page.locator(".tile", has_text="Synced today")
    expect(tile).to_contain_text("0")
    more = site.stage.invoices(3, first=500)
    site.stage.sent(more)
    site.stage.claimed(more)
    site.stage.accepted(more)
    expect(tile.locator("dd").first).to_have_text("3", timeout=10_000)


def test_charts_can_be_read_as_tables(site: Site, page: Page) -> None:
    site.sign_in(page, DENISE)
    fold = page.locator("#days-table")
    fold.locator("summary").click()
    expect(fold.get_by_role("row")).to_have_count(15)
    fold.get_by_role("link", name="6").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Refused")
    expect(page.get_by_role("link", name=re.compile("INV-"))).to_have_count(6)


def marks_of(page: Page, selector: str) -> list[tuple[str, str]]:
    """The colour of each mark, and of the card behind it, as the browser draws them."""
    found: list[tuple[str, str]] = page.evaluate(
        """selector => [...document.querySelectorAll(selector)].map(mark => [
            getComputedStyle(mark).fill, getComputedStyle(mark.closest('.card')).backgroundColor])""",
        selector,
    )
    return found


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_figures_of_charts_stand_out(site: Site, page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    more = site.stage.invoices(3, first=500)
    site.stage.sent(more)
    site.stage.claimed(more)
    site.stage.accepted(more)
    site.sign_in(page, DENISE)
    bars = marks_of(page, "svg.chart g rect")
    texts = marks_of(page, "svg.chart text")
    assert len(bars) > 2
    assert len(texts) > 10
    # WCAG 2.2, 1.4.11 for what is drawn, and 1.4.3 for text
    assert [pair for pair in bars if contrast(*pair) < 3] == []
    assert [pair for pair in texts if contrast(*pair) < 4.5] == []
