"""By keyboard alone at 390 pixels: somebody joins, an invoice goes through its life, a file is brought."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from dray.billing.models import Invoice
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.journeys.keyboard import press, tab_to, write
from tests.platform.web.mailbox import newest_link
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE, NELL = "denise.okafor@harlan.example", "nell@harlan.example"
CHOSEN, AGAIN = "orchard-violin-73", "walnut-harbor-19"
BAD_FILE = "number,date,customer,item,amount\nA-1,2026-11-20,Oak,20 yd,415\nA-2,2026-11-20,Oak,20 yd,abc\n"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with two sets of books and an owner."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.OWNER)
    main = stage.connect("Main books")
    stage.connect("North books")
    stage.connection = main
    with running(stage) as site:
        yield site
    stage.close()


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """A telephone with a keyboard, dark; it must not complain of anything."""
    complaints: list[str] = []
    with browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark") as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        yield page
    # a page that follows what was just deleted asks once more
    assert [each for each in complaints if "404" not in each] == []


def suits(page: Page) -> bool:
    """Nothing sticks out, and axe finds nothing."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, [each["id"] for each in Axe().run(page).response["violations"]]) == (0, []), page.url
    return True


def leave(page: Page) -> None:
    """The browser forgets who was signed in; nothing may be on its way any more."""
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")
    page.context.clear_cookies()


def sign_in(site: Site, page: Page, password: str) -> None:
    page.goto(f"{site.address}/login")
    write(page, "f-email", NELL)
    write(page, "f-password", password)
    page.keyboard.press("Enter")


def test_somebody_joins_turns_on_codes_forgets_the_password_and_ends_other_sessions(site: Site, page: Page) -> None:
    denise = site.stage.browse(DENISE)
    denise.get("/users")
    denise.press("/users/invitations", email=NELL, role="billing")
    page.goto(site.address + newest_link(site.stage, NELL))
    write(page, "f-name", "Nell Person")
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.type(CHOSEN)
    assert suits(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You belong to Harlan Roll-Off & Recycling now.")).to_be_visible()

    page.goto(f"{site.address}/settings")
    write(page, "p-codes", CHOSEN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    press(page, "Cannot scan it? Type this instead")
    secret = pyotp.TOTP(page.locator(".secret code").inner_text().replace(" ", ""))
    write(page, "code", secret.at(site.stage.now))
    page.keyboard.press("Enter")
    expect(page.locator(".recovery li")).to_have_count(10)
    leave(page)

    page.goto(f"{site.address}/login")
    press(page, "Forgot your password?")
    expect(page.get_by_role("button", name="Send the link")).to_be_visible()
    write(page, "f-email", NELL)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    page.goto(site.address + newest_link(site.stage, NELL))
    write(page, "password", AGAIN)
    page.keyboard.press("Tab")
    page.keyboard.type(AGAIN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your new password is set")).to_be_visible()

    site.stage.now += dt.timedelta(minutes=1)
    sign_in(site, page, AGAIN)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    assert suits(page)
    page.keyboard.type(secret.at(site.stage.now))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/overview"))
    elsewhere = site.stage.browse(NELL)
    page.goto(f"{site.address}/settings")
    press(page, "Sign out all others")
    expect(page.get_by_text("Every other browser is signed out.")).to_be_visible()
    assert elsewhere.get("/invoices").status_code == 303


def test_an_invoice_is_changed_copied_deleted_brought_back_aimed_elsewhere_and_printed(site: Site, page: Page) -> None:
    (invoice,) = site.stage.invoices(1)
    site.sign_in(page, DENISE)
    page.goto(f"{site.address}/invoices/{invoice}")
    press(page, "Edit")
    expect(page.get_by_role("button", name="Save the change")).to_be_visible()
    write(page, "f-memo", "Gate code 4711")
    press(page, "Save the change")
    expect(page.get_by_text("Memo: Gate code 4711")).to_be_visible()
    press(page, "Copy")
    expect(page.get_by_role("button", name="Save as a draft")).to_be_visible()
    expect(page.locator("#f-number")).to_have_value("")
    tab_to(page, "Save as a draft", "Shift+Tab")  # the form is long: backwards it is nearer
    page.keyboard.press("Enter")
    expect(page.get_by_text("1001 is written. Nothing was sent.")).to_be_visible()
    assert suits(page)
    press(page, "Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    press(page, "Undo")
    expect(page.get_by_text("1001 is back, as it was.")).to_be_visible()

    site.stage.sent([invoice])
    site.stage.claimed([invoice])
    site.stage.refused([invoice])
    page.goto(f"{site.address}/invoices/{invoice}")
    press(page, "Review and send again")
    expect(page.locator("#f-connection")).to_be_visible()
    tab_to(page, "f-connection")
    page.keyboard.type("North")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send 1 invoice to North books")).to_be_visible()
    press(page, "Send 1 invoice to North books")
    expect(page.get_by_text("1 invoice is Pending sync for North books.")).to_be_visible()
    expect(page.locator("#rows")).to_contain_text("Goes with the next run of North books")
    press(page, "Undo")
    expect(page.get_by_text("1 invoice is back in Draft.")).to_be_visible()

    page.goto(f"{site.address}/invoices/{invoice}")
    page.emulate_media(media="print")
    expect(page.locator(".print-only").first).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_a_first_day_keeps_what_is_older_until_somebody_looked_and_a_file_is_brought(
    site: Site, page: Page, tmp_path: Path
) -> None:
    site.sign_in(page, DENISE)
    page.goto(f"{site.address}/routing")
    tab_to(page, "f-day-1")
    page.keyboard.type("11182026")
    page.keyboard.press("Enter")
    expect(page.locator("#f-day-1")).to_have_value("2026-11-18")
    (old,) = site.stage.invoices(1)
    page.goto(f"{site.address}/invoices/{old}")
    expect(page.get_by_role("main")).to_contain_text("dated before November 18, 2026")
    tab_to(page, "sure")
    page.keyboard.press("Space")
    press(page, "Send it after all")
    expect(page.get_by_role("button", name="Review and send")).to_be_visible()

    file = tmp_path / "november.csv"
    file.write_text(BAD_FILE, encoding="utf-8")
    page.goto(f"{site.address}/imports")
    tab_to(page, "f-file")
    page.locator("#f-file").set_input_files(file)  # the dialog is the system's own
    press(page, "Read the file")
    expect(page.get_by_role("heading", name="1 new, 0 already here, 0 changed")).to_be_visible()
    with page.expect_download() as download:
        press(page, "Download 1")
    assert "abc" in download.value.path().read_text(encoding="utf-8-sig")
    press(page, "Import 1")
    expect(page.get_by_role("heading", name="1 invoice imported")).to_be_visible()
    assert suits(page)
    with site.stage.session() as session:
        assert session.scalars(select(Invoice.number).where(Invoice.number == "A-1")).all() == ["A-1"]
