"""What must stop or be put right, in a real browser: by keyboard alone, in both themes, on a telephone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from dray.billing.models import Posting
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.stage import Stage
from tests.platform.web.test_life_of_a_connection import OTHER, SAMPLE, here, open_file, vanish

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with an admin and a connection."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.ADMIN)
    stage.connect("Main company")
    with running(stage) as site:
        yield site
    stage.close()


def test_a_connection_is_paused_confirmed_and_removed_without_a_mouse(site: Site, page: Page) -> None:
    site.stage.sent(site.stage.invoices(2))
    open_file(site.stage, OTHER)
    site.sign_in(page, DENISE)
    page.goto(site.address + here(site.stage))
    tab_to(page, "confirm-books", key="Shift+Tab")  # past the tick, from the end of the page
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Invoices go to Harlan Roll-Off 2027 from now on.")).to_be_visible()
    tab_to(page, "pause-sending")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 invoices wait, and more can be put in line.")).to_be_visible()
    tab_to(page, "resume-sending")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sending goes on. What waits goes with the next call.")).to_be_visible()
    tab_to(page, "Remove this connection")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 invoices that wait become Draft again.")).to_be_visible()
    tab_to(page, "f-name")
    page.keyboard.type("main")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing was removed. Type the name as it is written here: Main company")).to_be_visible()
    tab_to(page, "f-name")
    page.keyboard.press("Control+A")
    page.keyboard.type("Main company")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Main company is removed. 2 invoices that waited became Draft again.")).to_be_visible()
    assert set(site.stage.states().values()) == {"draft"}


def tab_to(page: Page, what: str, key: str = "Tab") -> None:
    """Press Tab until the element with that id or text has the focus; it must be visible that it has."""
    for _ in range(60):
        page.keyboard.press(key)
        now = page.evaluate("[document.activeElement.id, document.activeElement.textContent]")
        if what == now[0] or (what == now[1].strip()):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{what} cannot be reached by {key}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_state_violates_a_rule_of_accessibility_or_sticks_out(
    site: Site, browser: Browser, theme: Literal["light", "dark"]
) -> None:
    found: dict[str, list[str]] = {}
    addresses = in_every_state(site.stage)
    with browser.new_context(color_scheme=theme, viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        site.sign_in(page, DENISE)
        for address in addresses:
            page.goto(site.address + address)
            page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
            for width in (1360, 390):
                page.set_viewport_size({"width": width, "height": 900})
                found |= faults(page, f"{address} at {width}")
    assert found == {}


def in_every_state(stage: Stage) -> list[str]:
    """Connections that stand still, each for another reason, and invoices beside what the books say of them."""
    stage.connection = stage.connect("Ours until today")
    gone, *_ = vanish(stage)
    asks = here(stage)
    press = stage.browse(DENISE)
    press.get(asks)
    press.press(f"{asks}/brake")
    stage.connect("New year")
    open_file(stage, OTHER)
    addresses = [asks, here(stage), f"{here(stage)}/remove", f"/invoices/{gone}"]
    for below in ("/password", "/password", "/identity", "/pause"):
        press.press(f"{here(stage)}{below}")
    stage.connect("Just trying")
    open_file(stage, SAMPLE, unbound=True)
    addresses.append(here(stage))
    stage.connect("Under way")
    sending, doubtful = stage.invoices(2, first=900)
    stage.sent([sending, doubtful])
    stage.claimed([sending, doubtful])
    stage.doubtful([doubtful])
    theirs = {
        "books_id": "1-77", "text": "number 4820 of 2026-11-16, Kestrel Roofing, 1,072.84",
        "number": "4820", "date": "2026-11-16", "customer": "Kestrel Roofing", "total": "1072.84",
    }  # fmt: skip
    with stage.session() as session:
        unclear = {"code": "unclear", "detail": "", "candidates": [theirs]}
        session.execute(update(Posting).where(Posting.state == "in_doubt").values(problem=unclear))
        session.commit()
    return [*addresses, f"{here(stage)}/remove", f"/invoices/{doubtful}"]


def faults(page: Page, name: str) -> dict[str, list[str]]:
    """What axe finds on the page, and whether something is wider than the window."""
    violations = [each["id"] for each in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        violations.append("scrolls sideways")
    return {re.sub(r"(con|inv)_\w+", r"\1", name): violations} if violations else {}
