"""A month adds up: billed here is what the books have and every exception; what is kept can be checked."""

import csv
import datetime as dt
import hashlib
import io
import re

import pytest
from sqlalchemy import select

from dray.billing import differences
from dray.billing.differences import Difference, Seen
from dray.billing.models import Invoice
from dray.connections.models import Connection
from dray.months import figures
from dray.months.figures import Standing
from dray.months.models import MonthReport
from dray_tenants.roles import Role
from tests.platform.web.stage import Browsing, Stage
from tests.platform.web.test_overview import counted, text_of

DENISE = "denise.okafor@harlan.example"
NOVEMBER = dt.date(2026, 11, 1)


@pytest.fixture
def browser(stage: Stage) -> Browsing:
    """One invoice of November in each standing, two of October, and a deleted one."""
    stage.connect()
    ids = stage.invoices(9)
    stage.invoices(2, first=700, date=dt.date(2026, 10, 31))
    stage.sent(ids[:7])
    stage.claimed(ids[1:7])
    stage.doubtful(ids[2:3])
    stage.refused(ids[3:4])
    stage.accepted(ids[4:7])
    stage.marked(ids[7:8])
    with stage.session() as session:
        connection = session.scalars(select(Connection.id)).one()
        keys = dict(session.execute(select(Invoice.public_id, Invoice.id)).all())
        seen = [Seen(keys[ids[5]], Difference.VOIDED), Seen(keys[ids[6]], Difference.PAID)]
        differences.record(session, connection, "Books", seen, at=stage.now, actor="test")
        gone = session.scalars(select(Invoice).where(Invoice.number == "INV-701")).one()
        gone.deleted_at = stage.now
        session.commit()
    return stage.browse(stage.person(DENISE, Role.OWNER))


def test_every_invoice_is_in_one_line_and_the_lines_add_up(stage: Stage, browser: Browsing) -> None:
    with stage.session() as session:
        (reckoning,) = figures.read(session, NOVEMBER).reckonings
        (october,) = figures.read(session, dt.date(2026, 10, 1)).reckonings
    found = {each.standing: each.invoices for each in reckoning.entries if each.invoices}
    assert found == {
        Standing.IN_THE_BOOKS: 2,
        Standing.VOIDED: 1,
        Standing.DRAFT: 1,
        Standing.NEEDS_ATTENTION: 1,
        Standing.CHECKING: 1,
        Standing.PENDING_SYNC: 1,
        Standing.SENDING: 1,
        Standing.NOT_SENT: 1,
    }
    assert reckoning.billed.invoices == 9
    assert reckoning.billed.total.minor == 9 * 107284
    assert not reckoning.settled
    assert october.billed.invoices == 1, "the deleted one was not billed"


def test_the_page_leads_from_every_line_to_its_invoices(stage: Stage, browser: Browsing) -> None:
    html = browser.get("/months?month=2026-11").text
    said = text_of(html)
    assert "Something is still open" in said
    assert "Billed here 9 9,655.56" in said
    links = re.findall(r'href="(/(?:invoices\?state|problems\?cause)[^"]*)"', html)
    assert len(links) == 8
    for address in links:
        listed = browser.get(address.replace("&amp;", "&")).text
        assert "INV-" in listed, address
        assert "INV-700" not in listed, address


def test_what_is_kept_says_the_same_as_the_page_and_never_changes(stage: Stage, browser: Browsing) -> None:
    browser.get("/months?month=2026-11")
    kept = browser.press("/months/close", month="2026-11")
    before = browser.get(kept.location).text
    assert "Billed here 9 9,655.56" in text_of(before)
    file = browser.get(f"{kept.location}.csv").data
    stage.invoices(1, first=900)
    assert "Billed here 10" in text_of(browser.get("/months?month=2026-11").text)
    assert "Billed here 9 9,655.56" in text_of(browser.get(kept.location).text)
    assert browser.get(f"{kept.location}.csv").data == file
    rows = list(csv.DictReader(io.StringIO(file.decode())))
    assert rows[-1]["number"] == "signed"
    assert len(rows) == 10
    assert {row["standing"] for row in rows[:-1]} == {
        "in_the_books", "voided", "draft", "needs_attention", "checking", "pending_sync", "sending", "not_sent",
    }  # fmt: skip
    (accepted, *_) = [row for row in rows if row["standing"] == "in_the_books"]
    assert (accepted["books_number"], accepted["books_id"], accepted["books_total"]) == (
        "4820", "2C4D-1795102810", "1072.84",
    )  # fmt: skip


def upload(browser: Browsing, content: bytes) -> str:
    browser.get("/months")
    return text_of(browser.press("/months/check", follow=True, file=(io.BytesIO(content), "month.csv")).text)


def test_a_file_is_checked_to_the_last_character(stage: Stage, browser: Browsing) -> None:
    browser.get("/months?month=2026-11")
    kept = browser.press("/months/close", month="2026-11")
    file = browser.get(f"{kept.location}.csv").data
    assert "Nothing in it was changed" in upload(browser, file)
    assert "was changed since" in upload(browser, file.replace(b"1072.84", b"1072.85", 1))
    assert "was changed since" in upload(browser, file.replace(b"voided", b"in_the_books", 1))
    assert "was changed since" in upload(browser, b"number,date\r\nsigned,abc\r\n")
    assert "was changed since" in upload(browser, b"\xff\x00 nonsense")


def test_a_row_that_somebody_put_into_the_database_is_not_genuine(stage: Stage, browser: Browsing) -> None:
    browser.get("/months?month=2026-11")
    kept = browser.press("/months/close", month="2026-11")
    file = browser.get(f"{kept.location}.csv").data.replace(b"1072.84", b"9999.99")
    with stage.session() as session:
        report = session.scalars(select(MonthReport)).one()
        report.digest = hashlib.sha256(file[: file.rindex(b"signed,")]).hexdigest()
        session.commit()
    assert "was changed since" in upload(browser, file)


def test_a_name_is_no_formula_in_a_spreadsheet(stage: Stage, browser: Browsing) -> None:
    stage.invoices(1, "=HYPERLINK(1)", first=800)
    browser.get("/months?month=2026-11")
    kept = browser.press("/months/close", month="2026-11")
    assert ",'=HYPERLINK(1)," in browser.get(f"{kept.location}.csv").text


def test_nothing_of_it_is_another_companys(stage: Stage, browser: Browsing) -> None:
    browser.get("/months?month=2026-11")
    kept = browser.press("/months/close", month="2026-11")
    file = browser.get(f"{kept.location}.csv").data
    theirs = stage.company("Prairie Box Co.", "prairie")
    other = stage.browse(stage.person("ann@prairie.example", Role.OWNER, theirs))
    assert other.get(kept.location).status_code == 404
    assert other.get(f"{kept.location}.csv").status_code == 404
    assert "No invoice has a date" in other.get("/months?month=2026-11").text
    assert "was changed since" in upload(other, file)


def test_who_only_reads_keeps_nothing(stage: Stage, browser: Browsing) -> None:
    viewer = stage.browse(stage.person("viewer@harlan.example", Role.VIEWER))
    assert "Keep November" not in viewer.get("/months?month=2026-11").text
    assert viewer.press("/months/close", month="2026-11").status_code == 403


def test_the_page_costs_the_same_for_many(stage: Stage, browser: Browsing) -> None:
    with counted() as few:
        browser.get("/months?month=2026-11")
    stage.invoices(60, first=2000)
    with counted() as many:
        assert len(browser.get("/months?month=2026-11").data) < 150_000
    assert len(many) == len(few)
