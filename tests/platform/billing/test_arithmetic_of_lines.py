"""The sums of an invoice are exact, and rounded once, half away from zero."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dray.billing.amounts import TooLarge, add_up, mismatches, problems_of, product
from dray_sdk import Invoice, Kind, Line, LineKind, Money, Reference
from dray_sdk.money import places

factors = st.decimals(-1_000_000, 1_000_000, places=5)
currencies = st.sampled_from(["USD", "JPY", "KWD"])


def charge(amount: int | None = None, quantity: str | None = None, price: str | None = None) -> Line:
    """A charge in USD."""
    return Line(
        LineKind.CHARGE,
        quantity=None if quantity is None else Decimal(quantity),
        unit_price=None if price is None else Decimal(price),
        amount=None if amount is None else Money(amount, "USD"),
    )


def discount(percent: str) -> Line:
    """So many percent off the line above."""
    return Line(LineKind.DISCOUNT, percent=Decimal(percent))


@given(factors, factors, currencies)
def test_a_product_is_the_nearest_amount_and_a_half_goes_away_from_zero(
    quantity: Decimal, price: Decimal, currency: str
) -> None:
    exact = Fraction(quantity) * Fraction(price) * 10 ** places(currency)
    minor = product(quantity, price, currency).minor
    assert abs(exact - minor) <= Fraction(1, 2)
    if abs(exact - minor) == Fraction(1, 2):
        assert abs(minor) > abs(exact)


@given(factors, factors)
def test_a_product_does_not_care_for_order_or_sign(quantity: Decimal, price: Decimal) -> None:
    assert product(quantity, price, "USD") == product(price, quantity, "USD")
    assert product(-quantity, price, "USD") == -product(quantity, price, "USD")


@given(st.lists(st.integers(-(10**9), 10**9), max_size=40))
@settings(max_examples=50)
def test_amounts_add_up_and_texts_and_subtotals_add_nothing(amounts: list[int]) -> None:
    lines = [charge(amount) for amount in amounts]
    told = [line for each in lines for line in (each, Line(LineKind.TEXT, description="x"), Line(LineKind.SUBTOTAL))]
    assert add_up(lines, "USD").subtotal == Money(sum(amounts), "USD")
    assert add_up(told, "USD").subtotal == Money(sum(amounts), "USD")


@pytest.mark.parametrize(
    ("quantity", "price", "minor"),
    [("1", "0.005", 1), ("-1", "0.005", -1), ("3", "0.335", 101), ("0.33333", "3", 100), ("2.5", "0.01", 3)],
)
def test_known_products(quantity: str, price: str, minor: int) -> None:
    assert product(Decimal(quantity), Decimal(price), "USD").minor == minor


def test_a_percentage_takes_from_the_line_above_and_after_a_subtotal_from_that() -> None:
    lines = [charge(1000), charge(2005), discount("10"), Line(LineKind.SUBTOTAL), discount("50")]
    sums = add_up(lines, "USD")
    assert [line.amount.minor if line.amount else None for line in sums.lines] == [1000, 2005, -201, 2804, -1402]
    assert sums.subtotal.minor == 1402


def test_a_subtotal_counts_from_the_subtotal_before() -> None:
    lines = [charge(100), Line(LineKind.SUBTOTAL), charge(7), Line(LineKind.SUBTOTAL)]
    assert [line.amount for line in add_up(lines, "USD").lines][1::2] == [Money(100, "USD"), Money(7, "USD")]


def test_what_is_given_and_differs_is_a_problem_with_the_product_offered() -> None:
    (problem,) = mismatches([charge(29900, "3", "100"), charge(30000, "3", "100.00"), charge(5)], "USD")
    assert (problem.code, problem.field) == ("amount_differs", "lines/0/amount")
    assert problem.fix is not None
    assert problem.fix.value == "300.00"


def test_what_is_beyond_all_books_is_too_large() -> None:
    with pytest.raises(TooLarge):
        add_up([charge(None, "999999999999", "999999999999")], "USD")
    with pytest.raises(TooLarge):
        add_up([charge(10**15 - 1), charge(10**15 - 1)], "USD")


@pytest.mark.parametrize(
    ("lines", "codes"),
    [([charge(-500)], ["is_a_credit"]), ([], ["no_charge"]), ([charge(0)], []), ([charge(5)], [])],
)
def test_a_credit_and_an_empty_invoice_are_not_sent(lines: list[Line], codes: list[str]) -> None:
    sums = add_up(lines, "USD")
    document = Invoice(
        number="1",
        date=dt.date(2026, 1, 1),
        customer=Reference(Kind.CUSTOMER, "A"),
        currency="USD",
        lines=sums.lines,
        subtotal=sums.subtotal,
        total=sums.subtotal,
    )
    assert [problem.code for problem in problems_of(document)] == codes
