"""Every page in both themes without an accessibility violation, and down to 360 pixels without scrolling sideways."""

import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from dray.billing.models import Customer
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.journeys.browser import Site, running
from tests.platform.web.stage import Stage

pytestmark = pytest.mark.browser

DENISE = "denise.okafor@harlan.example"
OPEN_FOLDS = "for (const fold of document.querySelectorAll('details')) fold.open = true"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated_template: MigratedTemplate) -> Iterator[Site]:
    """A company with invoices in every state."""
    home = tmp_path_factory.mktemp("site")
    shutil.copyfile(migrated_template.sqlite(), home / "dray.db")
    stage = Stage(home)
    stage.person(DENISE, Role.OWNER, stage.tenant, stage.company("Prairie Box Co.", "prairie"))
    stage.connect()
    with running(stage) as site:
        yield site
    stage.close()


@pytest.fixture(scope="module")
def addresses(site: Site) -> list[str]:
    """The pages, each in every shape that it takes."""
    stage = site.stage
    first = stage.connection
    empty = stage.connect("Waiting books", called=False)
    stage.connection = first
    ids = stage.invoices(6)
    checking, attention, synced, not_sent = ids[2:]
    stage.sent(ids[:5])
    stage.claimed(ids[1:5])
    stage.doubtful([checking])
    stage.refused([attention])
    stage.accepted([synced], warning="The books rounded it.")
    stage.marked([not_sent])
    good = stage.invoices(2, first=300)
    (twin,) = stage.invoices(1, first=350)
    stage.sent([twin])
    stage.twinned([twin])
    (bad,) = stage.invoices(1, "Northgate Demolition and Site Services of Dayton LLC", first=400)
    return [
        "/overview",
        "/overview/synced",
        "/overview/refused",
        "/problems",
        "/months?month=2026-11",
        "/alerts",
        "/webhooks",
        "/help",
        "/help/problems",
        "/help/limits",
        "/invoices",
        "/invoices?everything=1",
        "/invoices?q=nobody",
        "/invoices?q=kestrel&least=1",
        "/sendings",
        "/imports",
        "/routing",
        "/customers",
        "/customers/new",
        "/items",
        "/rate-card",
        "/users",
        "/users/roles",
        "/tokens",
        "/audit",
        "/support-access",
        "/closures",
        "/help/silence",
        "/settings",
        "/company",
        "/company/leaving",
        "/help/leaving",
        *_of_somebody(stage),
        "/invoices?state=sending",
        *(f"/invoices/{each}" for each in (*ids, *good[:1], twin, bad)),
        f"/invoices/review?pick={good[0]}.1&pick={good[1]}.1&pick={bad}.1",
        "/connections",
        "/connections/new",
        f"/connections/{first}",
        f"/connections/{empty}",
        "/nowhere",
        "/login",
    ]


def _of_somebody(stage: Stage) -> list[str]:
    with stage.session() as session:
        public_id = session.scalars(select(Customer.public_id).order_by(Customer.id)).first()
    return [f"/customers/{public_id}", f"/customers/{public_id}/forget"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_violates_a_rule_of_accessibility(
    site: Site, addresses: list[str], browser: Browser, theme: Literal["light", "dark"]
) -> None:
    axe = Axe()
    found = {}
    with browser.new_context(color_scheme=theme, viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{site.address}/login")
        if violations := axe.run(page).response["violations"]:
            found["/login (signed out)"] = told(violations)
        site.sign_in(page, DENISE)
        for address in addresses:
            page.goto(site.address + address)
            page.evaluate(OPEN_FOLDS)
            for box in page.locator("input[type=checkbox][name=pick]:not(:disabled)").all()[:2]:
                box.check()
            if violations := axe.run(page).response["violations"]:
                found[address] = told(violations)
    assert found == {}


@pytest.mark.parametrize("width", [360, 800, 1100])
def test_no_page_scrolls_sideways(site: Site, addresses: list[str], browser: Browser, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        site.sign_in(page, DENISE)
        found = {address: wide for address in addresses if (wide := overhang(page, site.address + address))}
    assert found == {}


def overhang(page: Page, address: str) -> int:
    """How many pixels stick out to the right, with every fold open."""
    page.goto(address)
    page.evaluate(OPEN_FOLDS)
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def told(violations: list[dict[str, object]]) -> list[str]:
    """Each violation with the elements that it names."""
    return [f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}" for each in violations]  # type: ignore[attr-defined]
