"""A clerk's day by keyboard alone on a telephone: finding, taking back, dates, answers, prices, several books."""

import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dray.billing.given import GivenCustomer, GivenInvoice, GivenLine
from dray.billing.invoices import push
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.journeys.keyboard import press, tab_to, write
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE, MARGE = "denise.okafor@harlan.example", "marge@harlan.example"
TELEPHONE = {"width": 390, "height": 800}


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with two sets of books, an owner, and a bookkeeper."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.OWNER)
    stage.person(MARGE, Role.BOOKKEEPER)
    stage.connect("Main books")
    main = stage.connection
    stage.connect("North books")
    stage.connection = main
    with running(stage) as site:
        yield site
    stage.close()


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """Denise on a telephone with a keyboard; her browser must not complain of anything."""
    complaints: list[str] = []
    with browser.new_context(viewport=TELEPHONE) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        site.sign_in(page, DENISE)
        yield page
    assert complaints == []


def odd(stage: Stage) -> str:
    """An invoice whose line says another amount than quantity × price; its public id."""
    line = GivenLine(item="Haul", quantity=Decimal(3), unit_price=Decimal(10), amount=Decimal(31))
    with stage.session() as session:
        pushed = push(
            session,
            GivenInvoice(GivenCustomer(name="Oak"), dt.date(2026, 11, 17), [line], number="INV-7"),
            at=stage.now,
            actor="billing",
        )
        session.commit()
    assert pushed.id is not None
    return pushed.id


def test_invoices_are_found_and_the_view_is_kept(site: Site, page: Page) -> None:
    site.stage.invoices(2)
    site.stage.invoices(1, "Oak Street Diner", first=9)
    page.goto(f"{site.address}/invoices")
    write(page, "q", "oak")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="INV-9")).to_be_visible()
    expect(page.get_by_text("INV-20471")).to_have_count(0)
    press(page, "Keep this view")
    write(page, "f-view", "Oak Street")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Saved views").get_by_text("Oak Street")).to_be_visible()
    page.goto(f"{site.address}/invoices")
    press(page, "Oak Street")
    expect(page.get_by_role("button", name="Delete the view")).to_be_visible()
    expect(page.get_by_text("INV-20471")).to_have_count(0)
    press(page, "Delete the view “Oak Street”")
    expect(page.get_by_text("The view “Oak Street” is deleted.")).to_be_visible()


def test_several_are_marked_as_not_to_be_sent_and_come_back(site: Site, page: Page) -> None:
    site.stage.invoices(2)
    page.goto(f"{site.address}/invoices")
    for _ in range(2):
        tab_to(page, "pick")
        page.keyboard.press("Space")
    press(page, "Not to be sent…")
    write(page, "f-reason", "Cash sale")
    press(page, "Mark them")
    expect(page.get_by_text("2 invoices are marked as not to be sent.")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_text("2 invoices are drafts again.")).to_be_visible()


def test_a_whole_sending_is_taken_back(site: Site, page: Page) -> None:
    site.stage.sent(site.stage.invoices(3))
    page.goto(f"{site.address}/sendings")
    press(page, page.get_by_role("button", name="Unpend").or_(page.get_by_role("button", name="Take")).inner_text())
    expect(page.get_by_text("3 invoices are back in Draft. Nothing of them had left.")).to_be_visible()
    assert set(site.stage.states().values()) == {"draft"}


def test_what_has_two_answers_is_settled_on_the_review(site: Site, page: Page) -> None:
    invoice = odd(site.stage)
    page.goto(f"{site.address}/invoices/review?pick={invoice}.1")
    expect(page.get_by_text("1 invoice needs a fix first")).to_be_visible()
    press(page, "Send the amount as it is")
    expect(page.get_by_role("heading", name="Check the prices")).to_be_visible()
    expect(page.get_by_text("1 invoice needs a fix first")).to_have_count(0)
    press(page, "Send 1 invoice to Main books")
    expect(page.get_by_text("1 invoice is Pending sync for Main books.")).to_be_visible()


def test_a_bookkeeper_moves_an_invoice_to_another_month(site: Site, browser: Browser) -> None:
    (invoice,) = site.stage.invoices(1)
    with browser.new_context(viewport=TELEPHONE) as context:  # type: ignore[arg-type]
        page = context.new_page()
        site.sign_in(page, MARGE)
        page.goto(f"{site.address}/invoices/{invoice}")
        press(page, "Change the date")
        expect(page.locator("#f-date")).to_be_focused()
        page.keyboard.type("12012026")
        press(page, "Change the date")
        expect(page.get_by_text("It moves from November 2026 to December 2026.")).to_be_visible()
        press(page, "Move it to December 2026")
        expect(page.get_by_text("INV-20471 is dated Dec 1, 2026 now; before it was Nov 17, 2026.")).to_be_visible()


def test_a_price_an_item_and_a_customer_are_written(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/items/new")
    write(page, "f-name", "30 yd haul")
    press(page, "Add the item")
    expect(page.get_by_text("30 yd haul").first).to_be_visible()
    page.goto(f"{site.address}/rate-card/new")
    write(page, "f-item", "30 yd haul")
    write(page, "f-price", "465")
    tab_to(page, "f-first_day")
    page.keyboard.type("01012026")
    press(page, "Add the price")
    expect(page.get_by_text("The price of 30 yd haul is on the card.")).to_be_visible()
    page.goto(f"{site.address}/customers/new")
    write(page, "f-name", "Oak Street Diner")
    press(page, "Add the customer")
    expect(page.get_by_role("heading", name="Oak Street Diner")).to_be_visible()


def test_a_rule_says_which_books_and_each_is_reviewed_by_itself(site: Site, page: Page) -> None:
    ids = [*site.stage.invoices(1), *site.stage.invoices(1, "Oak Street Diner", first=9)]
    page.goto(f"{site.address}/routing")
    write(page, "f-value", "Oak Street Diner")
    tab_to(page, "f-goes")
    page.keyboard.type("North")
    press(page, "Add the rule")
    expect(page.get_by_text("1. Customer, or the one above it, is “Oak Street Diner”")).to_be_visible()
    page.goto(f"{site.address}/invoices/review?" + "&".join(f"pick={each}.1" for each in ids))
    expect(page.get_by_role("main")).to_contain_text("North books")
    expect(page.get_by_role("main")).to_contain_text("Main books")


def test_the_seals_of_the_audit_are_verified(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/audit")
    press(page, "Verify the seals")
    expect(page.get_by_role("status").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_of_the_day_violates_a_rule_of_accessibility_or_sticks_out(
    site: Site, browser: Browser, theme: Literal["light", "dark"]
) -> None:
    invoice, pair = odd(site.stage), site.stage.invoices(2)
    site.stage.sent(site.stage.invoices(2, first=300))
    addresses = (
        f"/invoices/review?pick={invoice}.1", f"/invoices/{invoice}", f"/invoices/{pair[0]}/date", "/sendings",
        "/routing", "/audit", "/invoices?q=kestrel", "/rate-card", "/items", "/customers", "/imports", "/tokens",
        "/users",
    )  # fmt: skip
    found: dict[str, object] = {}
    with browser.new_context(color_scheme=theme, viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        site.sign_in(page, DENISE)
        for address in addresses:
            page.goto(site.address + address)
            page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
            if violations := Axe().run(page).response["violations"]:
                found[address] = [(each["id"], each["nodes"][0]["html"]) for each in violations]
            page.set_viewport_size({"width": 390, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found[f"{address} at 390"] = "scrolls sideways"
            page.set_viewport_size({"width": 1360, "height": 900})
    assert found == {}
