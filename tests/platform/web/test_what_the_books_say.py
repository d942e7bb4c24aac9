"""What the books hold, beside what was sent: while an answer is missing, and after an invoice was locked."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, update

from dray.billing.models import BookState, Invoice, Posting
from dray.connections.models import Connection
from dray_tenants.roles import Role
from tests.platform.web.stage import Stage


def test_both_sides_of_a_doubt_are_beside_each_other_field_by_field(stage: Stage) -> None:
    stage.connect()
    (one,) = stage.invoices(1)
    stage.sent([one])
    stage.claimed([one])
    stage.doubtful([one])
    theirs = {
        "books_id": "1-77", "text": "number 4820 of 2026-11-16, Kestrel Roofing, 1,072.84",
        "number": "4820", "date": "2026-11-16", "customer": "Kestrel Roofing", "total": "1072.84",
    }  # fmt: skip
    with stage.session() as session:
        session.execute(update(Posting).values(problem={"code": "unclear", "detail": "", "candidates": [theirs]}))
        session.commit()
    page = stage.browse(stage.person("denise@harlan.example", Role.ADMIN))
    html = page.get(f"/invoices/{one}").text
    assert "Do not type it in by hand." in html
    here, there = re.findall(r"<tr><td class=\"c-id\"><b>(?:Here|There)</b>.*?</tr>", html, re.DOTALL)
    for told in ("INV-20471", "Kestrel Roofing &amp; Exteriors", "Nov 17, 2026", "1,072.84"):
        assert told in here, told
    for told in ("4820", "Kestrel Roofing", "Nov 16, 2026", "1,072.84", "It is this one"):
        assert told in there, told
    looking = stage.browse(stage.person("viewer@harlan.example", Role.VIEWER)).get(f"/invoices/{one}").text
    assert "Nov 16, 2026" in looking
    assert "It is this one" not in looking


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("gone", {}, ["Not there any more", "The books do not have this invoice any more."]),
        ("voided", {"total_minor": 0}, ["Voided", "This invoice is voided in the books."]),
        ("changed", {"total_minor": 107000}, ["Changed", "Total there now", "$1,070.00"]),
        ("changed", {"number": "4999"}, ["Number there now", "4999"]),
        ("paid", {"balance_minor": 0}, ["Paid", "Open balance", "$0.00"]),
        ("part_paid", {"balance_minor": 7284}, ["Partly paid", "$72.84"]),
    ],
)
def test_what_the_books_say_since_stands_beside_the_locked_invoice(
    stage: Stage, kind: str, fields: dict[str, object], says: list[str]
) -> None:
    stage.connect()
    (one,) = stage.invoices(1)
    stage.sent([one])
    stage.claimed([one])
    stage.accepted([one], balance_minor=107284)
    page = stage.browse(stage.person("denise@harlan.example", Role.VIEWER))
    before = page.get(f"/invoices/{one}").text
    assert "Since then" not in before
    assert "$1,072.84" in before
    with stage.session() as session:
        invoice = session.scalars(select(Invoice)).one()
        connection = session.scalars(select(Connection)).one()
        row = BookState(
            tenant_id=stage.tenant, invoice_id=invoice.id, connection_id=connection.id, kind=kind,
            since=stage.now - dt.timedelta(hours=2), seen_at=stage.now - dt.timedelta(minutes=5), **fields,
        )  # fmt: skip
        session.add(row)
        session.commit()
    html, live = page.get(f"/invoices/{one}").text, page.get(f"/invoices/{one}/live").text
    for text in ("Since then", "First seen so", "8:46 am", "Last looked up", "10:41 am", *says):
        assert text in html, text
        assert text in live, text
    assert "Synced (locked)" in html


def test_other_figures_than_were_sent_are_said_on_top(stage: Stage) -> None:
    page = stage.browse(stage.person("denise@harlan.example", Role.OWNER))
    stage.connect()
    same, other = stage.invoices(2)
    stage.sent([same, other])
    stage.claimed([same, other])
    stage.accepted([same])
    stage.accepted([other], total_minor=100000)
    html = page.get(f"/invoices/{other}").text
    said = "The books recorded other figures than were sent:</b> before tax 1,000.00 instead of 1,072.84."
    assert html.index(said) < html.index("Bill to")
    assert "other figures" not in page.get(f"/invoices/{same}").text
