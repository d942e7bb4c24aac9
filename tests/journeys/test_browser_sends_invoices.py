"""People's way through the pages in a real browser: with script, without it, and by keyboard alone."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from dray.connections.models import ConnectionStatus
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company whose books have called, with an owner."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.OWNER)
    stage.connect()
    with running(stage) as site:
        yield site
    stage.close()


@pytest.fixture
def people(site: Site, page: Page) -> Iterator[Page]:
    """Denise, signed in; her browser must not complain of anything."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    site.sign_in(page, DENISE)
    yield page
    assert complaints == []


def test_ticked_invoices_are_reviewed_sent_and_taken_back(site: Site, people: Page) -> None:
    site.stage.invoices(3)
    people.goto(f"{site.address}/invoices")
    expect(people.locator("#bulk")).to_be_hidden()
    people.get_by_label("Select INV-20473").check()
    people.get_by_label("Select INV-20472").check()
    expect(people.locator("#bulk")).to_contain_text("2 selected")
    expect(people.locator("#bulk")).to_contain_text("$2,145.68")
    people.get_by_role("button", name="Review 2 to send").click()
    expect(people.get_by_role("heading", name="Review 2 invoices before sending")).to_be_visible()
    people.get_by_role("button", name="Send 2 invoices").click()
    expect(people.get_by_text("2 invoices are Pending sync for QuickBooks Desktop.")).to_be_visible()
    assert site.stage.states() == {"INV-20471": "draft", "INV-20472": "pending_sync", "INV-20473": "pending_sync"}
    people.get_by_role("button", name="Undo").click()
    expect(people.get_by_text("2 invoices are back in Draft.")).to_be_visible()
    assert set(site.stage.states().values()) == {"draft"}


def test_without_script_the_same_way_is_open(site: Site, browser: Browser) -> None:
    site.stage.invoices(3)
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        site.sign_in(page, DENISE)
        page.goto(f"{site.address}/invoices")
        page.get_by_label("Select INV-20473").check()
        page.get_by_label("Select INV-20472").check()
        page.get_by_role("button", name="Review ticked to send").click()
        page.get_by_role("button", name="Send 2 invoices").click()
        expect(page.get_by_text("2 invoices are Pending sync")).to_be_visible()
        page.get_by_label("Select INV-20473").check()
        page.get_by_role("button", name="Unpend ticked").click()
        expect(page.get_by_text("1 invoice is back in Draft.")).to_be_visible()
        page.goto(f"{site.address}/invoices")
        page.get_by_role("link", name="Select all that match").click()
        page.get_by_role("button", name="Review 2 to send").click()
        page.get_by_role("button", name="Send 2 invoices").click()
        expect(page.get_by_text("2 invoices are Pending sync")).to_be_visible()
        page.locator(".who-menu summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert set(site.stage.states().values()) == {"pending_sync"}


def test_the_keyboard_alone_sends_invoices(site: Site, people: Page) -> None:
    site.stage.invoices(3)
    people.goto(f"{site.address}/invoices")
    people.keyboard.press("Tab")
    expect(people.get_by_role("link", name="Skip to content")).to_be_focused()
    for _ in range(60):
        if people.evaluate("document.activeElement.name") == "pick":
            break
        people.keyboard.press("Tab")
    expect(people.get_by_label("Select INV-20473")).to_be_focused()
    assert people.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    people.keyboard.press("Space")
    people.keyboard.press("ArrowDown")
    people.keyboard.press("ArrowDown")
    expect(people.get_by_label("Select INV-20471")).to_be_focused()
    people.keyboard.press("Space")
    people.keyboard.press("Control+Enter")
    people.wait_for_url("**/invoices/review?*")
    send = people.get_by_role("button", name="Send 2 invoices")
    for _ in range(30):
        if send.evaluate("button => button === document.activeElement"):
            break
        people.keyboard.press("Tab")
    people.keyboard.press("Enter")
    expect(people.get_by_text("2 invoices are Pending sync")).to_be_visible()
    assert site.stage.states() == {"INV-20471": "pending_sync", "INV-20472": "draft", "INV-20473": "pending_sync"}


def test_ticks_survive_a_change_that_the_page_shows_by_itself(site: Site, people: Page) -> None:
    ids = site.stage.invoices(3)
    people.goto(f"{site.address}/invoices")
    people.get_by_label("Select INV-20473").check()
    site.stage.sent(ids[:1])
    expect(people.locator("#rows")).to_contain_text("Pending sync", timeout=10_000)
    expect(people.locator("#tabs")).to_contain_text("Pending sync 1")
    expect(people.locator("#run")).to_contain_text("It will pick up 1 pending invoice.")
    expect(people.get_by_label("Select INV-20473")).to_be_checked()
    expect(people.get_by_label("Select INV-20473")).to_be_focused()
    expect(people.locator("#bulk")).to_contain_text("1 selected")


def test_an_invoice_page_follows_its_invoice_and_keeps_open_folds(site: Site, people: Page) -> None:
    (public_id,) = site.stage.invoices(1)
    site.stage.sent([public_id])
    people.goto(f"{site.address}/invoices/{public_id}")
    expect(people.get_by_role("button", name="Unpend", exact=True)).to_be_visible()
    site.stage.claimed([public_id])
    expect(people.locator("#state")).to_contain_text("Sending", timeout=10_000)
    expect(people.get_by_role("button", name="Unpend", exact=True)).to_have_count(0)
    site.stage.accepted([public_id])
    expect(people.locator("#state")).to_contain_text("Synced (locked)", timeout=10_000)
    expect(people.get_by_text("Locked: this invoice is in QuickBooks Desktop as no. 4820.")).to_be_visible()


def test_a_page_whose_session_is_over_says_so(site: Site, browser: Browser) -> None:
    site.stage.invoices(1)
    with browser.new_context() as context:
        page = context.new_page()
        site.sign_in(page, DENISE)
        page.goto(f"{site.address}/invoices")
        expect(page.locator("#signed-out")).to_be_hidden()
        context.clear_cookies()
        expect(page.get_by_text("You are signed out, so this page no longer follows")).to_be_visible(timeout=10_000)
        page.get_by_role("link", name="Sign in again").click()
        expect(page).to_have_url(re.compile(r"/login\?next=/invoices"))


def test_all_on_the_page_and_then_all_that_match(site: Site, people: Page) -> None:
    site.stage.invoices(27, first=100)
    people.goto(f"{site.address}/invoices")
    people.get_by_label("Select all on this page").check()
    expect(people.locator("#bulk")).to_contain_text("25 selected")
    people.get_by_role("link", name="Select all that match").click()
    expect(people.locator("#bulk")).to_contain_text("All 27 that match are selected")
    people.get_by_role("button", name="Review 27 to send").click()
    expect(people.get_by_role("button", name="Send 27 invoices")).to_be_visible()


def test_shift_ticks_what_lies_between(site: Site, people: Page) -> None:
    site.stage.invoices(5)
    people.goto(f"{site.address}/invoices")
    people.get_by_label("Select INV-20475").click()
    people.get_by_label("Select INV-20472").click(modifiers=["Shift"])
    expect(people.locator("#bulk")).to_contain_text("4 selected")
    people.get_by_role("link", name="Clear", exact=True).click()
    expect(people.locator("#bulk")).to_be_hidden()


def test_a_connection_is_made_and_its_password_is_gone_after_a_step_back(site: Site, people: Page) -> None:
    people.get_by_role("link", name="Connections").click()
    people.get_by_role("link", name="Add a connection").click()
    people.get_by_label("Name of the connection").fill("Second books")
    expect(people.locator("#c-name")).to_have_text("12/60")
    people.get_by_role("button", name="Make the connection").click()
    with people.expect_download() as download:
        people.get_by_role("button", name="Download the .qwc file").click()
    assert download.value.suggested_filename.endswith(".qwc")
    people.get_by_role("button", name="Make the password").click()
    password = people.locator(".secret code").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){4}[0-9A-Z]{4}", password)
    expect(people.get_by_role("button", name="Copy the password")).to_be_visible()
    people.get_by_role("link", name="Invoices", exact=True).click()
    people.go_back()
    expect(people.get_by_role("heading", name="Second books")).to_be_visible()
    assert password not in people.content()
    people.reload()
    assert password not in people.content()
    expect(people.get_by_text("A password exists; it cannot be shown again.")).to_be_visible()


def test_the_first_call_is_noticed_without_reloading(site: Site, people: Page) -> None:
    address = site.stage.connect("Second books", called=False)
    people.goto(f"{site.address}/connections/{address}")
    expect(people.get_by_text("Listening for your Web Connector")).to_be_visible()
    with site.stage.unscoped() as session:
        called = update(ConnectionStatus).where(ConnectionStatus.last_contact_at.is_(None))
        session.execute(called.values(last_contact_at=site.stage.now - dt.timedelta(seconds=2)))
        session.commit()
    expect(people.get_by_text("It has called")).to_be_visible(timeout=10_000)
    expect(people.locator("#progress")).to_have_text("Step 4 of 4")
