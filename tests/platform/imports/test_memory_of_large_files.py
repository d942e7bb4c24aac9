"""A file of 100,000 rows is read without ever being held: what is in memory does not grow with it."""

import json
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from dray.imports import texts

ROWS = 100_000
CEILING = 4 * 1024 * 1024


def csv_file() -> Iterator[bytes]:
    """Some 9 MB."""
    yield b"number,date,customer,email,item,description,quantity,unit_price\n"
    for start in range(0, ROWS, 1000):
        rows = range(start, start + 1000)
        yield "".join(
            f"B-{row // 3},2026-11-01,Customer {row % 2000},c{row}@bench.example,20 yd,Roll-off ticket {row},1,4.50\n"
            for row in rows
        ).encode()


def json_file() -> Iterator[bytes]:
    """Some 14 MB."""
    yield b'{"invoices": ['
    for row in range(ROWS):
        entry = {"number": f"B-{row}", "date": "2026-11-01", "customer": {"name": "Oak"}, "lines": [{"amount": "4.5"}]}
        yield (b"," if row else b"") + json.dumps(entry).encode()
    yield b"]}"


def read_csv() -> int:
    assert texts.encoding_of(csv_file).startswith("utf-8")
    return sum(1 for _ in texts.rows(texts.open_text(csv_file(), "utf-8"), ",", after=1))


def read_json() -> int:
    return sum(1 for _ in texts.entries(texts.open_text(json_file(), "utf-8"), "invoices"))


@pytest.mark.parametrize("read", [read_csv, read_json])
def test_a_large_file_is_never_in_memory(read: Callable[[], int]) -> None:
    tracemalloc.start()
    try:
        assert read() == ROWS
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < CEILING
