"""At the end of a set-up names that are probably the same are suggested, and taken only where somebody ticks them."""

from __future__ import annotations

import datetime as dt
import html
import json
import re

import pytest
from sqlalchemy import select

from dray.connections.models import Link
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.quickbooks import QuickBooks
from dray_qbd.simulator.sample import customer as customer_there
from dray_qbd.simulator.sample import item
from dray_tenants.models import AuditEntry
from tests.platform.connect.customer import SOLD, Customer
from tests.platform.web.stage import Stage

TICK = re.compile(r'name="same" id="[^"]+" value="([^"]+)"')
SPELLED = "Fuel surcharges"


@pytest.fixture
def read(stage: Stage, customer: Customer) -> Customer:
    """Books whose lists were read, and that call one item and the customer a little differently."""
    stage.invoices(3)
    there = [item(SPELLED if name == "Fuel surcharge" else name) for name in SOLD]
    company = Company.sample(customer.company, also=[*there, customer_there("Kestrel Roofing and Exteriors LLC")])
    customer.quickbooks = QuickBooks(company, clock=lambda: stage.now)
    customer.installed().run_once()
    return customer


def ticks(page: str) -> list[str]:
    return [html.unescape(each) for each in TICK.findall(page)]


def links(stage: Stage) -> dict[str, str | None]:
    with stage.session() as session:
        rows = session.scalars(select(Link).where(Link.chosen_by.is_not(None)))
        return {row.name: row.books_name for row in rows}


def test_what_is_probably_the_same_is_shown_and_taken_where_it_is_ticked(stage: Stage, read: Customer) -> None:
    page = read.live()
    assert "The item “Fuel surcharge” is <b>Fuel surcharges</b> in QuickBooks" in page
    assert "The customer “Kestrel Roofing &amp; Exteriors” is <b>Kestrel Roofing and Exteriors LLC</b>" in page
    assert "(3 invoices)" in page
    assert read.confirm(first_day="", same=ticks(page)) == 303
    assert links(stage) == {
        "Fuel surcharge": SPELLED,
        "Kestrel Roofing & Exteriors": "Kestrel Roofing and Exteriors LLC",
    }
    with stage.session() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "connection.link_chosen")).all()
        assert {row.actor for row in told} == {"set-up link of owner@harlan.example"}
    done = read.live()
    assert "3 are ready to send and 0 need a decision" in done
    assert "Of the customers and items that they name, 4 are in your books." in done


def test_what_is_not_ticked_is_left_alone(stage: Stage, read: Customer) -> None:
    assert read.confirm(first_day="") == 303
    assert links(stage) == {}
    done = read.live()
    assert "0 are ready to send and 3 need a decision" in done
    assert "1 customer will be made there with the first invoice; 1 item has to be chosen by your company." in done


def test_only_what_was_suggested_can_be_ticked(stage: Stage, read: Customer) -> None:
    kind, key, _ = json.loads(ticks(read.live())[0])
    for forged in (json.dumps([kind, key, "80000001-1"]), "no json", "[]"):
        assert read.confirm(first_day="", same=[forged]) in (303, 410)
    assert links(stage) == {}


def test_a_choice_that_somebody_made_before_is_not_asked_again(stage: Stage, read: Customer) -> None:
    assert len(ticks(read.live())) == 2
    assert read.confirm(first_day="", same=ticks(read.live())) == 303
    stage.now += dt.timedelta(days=1)
    again = Customer(stage, read.connection)
    again.quickbooks = read.quickbooks
    again.claim()
    connector = again.web_connector(*again.hand_over("identity"))
    connector.add()
    connector.run_once()
    assert ticks(again.live()) == []


def test_invoices_from_before_the_first_day_are_told_apart(stage: Stage, read: Customer) -> None:
    assert read.confirm(first_day="2026-11-18") == 303
    assert "3 are dated before Nov 18, 2026 and not counted" in read.live()
