"""People's way in and around in a real browser: with script and without, by keyboard, in both themes, on a phone."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dray_tenants import users
from dray_tenants.roles import Role, StaffRole
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.mailbox import newest_link
from tests.platform.web.stage import PASSWORD, QUICK, Stage
from tests.platform.web.test_second_step_of_signing_in import enrol

pytestmark = pytest.mark.browser

DENISE, NELL, AGENT = "denise.okafor@harlan.example", "nell@harlan.example", "agent@dray.example"
CHOSEN = "orchard-violin-73"


@pytest.fixture
def site(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with an owner."""
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(DENISE, Role.OWNER)
    with running(stage) as site:
        yield site
    stage.close()


@pytest.fixture(params=["script", "no script"])
def visitor(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Somebody's browser, with script and without; it must not complain of anything."""
    complaints: list[str] = []
    with browser.new_context(java_script_enabled=request.param == "script") as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        yield page
    assert [each for each in complaints if "status of 4" not in each] == []


def forget(page: Page) -> None:
    """A browser that knows nobody. Nothing may be on its way any more: an answer would bring the cookie back."""
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")
    page.context.clear_cookies()


def first_step(site: Site, page: Page, email: str = DENISE, password: str = PASSWORD) -> None:
    page.goto(f"{site.address}/login")
    page.get_by_label("Work email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_an_owner_invites_somebody_who_joins(site: Site, visitor: Page) -> None:
    first_step(site, visitor)
    visitor.get_by_role("link", name="People").click()
    visitor.get_by_label("Work email").fill(NELL)
    visitor.get_by_label("Bookkeeper").check()
    visitor.get_by_role("button", name="Send the invitation").click()
    expect(visitor.get_by_text("nell@harlan.example gets a letter with a link.")).to_be_visible()
    forget(visitor)
    visitor.goto(site.address + newest_link(site.stage, NELL))
    expect(visitor.get_by_role("heading", name="Join Harlan Roll-Off & Recycling")).to_be_visible()
    visitor.get_by_label("Your name").fill("Nell Person")
    visitor.get_by_label("Choose a password").fill(CHOSEN)
    visitor.get_by_label("The same once more").fill(CHOSEN)
    visitor.get_by_role("button", name="Join Harlan").click()
    expect(visitor.get_by_text("You belong to Harlan Roll-Off & Recycling now.")).to_be_visible()
    expect(visitor.get_by_role("link", name="People")).to_have_count(0)


def test_a_forgotten_password_is_set_anew(site: Site, visitor: Page) -> None:
    visitor.goto(f"{site.address}/login")
    visitor.get_by_role("link", name="Forgot your password?").click()
    visitor.get_by_label("Work email").fill(DENISE)
    visitor.get_by_role("button", name="Send the link").click()
    expect(visitor.get_by_role("heading", name="Look at your mail")).to_be_visible()
    visitor.goto(site.address + newest_link(site.stage, DENISE))
    visitor.get_by_label("New password").fill(CHOSEN)
    visitor.get_by_label("The same once more").fill(CHOSEN)
    visitor.get_by_role("button", name="Set the password").click()
    expect(visitor.get_by_text("Your new password is set")).to_be_visible()
    first_step(site, visitor, password=CHOSEN)
    expect(visitor).to_have_url(re.compile("/overview"))


def test_codes_are_turned_on_and_asked_for(site: Site, visitor: Page) -> None:
    first_step(site, visitor)
    visitor.goto(f"{site.address}/settings")
    visitor.locator("#p-codes").fill(PASSWORD)
    visitor.get_by_role("button", name="Turn on codes").click()
    picture = visitor.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.bounding_box()["width"] > 150  # type: ignore[index]
    visitor.get_by_text("Cannot scan it?").click()
    secret = visitor.locator(".secret code").inner_text().replace(" ", "")
    visitor.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(site.stage.now))
    visitor.get_by_role("button", name="Turn on codes").click()
    expect(visitor.locator(".recovery li")).to_have_count(10)
    recovery = visitor.locator(".recovery li").first.inner_text()
    site.stage.now += dt.timedelta(minutes=1)
    forget(visitor)
    first_step(site, visitor)
    visitor.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(site.stage.now))
    visitor.get_by_role("button", name="Sign in").click()
    expect(visitor).to_have_url(re.compile("/overview"))
    forget(visitor)
    first_step(site, visitor)
    visitor.get_by_role("link", name="Use a recovery code").click()
    visitor.get_by_label("Recovery code").fill(recovery)
    visitor.get_by_role("button", name="Sign in").click()
    expect(visitor).to_have_url(re.compile("/overview"))


def test_support_staff_set_up_codes_at_their_first_sign_in(site: Site, visitor: Page) -> None:
    with site.stage.unscoped() as session:
        users.create_user(session, AGENT, PASSWORD, now=site.stage.now, staff=StaffRole.AGENT, hasher=QUICK)
        session.commit()
    first_step(site, visitor, AGENT)
    expect(visitor.get_by_role("heading", name="Set up your codes")).to_be_visible()
    visitor.get_by_text("Cannot scan it?").click()
    secret = visitor.locator(".secret code").inner_text().replace(" ", "")
    visitor.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(site.stage.now))
    visitor.get_by_role("button", name="Turn on codes and sign in").click()
    expect(visitor.locator(".recovery li")).to_have_count(10)


def test_a_token_is_made_shown_once_and_revoked(site: Site, visitor: Page) -> None:
    first_step(site, visitor)
    visitor.get_by_role("link", name="API tokens").click()
    visitor.get_by_role("textbox", name="Name").fill("Billing server")
    visitor.get_by_label("Read and write").check()
    visitor.get_by_label("Ends after").select_option("90")
    visitor.get_by_role("button", name="Make the token").click()
    bearer = visitor.locator(".secret code").inner_text()
    assert re.fullmatch(r"dray_[\w-]{43}", bearer)
    visitor.goto(f"{site.address}/tokens")
    assert bearer not in visitor.content()
    visitor.get_by_role("button", name="Revoke Billing server").click()
    expect(visitor.get_by_text("Billing server is revoked.")).to_be_visible()
    visitor.get_by_role("link", name="Audit log").click()
    expect(visitor.get_by_text("revoked the API token “Billing server”")).to_be_visible()
    visitor.get_by_role("button", name="Verify the seals").click()
    expect(visitor.get_by_role("status")).to_contain_text("Nothing is sealed yet")


def test_a_role_is_changed_and_a_session_ended(site: Site, visitor: Page) -> None:
    site.stage.person(NELL, Role.VIEWER)
    nell = site.stage.browse(NELL)
    first_step(site, visitor)
    visitor.goto(f"{site.address}/users")
    visitor.get_by_role("link", name="Change nell@harlan.example").click()
    visitor.get_by_label("Admin").check()
    visitor.get_by_role("button", name="Save the role").click()
    expect(visitor.get_by_text("nell@harlan.example is Admin now.")).to_be_visible()
    assert nell.get("/users").status_code == 200
    elsewhere = site.stage.browse(DENISE)
    visitor.goto(f"{site.address}/settings")
    visitor.get_by_role("button", name="Sign out all others").click()
    expect(visitor.get_by_text("Every other browser is signed out.")).to_be_visible()
    assert elsewhere.get("/invoices").status_code == 303


def test_a_theme_stays_chosen(site: Site, visitor: Page) -> None:
    first_step(site, visitor)
    visitor.goto(f"{site.address}/settings")
    visitor.get_by_role("button", name="Dark").click()
    visitor.goto(f"{site.address}/invoices")
    assert visitor.locator("html").get_attribute("data-theme") == "dark"
    visitor.goto(f"{site.address}/settings")
    expect(visitor.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_signing_in_with_a_code_and_inviting_need_no_mouse(site: Site, page: Page) -> None:
    codes = enrol(site.stage, DENISE)
    page.goto(f"{site.address}/login")
    page.keyboard.type(DENISE)  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    page.keyboard.type(codes.at(site.stage.now))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/overview"))
    tab_to(page, "People")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
    tab_to(page, "Invite somebody")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(NELL)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("nell@harlan.example gets a letter with a link.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(f"{NELL}.*Bookkeeper"))).to_be_visible()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the element with that text has the focus; it must be visible that it has."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if text in page.evaluate("document.activeElement.textContent"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{text} cannot be reached by Tab")


@pytest.mark.parametrize(
    ("width", "theme"), [(1360, "light"), (1360, "dark"), (390, "light"), (390, "dark"), (360, "light")]
)
def test_no_page_of_people_violates_a_rule_of_accessibility_or_sticks_out(
    site: Site, browser: Browser, theme: Literal["light", "dark"], width: int
) -> None:
    stage, found = site.stage, dict[str, list[str]]()
    addresses = furnished(site)
    with browser.new_context(color_scheme=theme, viewport={"width": width, "height": 844}) as context:
        page = context.new_page()
        for address in ("/login", "/forgot", *addresses["before signing in"], "/reset/over", "/invitations/over"):
            page.goto(site.address + address)
            found |= faults(page, address)
        first_step(site, page, NELL)
        expect(page.get_by_label("Code", exact=True)).to_be_visible()
        found |= faults(page, "code")
        page.goto(f"{site.address}/login/code?recovery=1")
        found |= faults(page, "recovery code")
        first_step(site, page, AGENT)
        page.get_by_text("Cannot scan it?").click()
        found |= faults(page, "set up")
        site.sign_in(page, DENISE)
        for address in addresses["signed in"]:
            page.goto(site.address + address)
            page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
            found |= faults(page, address)
        page.get_by_role("textbox", name="Name").fill("Fresh")
        page.get_by_role("button", name="Make the token").click()
        expect(page.locator(".secret code")).to_be_visible()
        found |= faults(page, "token shown")
        page.goto(f"{site.address}/settings")
        page.locator("#p-codes").fill(PASSWORD)
        page.get_by_role("button", name="Turn on codes").click()
        page.get_by_text("Cannot scan it?").click()
        expect(page.locator(".secret code")).to_be_visible()
        found |= faults(page, "codes")
        secret = page.locator(".secret code").inner_text().replace(" ", "")
        page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(stage.now))
        page.get_by_role("button", name="Turn on codes").click()
        expect(page.locator(".recovery li")).to_have_count(10)
        found |= faults(page, "recovery codes")
    assert found == {}


def furnished(site: Site) -> dict[str, list[str]]:
    """People, invitations, links and entries for every page; the pages' addresses."""
    stage = site.stage
    stage.connect()
    stage.person(NELL, Role.ADMIN)
    enrol(stage, NELL)
    with stage.unscoped() as session:
        users.create_user(session, AGENT, PASSWORD, now=stage.now, staff=StaffRole.AGENT, hasher=QUICK)
        session.commit()
    page = stage.browse(DENISE)
    page.get("/users")
    page.press("/users/invitations", email="a.very.long.address.of.somebody@subsidiary.harlan.example", role="billing")
    page.press("/users/invitations", email="new@harlan.example", role="owner")
    for name in ("Billing server", "An older reporting program with a long name"):
        page.get("/tokens")
        page.press("/tokens", name=name, scope="write", life="30")
    page.get("/forgot")
    page.press("/forgot", email=DENISE)
    person = re.findall(r'href="(/users/usr_\w+)"', page.get("/users").text)[0]
    return {
        "before signing in": [newest_link(stage, DENISE), newest_link(stage, "new@harlan.example")],
        "signed in": ["/settings", "/users", person, "/users/roles", "/audit", "/audit?who=nobody", "/tokens"],
    }


def faults(page: Page, name: str) -> dict[str, list[str]]:
    """What axe finds, and how far the page sticks out to the right."""
    violations = Axe().run(page).response["violations"]
    told = [f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}" for each in violations]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    told += [f"{wide} pixels too wide"] if wide else []
    return {name: told} if told else {}
