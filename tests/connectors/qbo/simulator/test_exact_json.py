"""Amounts go through JSON without ever being floats."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dray_qbo.simulator import exact

_SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False)


@given(st.recursive(_SCALARS, lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside), max_leaves=20))
def test_what_is_written_is_read_again(value: Any) -> None:
    assert exact.read(exact.write(value)) == value


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "0"), ("0.004", "0"), ("100", "100.0"), ("337.50", "337.5"), ("26.06", "26.06"), ("0.005", "0.01"),
        ("-0.005", "-0.01"), ("1E+3", "1000.0"), ("99999999999.99", "99999999999.99"),
    ],
)  # fmt: skip
def test_money_is_written_as_the_sandbox_wrote_it(amount: str, said: str) -> None:
    assert exact.write(exact.money(Decimal(amount))) == said


@pytest.mark.parametrize(("number", "said"), [("75.00", "75"), ("4.50", "4.5"), ("0.00001", "0.00001"), ("1E2", "100")])
def test_plain_numbers_have_no_zeros_behind(number: str, said: str) -> None:
    assert exact.write(exact.plain(Decimal(number))) == said


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="float has no place in JSON"):
        exact.write({"Amount": 0.1})
    with pytest.raises(ValueError, match="NaN is no number"):
        exact.read("NaN")
