"""Whatever people remember of an invoice finds it, and what narrows the list stays in its address."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from dray.billing import finding
from dray.billing.amending import amend
from dray.billing.finding_models import InvoiceWord, SavedView
from dray.billing.given import GivenCustomer, GivenLine
from dray.billing.models import Customer, Invoice
from dray.connections.models import Connection
from dray.web.invoices import listing
from dray.web.invoices.filters import Filter
from dray_tenants.roles import Role
from tests.platform.shop import ACTOR, NOW, Shop
from tests.platform.web.stage import Stage


def numbers(shop: Shop, search: str = "", **narrowed: object) -> list[str]:
    with shop.session() as session:
        wanted = Filter(search=search, **narrowed)  # type: ignore[arg-type]
        found = listing.page(session, wanted, judge=lambda document: (), now=NOW)
        assert listing.matching(session, wanted).invoices == len(found.rows)
        return sorted(row.number for row in found.rows)


@pytest.fixture
def filled(shop: Shop) -> Shop:
    """Three invoices that differ in everything."""
    shop.connect()
    line = GivenLine(item="30 yd roll-off", description="Tickets 88214 and 88231", amount=Decimal("1072.84"))
    kestrel = GivenCustomer(name="Kestrel Roofing")
    shop.invoice("INV-1", customer=kestrel, lines=[line], po_number="KR-1187", service_location="2204 Linden Ave")
    shop.invoice("INV-2", customer=kestrel, date=dt.date(2026, 10, 1), po_number="PO 9/77", memo="Überfüllt, 5 %")
    other = GivenLine(item="Tonnage", description="over 2 tons", amount=Decimal("500.00"))
    posted = shop.invoice("X-3", customer=GivenCustomer(name="Bright Lights"), lines=[other])
    shop.post(posted)
    return shop


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("inv-", ["INV-1", "INV-2"]),
        ("x-3", ["X-3"]),
        ("kestrel", ["INV-1", "INV-2"]),
        ("Kestrel Roofing", ["INV-1", "INV-2"]),
        ("kr-1187", ["INV-1"]),
        ("9/77", ["INV-2"]),
        ("LINDEN", ["INV-1"]),
        ("kestrel linden", ["INV-1"]),
        ("88231", ["INV-1"]),
        ("roll-off ticket", ["INV-1"]),
        ("überf", ["INV-2"]),
        ("1,072.84", ["INV-1"]),
        ("$1072.84", ["INV-1"]),
        ("500", ["X-3"]),
        ("9001", ["X-3"]),
        ("linden tonnage", []),
        ("nobody", []),
        ("%", []),
        ("_", []),
        ("'; drop table invoices", []),
    ],
)
def test_what_is_remembered_of_an_invoice_finds_it(filled: Shop, search: str, found: list[str]) -> None:
    assert numbers(filled, search) == found


def test_an_edit_is_found_by_its_new_words_alone(filled: Shop) -> None:
    with filled.session() as session:
        public_id = session.scalars(select(Invoice.public_id).where(Invoice.number == "INV-1")).one()
        lines = [GivenLine(item="Dumpster", amount=Decimal(5))]
        amend(session, public_id, {"lines": lines, "po_number": None}, version=None, at=NOW, actor=ACTOR)
        session.commit()
    assert numbers(filled, "dumpst") == ["INV-1"]
    assert numbers(filled, "88231") == numbers(filled, "KR-1187") == []
    assert numbers(filled, "linden") == ["INV-1"]


def test_filters_narrow_together(filled: Shop) -> None:
    with filled.session() as session:
        customer = session.scalars(select(Invoice.customer_id).where(Invoice.number == "X-3")).one()
        public_id = session.scalars(select(Customer.public_id).where(Customer.id == customer)).one()
        connection = session.scalars(select(Connection.public_id)).one()
    assert numbers(filled, customer=public_id) == ["X-3"]
    assert numbers(filled, connection=connection) == ["X-3"]
    assert numbers(filled, connection="con_none") == []
    assert numbers(filled, least=Decimal("425.01")) == ["INV-1", "X-3"]
    assert numbers(filled, most=Decimal("425.00")) == ["INV-2"]
    assert numbers(filled, "kestrel", first=dt.date(2026, 11, 1), least=Decimal(1)) == ["INV-1"]
    assert numbers(filled, state="synced", least=Decimal(1)) == ["X-3"]


def test_nobody_finds_the_words_of_another_company(filled: Shop, other_shop: Shop) -> None:
    assert numbers(other_shop, "linden") == numbers(other_shop, "9001") == []


def test_the_address_keeps_everything() -> None:
    arguments = {
        "state": "draft", "q": "linden", "from": "2026-11-01", "to": "2026-11-30", "customer": "cus_a1",
        "connection": "con_b2", "least": "1,000.50", "most": "2000",
    }  # fmt: skip
    wanted = Filter.read(arguments)
    assert wanted.query == {**arguments, "least": "1000.50"}
    assert Filter.read(wanted.query) == wanted
    assert Filter.read({"least": "lots", "customer": "x' or 1=1", "most": "1e9"}) == Filter()


def test_a_very_common_word_says_that_not_all_were_looked_at(filled: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "SCANNED", 2)
    for number in range(3):
        filled.invoice(f"S-{number}", service_location="Same Place")
    with filled.session() as session:
        assert listing.is_bounded(session, Filter(search="same"))
        assert not listing.is_bounded(session, Filter(search="linden"))
        assert session.scalar(select(func.count()).select_from(InvoiceWord))
    assert len(numbers(filled, "same")) == 2


def test_a_view_is_kept_shown_as_a_chip_and_deleted(stage: Stage) -> None:
    stage.invoices(2)
    denise = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    boss = stage.browse(stage.person("boss@harlan.example", Role.VIEWER))
    assert "Keep this view" in denise.get("/invoices?q=kestrel&least=5").text
    kept = denise.press("/views", name="Big Kestrel", q="kestrel", least="5", follow=True).text
    assert ">Big Kestrel</a>" in kept
    assert 'aria-current="page">Big Kestrel' in kept
    assert "Big Kestrel" not in boss.get("/invoices?q=x").text
    denise.press("/views", name="Big Kestrel", q="kestrel", least="6", shared="1")
    shown = boss.get("/invoices?q=x").text
    assert "least=6&amp;q=kestrel" in shown
    assert boss.press("/views", name="Mine", q="x", shared="1").status_code == 403
    with stage.session() as session:
        public_id = session.scalars(select(SavedView.public_id)).one()
    assert boss.press(f"/views/{public_id}/delete").status_code == 404
    assert "Give the view a name." in denise.press("/views", name=" ", q="x", follow=True).text
    assert "Narrow the list first" in denise.press("/views", name="All", follow=True).text
    assert "is deleted" in denise.press(f"/views/{public_id}/delete", follow=True).text
    theirs = stage.company("Prairie Box Co.", "prairie")
    other = stage.browse(stage.person("eve@prairie.example", Role.OWNER, theirs))
    denise.press("/views", name="Ours", q="kestrel", shared="1")
    with stage.session() as session:
        public_id = session.scalars(select(SavedView.public_id)).one()
    assert "Ours" not in other.get("/invoices?q=x").text
    assert other.press(f"/views/{public_id}/delete").status_code == 404


def test_the_list_says_how_it_is_narrowed(stage: Stage) -> None:
    stage.invoices(2)
    page = stage.browse(stage.person("denise@harlan.example", Role.BILLING))
    shown = page.get("/invoices?q=linden&least=5&most=9999").text
    assert "INV-20471" in shown
    assert "2 more filters" in shown
    assert "No invoice matches" in page.get("/invoices?most=5").text
