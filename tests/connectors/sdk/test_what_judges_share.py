"""What every judge says alike: the fix of a text that is too long, and how many places a figure needs."""

from decimal import Decimal

import pytest

from dray_sdk import abbreviated, decimal_places, first_addresses, too_long


@pytest.mark.parametrize(
    ("field", "action", "value"),
    [
        ("number", "edit", None),
        ("customer/email", "split_addresses", "Riverbend"),
        ("lines/2/description", "split", "Riverbend"),
        ("customer/name", "shorten", "Riverbend"),
    ],
)
def test_a_shorter_text_is_offered_only_where_shortening_is_safe(field: str, action: str, value: str | None) -> None:
    problem = too_long(field, "Too long.", "Riverbend")
    assert problem.fix is not None
    assert (problem.code, problem.field, problem.fix.action, problem.fix.value) == ("too_long", field, action, value)


def test_an_address_that_fits_nowhere_is_left_to_a_person() -> None:
    problem = too_long("email", "Too long.", "")
    assert problem.fix is not None
    assert (problem.fix.action, problem.fix.value) == ("edit", None)


@pytest.mark.parametrize(
    ("most", "kept"),
    [(60, "a@b.example, cc@d.example, e@f.example"), (26, "a@b.example, cc@d.example"), (12, "a@b.example"), (5, "")],
)
def test_of_a_list_of_addresses_the_first_whole_ones_are_kept(most: int, kept: str) -> None:
    assert first_addresses("a@b.example; cc@d.example,e@f.example", most) == kept


@pytest.mark.parametrize(
    ("most", "short"),
    [
        (99, "North Street Company and Sons Incorporated"),
        (36, "North Street Company and Sons Inc"),
        (30, "North Street Co & Sons Inc"),
        (5, "N St Co & Sons Inc"),
    ],
)
def test_as_few_words_as_make_it_fit_are_abbreviated_from_the_end(most: int, short: str) -> None:
    text = "North Street Company and Sons Incorporated"
    assert abbreviated(text, lambda found: len(found) <= most) == short


@pytest.mark.parametrize(("figure", "places"), [("1.50", 1), ("1.00001", 5), ("100", 0), ("1E+3", 0), ("0.000", 0)])
def test_places_are_those_that_a_figure_needs(figure: str, places: int) -> None:
    assert decimal_places(Decimal(figure)) == places
