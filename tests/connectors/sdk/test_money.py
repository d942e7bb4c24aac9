"""Money is exact, whatever its size, and two currencies never meet."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_sdk import Money
from dray_sdk.money import places
from tests.connectors.sdk.any_record import CURRENCIES, moneys

currencies = st.sampled_from(CURRENCIES)
minors = st.integers(-(10**40), 10**40)
huge = st.builds(
    lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(-(10**25), 10**25), st.integers(0, 8)
)


@given(moneys)
def test_what_is_written_is_read_back(money: Money) -> None:
    assert Money.parse(str(money), money.currency) == money
    assert Money.parse(money.decimal, money.currency) == money
    assert str(money) == f"{money.decimal:f}"


@given(minors, minors, minors, currencies)
def test_adding_is_adding_of_whole_numbers(one: int, two: int, three: int, currency: str) -> None:
    a, b, c = Money(one, currency), Money(two, currency), Money(three, currency)
    assert (a + b).minor == one + two
    assert a + b == b + a and (a + b) + c == a + (b + c)
    assert a - b == a + -b and a + Money(0, currency) == a and a - a == Money(0, currency)


@given(minors, minors, currencies)
def test_order_is_the_order_of_the_amounts(one: int, two: int, currency: str) -> None:
    a, b = Money(one, currency), Money(two, currency)
    assert [a < b, a <= b, a > b, a >= b, a == b] == [one < two, one <= two, one > two, one >= two, one == two]


@given(huge, currencies)
def test_rounding_is_half_away_from_zero_and_never_off_by_more_than_half(value: Decimal, currency: str) -> None:
    unit = Fraction(1, 10 ** places(currency))
    off = Fraction(value) - Money.rounded(value, currency).minor * unit
    assert abs(off) <= unit / 2
    assert abs(off) < unit / 2 or (off < 0) == (value > 0)
    assert Money.rounded(-value, currency) == -Money.rounded(value, currency)


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("2.345", "USD", "2.35"),
        ("-2.345", "USD", "-2.35"),
        ("2.3449999999999999999999999999999999", "USD", "2.34"),
        ("0.005", "USD", "0.01"),
        ("-0.004", "USD", "0.00"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
        ("12345678901234567890123456789012.345", "USD", "12345678901234567890123456789012.35"),
        ("1E+3", "USD", "1000.00"),
    ],
)
def test_rounding_by_example(value: str, currency: str, written: str) -> None:
    assert str(Money.rounded(Decimal(value), currency)) == written


def test_a_sum_beyond_the_digits_of_python_s_decimals_stays_exact() -> None:
    text = "1234567890123456789012345678901.23"
    assert Money.parse(text, "USD").minor == 123456789012345678901234567890123
    assert str(Money.parse(text, "USD")) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1,000.00",
        "1_000",
        "1.2.3",
        "1e3",
        "NaN",
        "Infinity",
        "-",
        ".",
        "12.345",
        "0x10",
        "１２",
        "1 2",
        "--1",
    ],
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimal places"):
        Money.parse(text, "USD")


@pytest.mark.parametrize("text", ["12.5", "+12.50", " 12.50 ", "12.500", "012.5"])
def test_a_plain_amount_is_read(text: str) -> None:
    assert Money.parse(text, "USD") == Money(1250, "USD")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "9" * 500])
def test_what_is_no_sum_of_money_is_refused_and_does_not_fill_the_memory(value: str) -> None:
    for read in (Money.parse, Money.rounded):
        with pytest.raises(ValueError, match="amount"):
            read(Decimal(value), "USD")


def test_zero_has_no_sign_and_no_exponent() -> None:
    for zero in ("-0", "0E+999999", "-0.000"):
        assert Money.parse(Decimal(zero), "USD") == Money(0, "USD")
        assert str(Money.rounded(Decimal(zero), "USD")) == "0.00"


@given(minors, minors)
def test_two_currencies_never_meet(one: int, two: int) -> None:
    dollars, euros = Money(one, "USD"), Money(two, "EUR")
    assert dollars != euros
    for meet in (lambda: dollars + euros, lambda: dollars - euros, lambda: dollars < euros, lambda: dollars >= euros):
        with pytest.raises(ValueError, match="cannot be combined"):
            meet()


@pytest.mark.parametrize(
    ("currency", "expected"), [("USD", 2), ("JPY", 0), ("XOF", 0), ("KWD", 3), ("LYD", 3), ("CLF", 4)]
)
def test_places_are_those_of_iso_4217(currency: str, expected: int) -> None:
    assert places(currency) == expected
