"""Cells as Excel and people write them: read with certainty, or not at all."""

import pytest

from dray.imports import cells


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("425", ".", "425"),
        ("1,234.50", ".", "1234.50"),
        ("$1,234.50", ".", "1234.50"),
        ("$ 425.00", ".", "425.00"),
        ("-$25.00", ".", "-25.00"),
        ("($25.00)", ".", "-25.00"),
        ("(25)", ".", "-25"),
        ("25.00-", ".", "-25.00"),
        (".5", ".", "0.5"),
        ("+3", ".", "3"),
        ("7.5%", ".", "7.5"),
        ("425.00 USD", ".", "425.00"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,50 €", ",", "1234.50"),
        ("1.234", ",", "1234"),
    ],
)
def test_numbers_lose_their_ornaments_and_keep_every_digit(text: str, mark: str, number: str) -> None:
    assert cells.number(text, mark) == number


@pytest.mark.parametrize("text", ["abc", "", "$", "12,5", "1,23,456", "1.2.3", "--5", "1E+05", "٣", "12 3", "()"])
def test_what_could_be_several_numbers_is_none(text: str) -> None:
    assert cells.number(text, ".") is None


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-11-24", None, "2026-11-24"),
        ("2026-11-24 00:00:00", None, "2026-11-24"),
        ("2026-1-4", None, "2026-01-04"),
        ("11/24/2026", "mdy", "2026-11-24"),
        ("24.11.2026", "dmy", "2026-11-24"),
        ("11/24/26", "mdy", "2026-11-24"),
        ("24-Nov-26", None, "2026-11-24"),
        ("Nov 24, 2026", None, "2026-11-24"),
        ("November 24 2026", None, "2026-11-24"),
        ("04/05/2026", None, None),
        ("13/13/2026", "mdy", None),
        ("46350", None, None),
        ("2026-11-24 10:42:00", None, None),
        ("2026-02-30", None, None),
    ],
)
def test_dates_are_read_only_when_they_can_mean_one_day(text: str, order: str | None, day: str | None) -> None:
    assert cells.day(text, order) == day


def test_excels_formula_that_keeps_zeros_is_the_text_in_it() -> None:
    assert cells.plain('="00123"') == "00123"
    assert cells.plain("\u00a0 A-1 ") == "A-1"


def test_yes_and_no_have_several_words() -> None:
    assert (cells.flag("TRUE"), cells.flag("x"), cells.flag("Non"), cells.flag("maybe")) == (True, True, False, None)
