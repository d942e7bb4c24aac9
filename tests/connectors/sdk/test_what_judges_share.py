"""What every judge says alike: the fix of a text that is too long, and how many places a figure needs."""

from decimal import Decimal

import pytest

from dray_sdk import decimal_places, too_long


@pytest.mark.parametrize(
    ("field", "action", "value"),
    [
        ("number", "edit", None),
        ("customer/email", "edit", None),
        ("lines/2/description", "split", None),
        ("customer/name", "shorten", "Riverbend"),
    ],
)
def test_a_shorter_text_is_offered_only_where_shortening_is_safe(field: str, action: str, value: str | None) -> None:
    problem = too_long(field, "Too long.", "Riverbend")
    assert problem.fix is not None
    assert (problem.code, problem.field, problem.fix.action, problem.fix.value) == ("too_long", field, action, value)


@pytest.mark.parametrize(("figure", "places"), [("1.50", 1), ("1.00001", 5), ("100", 0), ("1E+3", 0), ("0.000", 0)])
def test_places_are_those_that_a_figure_needs(figure: str, places: int) -> None:
    assert decimal_places(Decimal(figure)) == places
