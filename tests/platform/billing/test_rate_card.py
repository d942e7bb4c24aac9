"""What an item costs: the card's word, whose word it is, and what surprises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from dray.billing import documents, invoices, rate_card
from dray.billing.given import GivenCustomer, GivenLine, Missing, Unacceptable
from dray.billing.models import Customer
from dray.billing.price_check import PriceCheck, Source, check_prices
from dray.billing.rate_card import GivenRate
from dray_tenants.models import AuditEntry
from tests.platform.shop import ACTOR, NOW, Shop

MARCH = dt.date(2026, 3, 1)
DAY = dt.date(2026, 11, 20)


def put(shop: Shop, price: str, item: str = "Visit", first_day: dt.date = MARCH, **fields: Any) -> str:
    """Put a price on the card; its public id."""
    with shop.session() as session:
        given = GivenRate(item, Decimal(price), first_day, **fields)
        rate = rate_card.add(session, given, at=NOW, actor=ACTOR)
        session.commit()
        return rate.public_id


def ask(shop: Shop, customer: str | None = None, item: str = "Visit", day: dt.date = DAY) -> str | None:
    """The price that holds."""
    with shop.session() as session:
        rate = rate_card.price_for(session, item, customer, day)
        return None if rate is None else f"{rate.price:.2f}"


def customer_of(shop: Shop, invoice: str, name: str = "Bright Lights") -> str:
    with shop.session() as session:
        return session.scalars(select(Customer.public_id).where(Customer.name == name)).one()


def surprises(shop: Shop, *public_ids: str) -> PriceCheck:
    with shop.session() as session:
        ids = invoices.ids_of(session, public_ids)
        built = documents.build(session, list(ids.values()))
        return check_prices(session, {public_id: built[key] for public_id, key in ids.items()})


def test_the_price_that_began_last_holds(shop: Shop) -> None:
    put(shop, "90")
    put(shop, "100", first_day=dt.date(2026, 6, 1))
    put(shop, "120", first_day=dt.date(2027, 1, 1))
    assert ask(shop) == "100.00"
    assert ask(shop, day=dt.date(2026, 5, 31)) == "90.00"
    assert ask(shop, day=dt.date(2026, 2, 28)) is None
    assert ask(shop, item="vIsit ") == "100.00"
    assert ask(shop, item="Filter") is None


def test_a_price_that_ended_does_not_give_way_to_an_older_one(shop: Shop) -> None:
    put(shop, "90")
    put(shop, "100", first_day=dt.date(2026, 6, 1), last_day=dt.date(2026, 6, 30))
    assert ask(shop, day=dt.date(2026, 6, 30)) == "100.00"
    assert ask(shop, day=dt.date(2026, 7, 1)) is None


def test_the_customers_own_price_comes_before_that_of_the_one_above_and_that_before_everybodys(shop: Shop) -> None:
    site = shop.invoice("1", customer=GivenCustomer(name="Plant 2", parent="Bright Lights"))
    above, below = customer_of(shop, site), customer_of(shop, site, "Plant 2")
    put(shop, "90")
    assert ask(shop, below) == "90.00"
    put(shop, "80", customer=above)
    assert (ask(shop, below), ask(shop, above), ask(shop)) == ("80.00", "80.00", "90.00")
    put(shop, "70", customer=below)
    assert (ask(shop, below), ask(shop, above), ask(shop)) == ("70.00", "80.00", "90.00")


def test_the_same_day_twice_is_refused_for_everybody_and_for_one(shop: Shop) -> None:
    customer = customer_of(shop, shop.invoice("1"))
    put(shop, "90")
    put(shop, "80", customer=customer)
    several: tuple[dict[str, Any], ...] = ({}, {"customer": customer})
    for fields in several:
        with pytest.raises(Unacceptable) as refused:
            put(shop, "95", **fields)
        assert refused.value.complaints[0].path == ("first_day",)


def test_what_cannot_be_a_price_is_told_field_by_field(shop: Shop) -> None:
    given = GivenRate(" ", None, None, customer="cus_nobody")
    with shop.session() as session, pytest.raises(Unacceptable) as refused:
        rate_card.add(session, given, at=NOW, actor=ACTOR)
    assert {each.path[0] for each in refused.value.complaints} == {"item", "price", "first_day", "customer"}
    backwards = GivenRate("Visit", Decimal(1), DAY, last_day=MARCH)
    with shop.session() as session, pytest.raises(Unacceptable, match="before the first"):
        rate_card.add(session, backwards, at=NOW, actor=ACTOR)


def test_a_price_can_be_corrected_and_ended_and_both_are_on_record(shop: Shop) -> None:
    rate = put(shop, "90")
    with shop.session() as session:
        given = GivenRate("Visit", Decimal("95.125"), MARCH, unit="h", last_day=DAY)
        rate_card.change(session, rate, given, at=NOW, actor=ACTOR)
        session.commit()
        row = rate_card.find(session, rate).rate
        assert (row.price, row.unit, row.last_day) == (Decimal("95.12500"), "h", DAY)
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all() == [
            "rate.added",
            "rate.changed",
        ]


def test_another_tenants_card_is_not_there(shop: Shop, other_shop: Shop) -> None:
    rate = put(shop, "90")
    customer = customer_of(shop, shop.invoice("1"))
    assert ask(other_shop) is None
    with other_shop.session() as session:
        with pytest.raises(Missing):
            rate_card.find(session, rate)
        with pytest.raises(Missing):
            rate_card.change(session, rate, GivenRate("Visit", Decimal(1), DAY), at=NOW, actor=ACTOR)
        assert rate_card.page(session).rows == []
    with pytest.raises(Unacceptable):
        put(other_shop, "90", customer=customer)


def test_the_card_pages_by_item(shop: Shop) -> None:
    for name in ("delta", "Alpha", "Beta", "charlie"):
        put(shop, "1", name)
    with shop.session() as session:
        first = rate_card.page(session, limit=3)
        second = rate_card.page(session, limit=3, after=first.next or "")
        assert [row.item for row in (*first.rows, *second.rows)] == ["Alpha", "Beta", "charlie", "delta"]
        assert second.next is None
        assert [row.item for row in rate_card.page(session, "ELT").rows] == ["delta"]


def test_a_line_off_the_card_is_a_surprise_that_says_since_when(shop: Shop) -> None:
    invoice = shop.invoice("1")
    put(shop, "95")
    found = surprises(shop, invoice)
    (off,) = found.surprises
    assert (off.key, off.line, off.item, off.here, off.expected) == (invoice, 0, "Visit", Decimal(100), Decimal(95))
    assert (off.source, off.since, off.difference) == (Source.RATE_CARD, MARCH, Decimal(5))
    assert (found.agree, found.unknown) == (0, 1)


def test_without_a_card_the_customers_last_sent_price_counts(shop: Shop) -> None:
    shop.connect()
    old = shop.invoice("1", date=dt.date(2026, 9, 1), lines=[_visit("80")])
    last = shop.invoice("2", date=dt.date(2026, 10, 1), lines=[_visit("90")])
    shop.invoice("3", date=dt.date(2026, 11, 1), lines=[_visit("95")])
    shop.post(old)
    shop.post(last)
    fresh = shop.invoice("4", lines=[_visit("100")])
    (off,) = surprises(shop, fresh).surprises
    assert (off.source, off.expected, off.since, off.number) == (
        Source.LAST_PRICE, Decimal(90), dt.date(2026, 10, 1), "2",
    )  # fmt: skip
    stranger = shop.invoice("5", customer=GivenCustomer(name="Somebody else"), lines=[_visit("100")])
    assert surprises(shop, stranger).surprises == []


def test_the_card_beats_the_last_price(shop: Shop) -> None:
    shop.connect()
    shop.post(shop.invoice("1", date=dt.date(2026, 9, 1), lines=[_visit("80")]))
    put(shop, "100")
    found = surprises(shop, shop.invoice("2", lines=[_visit("100")]))
    assert (found.surprises, found.agree, found.unknown) == ([], 1, 0)


def _visit(price: str) -> GivenLine:
    return GivenLine(item="Visit", quantity=Decimal(1), unit_price=Decimal(price))
