"""People write invoices in a real browser: by keyboard alone, on a telephone, without script, and two at once."""

import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from dray.billing import customer_edits, rate_card
from dray.billing.models import Invoice
from dray.billing.rate_card import GivenRate
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE, SAM = "denise.okafor@harlan.example", "sam@harlan.example"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with books, two people, two customers and a price."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    for person in (DENISE, SAM):
        stage.person(person, Role.OWNER)
    stage.connect()
    with stage.session() as session:
        for name in ("Meridian Homes", "Hollis & Sons"):
            customer_edits.create(session, {"name": name}, at=stage.now, actor="test")
        given = GivenRate("Haul", Decimal(425), dt.date(2026, 3, 1))
        rate_card.add(session, given, at=stage.now, actor="test")
        session.commit()
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
    assert [each for each in complaints if "409" not in each] == []


def invoices_of(site: Site) -> list[Invoice]:
    with site.stage.session() as session:
        found = list(session.scalars(select(Invoice).where(Invoice.deleted_at.is_(None)).order_by(Invoice.id)))
        session.expunge_all()
        return found


def test_an_invoice_is_written_by_keyboard_alone_and_judged_meanwhile(site: Site, people: Page) -> None:
    people.goto(f"{site.address}/invoices/new")
    press, write = people.keyboard.press, people.keyboard.type
    expect(people.get_by_label("Name, e-mail or a part of it")).to_be_focused()
    write("meri")
    expect(people.get_by_text("Meridian Homes")).to_be_visible()
    press("Enter")
    expect(people.locator("#pick-1")).to_be_checked()
    press("Tab")
    expect(people.get_by_label("Number", exact=True)).to_be_focused()
    write("INV-2026-0001")
    expect(people.get_by_text("13/11 characters")).to_be_visible()
    expect(people.locator("#found")).to_contain_text("Invoice number")
    for _ in "26-0001":
        press("Backspace")
    expect(people.get_by_text("6/11", exact=True)).to_be_visible()
    people.get_by_label("Item of line").focus()
    write("Haul")
    press("Tab")
    write("3")
    press("Tab")
    write("465")
    expect(people.locator("#sums")).to_contain_text("$1,395.00")
    expect(people.locator("#found")).to_contain_text("rate card since Mar 1: 425.00, here 465.00")
    people.get_by_role("button", name="Add a line").focus()
    press("Enter")
    expect(people.get_by_label("Kind of line").nth(1)).to_be_focused()
    press("D")
    press("Tab")
    press("Tab")
    write("10")
    expect(people.locator("#sums")).to_contain_text("$1,255.50")
    press("Enter")
    people.wait_for_url("**/invoices/inv_*")
    (row,) = invoices_of(site)
    assert (row.number, row.total_minor) == ("INV-20", 125550)


def test_two_who_edit_at_once_are_told_and_both_values_stand_side_by_side(site: Site, people: Page) -> None:
    (invoice,) = site.stage.invoices(1)
    address = f"{site.address}/invoices/{invoice}/edit"
    people.goto(address)
    with people.context.browser.new_context() as context:  # type: ignore[union-attr]
        other = context.new_page()
        site.sign_in(other, SAM)
        other.goto(address)
        other.get_by_label("Memo").fill("Sam was here")
        other.get_by_label("Terms").fill("Net 60")
        other.get_by_role("button", name="Save the change").click()
        other.wait_for_url(f"**/invoices/{invoice}")
    people.get_by_label("Memo").fill("Denise was here")
    people.get_by_role("button", name="Save the change").click()
    conflict = people.locator("#conflict")
    expect(conflict).to_contain_text("Denise was here")
    expect(conflict).to_contain_text("Sam was here")
    expect(people.get_by_label("Terms")).to_have_value("Net 60")
    assert Axe().run(people).response["violations"] == []
    people.get_by_role("button", name="Take the saved one for Memo").click()
    expect(people.get_by_label("Memo")).to_have_value("Sam was here")
    people.get_by_role("button", name="Save the change").click()
    people.wait_for_url(f"**/invoices/{invoice}")
    assert [(row.memo, row.terms) for row in invoices_of(site)] == [("Sam was here", "Net 60")]


def test_without_script_an_invoice_is_written_deleted_and_brought_back_on_a_telephone(
    site: Site, browser: Browser
) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        site.sign_in(page, DENISE)
        page.goto(f"{site.address}/invoices")
        page.get_by_role("link", name="Write an invoice").click()
        page.get_by_label("Name, e-mail or a part of it").fill("Prairie Box")
        page.get_by_role("button", name="Find").click()
        page.get_by_label("Create Prairie Box as a new customer").check()
        page.get_by_label("Amount of line").fill("75")
        page.get_by_role("button", name="Add a line").click()
        page.get_by_label("Kind of line").nth(1).select_option("text")
        page.get_by_label("Description of line").nth(1).fill("Thank you")
        page.get_by_role("button", name="Check without saving").click()
        expect(page.locator("#sums")).to_contain_text("$75.00")
        page.get_by_role("button", name="Save as a draft").click()
        expect(page.get_by_text("1001 is written. Nothing was sent.")).to_be_visible()
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("1001 is back, as it was.")).to_be_visible()
    assert [(row.number, row.total_minor) for row in invoices_of(site)] == [("1001", 7500)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_that_are_written_on_suit_everybody(site: Site, browser: Browser, theme: str) -> None:
    (invoice,) = site.stage.invoices(1)
    addresses = (
        "/invoices/new", f"/invoices/{invoice}/edit", "/customers", "/customers/new", "/items", "/items/new",
        "/rate-card", "/rate-card/new", "/company", f"/invoices/review?pick={invoice}.1",
    )  # fmt: skip
    found: dict[str, object] = {}
    with browser.new_context(color_scheme=theme, viewport={"width": 1360, "height": 900}) as context:  # type: ignore[arg-type]
        page = context.new_page()
        site.sign_in(page, DENISE)
        for address in addresses:
            page.goto(site.address + address)
            page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
            if violations := Axe().run(page).response["violations"]:
                found[address] = [(each["id"], each["nodes"][0]["html"]) for each in violations]
            for width in (390, 800, 1100):
                page.set_viewport_size({"width": width, "height": 800})
                if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                    found[f"{address} at {width}"] = "scrolls sideways"
            page.set_viewport_size({"width": 1360, "height": 900})
    assert found == {}
