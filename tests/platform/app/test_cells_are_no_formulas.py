"""No file that we give out computes anything when a spreadsheet opens it, and our own files come back as they were."""

import re

import pytest

from dray.imports import cells
from dray.spreadsheets import as_written, harmless
from tests.ground.tree import ROOT


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "-"])
def test_what_begins_like_a_formula_is_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert as_written(harmless(text)) == text


@pytest.mark.parametrize("text", ["", "INV-1", "-25.00", "+49 511 1234", "1,234.50", "'tis", "a=b", "2026-11-24"])
def test_figures_and_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
    assert as_written(text) == text


def test_a_file_of_ours_is_read_as_it_was_before() -> None:
    assert cells.plain(harmless('="00123"')) == "00123"
    assert cells.plain(harmless("=Part 7")) == "=Part 7"


def test_whatever_writes_csv_writes_harmless_cells() -> None:
    writers = [
        path for path in (ROOT / "platform" / "dray").rglob("*.py") if "csv.writer" in path.read_text(encoding="utf-8")
    ]
    assert len(writers) >= 3
    careless = [path.name for path in writers if not re.search(r"\bharmless\(", path.read_text(encoding="utf-8"))]
    assert careless == []
