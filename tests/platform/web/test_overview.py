"""The overview says how things stand, and every figure on it leads to the invoices behind it."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.engine import Engine

from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage

DENISE = "denise.okafor@harlan.example"


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that is sent to a database meanwhile."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def page_of(stage: Stage) -> Browsing:
    return stage.browse(stage.person(DENISE, Role.OWNER))


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def in_every_state(stage: Stage, each: int = 2) -> None:
    ids = stage.invoices(each * 4)
    stage.sent(ids)
    stage.claimed(ids[each:])
    stage.refused(ids[2 * each : 3 * each])
    stage.accepted(ids[3 * each :])


def test_home_is_the_overview(stage: Stage) -> None:
    assert page_of(stage).get("/").location == "/overview"


def test_without_books_the_next_step_is_to_connect_them(stage: Stage) -> None:
    html = page_of(stage).get("/overview").text
    assert "No books are connected yet" in html
    assert 'href="/connections/new"' in html
    assert "Write the first invoice" in html


def test_before_the_first_sending_the_next_step_is_the_first_invoice(stage: Stage) -> None:
    stage.connect()
    html = page_of(stage).get("/overview").text
    assert "QuickBooks Desktop is connected" in html
    assert 'class="btn primary" href="/invoices/new"' in html
    stage.invoices(2)
    html = page_of(stage).get("/overview").text
    assert "2 drafts wait for you to look over and send." in html
    assert 'class="btn primary" href="/invoices?state=draft"' in html


def test_the_sentence_says_that_invoices_arrive(stage: Stage) -> None:
    stage.connect()
    arrived = stage.invoices(1)
    stage.sent(arrived)
    stage.claimed(arrived)
    stage.accepted(arrived)
    said = text_of(page_of(stage).get("/overview").text)
    assert "Invoices are reaching QuickBooks Desktop" in said
    assert "Healthy" in said
    assert "No problem waits for anybody" in said


def test_a_silent_computer_is_said_first_with_what_to_do(stage: Stage) -> None:
    stage.connect()
    stage.sent(stage.invoices(3))
    browser = page_of(stage)
    stage.now += dt.timedelta(hours=2)
    said = text_of(browser.get("/overview").text)
    assert "is silent" in said
    assert "Auto-Run" in said
    assert "3 invoices wait in line, and nothing is lost." in said


def test_figures_are_those_of_the_invoices(stage: Stage) -> None:
    stage.connect()
    in_every_state(stage)
    said = text_of(page_of(stage).get("/overview").text)
    assert "Synced today 2 $2,145.68" in said
    assert "Waiting now 4 2 pending, 2 sent and unanswered" in said
    assert "Usual time to sync 10 min 95 of 100 within 10 min" in said
    assert "Needs attention 2" in said
    assert "The books have no terms called “Net 45” 2" in said


def test_every_figure_leads_to_its_invoices(stage: Stage) -> None:
    stage.connect()
    in_every_state(stage)
    browser = page_of(stage)
    html = browser.get("/overview").text
    assert 'href="/overview/synced?day=2026-11-19"' in html
    synced = text_of(browser.get("/overview/synced?day=2026-11-19").text)
    assert all(number in synced for number in ("INV-20477", "INV-20478"))
    assert "INV-20475" not in synced
    assert "after 9 min" in synced
    refused = text_of(browser.get("/overview/refused?day=2026-11-19").text)
    assert all(number in refused for number in ("INV-20475", "INV-20476"))
    assert "INV-20477" not in refused
    assert "Nothing was synced then" in browser.get("/overview/synced?day=2026-11-18").text
    for address in re.findall(r'href="(/(?!static)[^"]*)"', html):
        assert browser.get(address.replace("&amp;", "&")).status_code in (200, 303), address


def test_days_are_those_of_the_companys_zone(stage: Stage) -> None:
    stage.connect()
    stage.now = dt.datetime(2026, 11, 20, 5, 30, tzinfo=dt.UTC)  # 11:30 pm of the 19th, in Chicago
    (late,) = stage.invoices(1)
    stage.sent([late])
    stage.claimed([late])
    stage.accepted([late])
    browser = page_of(stage)
    assert "INV-20471" in browser.get("/overview/synced?day=2026-11-19").text
    assert "INV-20471" not in browser.get("/overview/synced?day=2026-11-20").text
    assert "Synced today 1" in text_of(browser.get("/overview").text)


def test_as_many_statements_for_few_invoices_as_for_many(stage: Stage) -> None:
    stage.connect()
    browser = page_of(stage)
    in_every_state(stage, 1)
    sent = []
    for address in ("/overview", "/problems", "/overview/synced", "/overview/refused"):
        with counted() as statements:
            browser.get(address)
        sent.append(len(statements))
    more = stage.invoices(120, first=30_000)
    stage.sent(more)
    stage.claimed(more[30:])
    stage.refused(more[60:90])
    stage.accepted(more[90:])
    again = []
    for address in ("/overview", "/problems", "/overview/synced", "/overview/refused"):
        with counted() as statements:
            assert browser.get(address).status_code == 200
        again.append(len(statements))
    assert again == sent
    assert max(again) < 40


def test_the_page_is_light(stage: Stage) -> None:
    stage.connect()
    in_every_state(stage, 30)
    browser = page_of(stage)
    for address in ("/overview", "/problems", "/overview/synced", "/overview/refused"):
        assert len(browser.get(address).data) < 150_000, address


def test_a_page_that_has_not_changed_is_not_sent_again(stage: Stage) -> None:
    stage.connect()
    browser = page_of(stage)
    first = browser.get("/overview/live")
    assert first.status_code == 200
    assert browser.get("/overview/live", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_nothing_of_another_company_is_counted(stage: Stage) -> None:
    stage.connect()
    in_every_state(stage)
    theirs = stage.company("Prairie Box Co.", "prairie")
    browser = stage.browse(stage.person("ann@prairie.example", Role.OWNER, theirs))
    said = text_of(browser.get("/overview").text)
    assert "No books are connected yet" in said
    assert "Synced today 0" in said
    assert "INV-" not in browser.get("/overview/synced").text + browser.get("/overview/refused").text
    assert "Nothing needs you" in browser.get("/problems").text
