"""Times, dates, amounts and counts as people read them."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dray.web import formats
from dray_sdk import Money

NOW = dt.datetime(2026, 11, 19, 16, 46, tzinfo=dt.UTC)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (dt.timedelta(seconds=59), "just now"),
        (dt.timedelta(seconds=60), "1 min ago"),
        (dt.timedelta(minutes=59, seconds=59), "59 min ago"),
        (dt.timedelta(hours=23, minutes=59), "23 h ago"),
        (dt.timedelta(hours=24), "yesterday"),
        (dt.timedelta(days=3), "3 days ago"),
        (dt.timedelta(seconds=-5), "just now"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit_that_fits(before: dt.timedelta, said: str) -> None:
    assert formats.ago(NOW - before, NOW) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW, "10:46 am"),
        (dt.datetime(2026, 11, 19, 6, 0, tzinfo=dt.UTC), "12:00 am"),
        (dt.datetime(2026, 11, 19, 5, 59, tzinfo=dt.UTC), "Nov 18, 11:59 pm"),
        (dt.datetime(2025, 11, 19, 18, 5, tzinfo=dt.UTC), "Nov 19, 2025, 12:05 pm"),
    ],
)
def test_a_time_is_of_the_tenants_zone_and_has_its_date_unless_today(moment: dt.datetime, said: str) -> None:
    assert formats.clock(moment, CHICAGO, NOW) == said


def test_the_next_run_is_about_never_exact() -> None:
    assert formats.until(NOW + dt.timedelta(minutes=4, seconds=10), NOW) == "in about 4 min"
    assert formats.until(NOW + dt.timedelta(seconds=20), NOW) == "any moment now"
    assert formats.until(NOW + dt.timedelta(hours=2), NOW) == "in about 2 h"


def test_amounts_have_their_currencys_places_and_a_true_minus() -> None:
    assert formats.price(Money(116044, "USD")) == "$1,160.44"
    assert formats.price(Money(-4000, "USD")) == "−$40.00"
    assert formats.price(Money(9000, "CHF")) == "CHF 90.00"
    assert formats.price(Money(9000, "JPY")) == "JPY 9,000"
    assert formats.amount(Money(-4000, "USD")) == "−40.00"


@pytest.mark.parametrize(
    ("value", "quantity", "price"),
    [
        ("2.00000", "2", "2.00"),
        ("1.38", "1.38", "1.38"),
        ("0.00125", "0.00125", "0.00125"),
        ("1000", "1,000", "1,000.00"),
    ],
)
def test_quantities_and_prices_are_exact_and_without_empty_zeros(value: str, quantity: str, price: str) -> None:
    assert formats.number(Decimal(value)) == quantity
    assert formats.unit_price(Decimal(value)) == price


def test_counts_take_their_nouns_along() -> None:
    assert formats.plural(1, "invoice") == "1 invoice"
    assert formats.plural(1337, "invoice") == "1,337 invoices"
    assert formats.plural(2, "invoice is", "invoices are") == "2 invoices are"


@pytest.mark.parametrize(
    ("email", "letters"), [("denise.okafor@x.example", "DO"), ("sam@x.example", "SA"), ("@x", "?")]
)
def test_initials_come_from_the_address(email: str, letters: str) -> None:
    assert formats.initials(email) == letters
