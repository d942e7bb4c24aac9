"""Equal values give equal bytes, bytes give back the value, and anything else is refused."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dray_sdk import (
    Address,
    Batch,
    Books,
    Create,
    Customer,
    Entry,
    Find,
    Identify,
    Invoice,
    Item,
    Kind,
    Line,
    LineKind,
    Money,
    Operation,
    Pull,
    Reference,
    canonical,
)
from tests.connectors.sdk.any_record import KINDS, decimals, of, texts

REFUSALS = (ValueError, KeyError, TypeError)
INVOICE = Invoice(
    number="1001",
    date=dt.date(2026, 11, 2),
    customer=Reference(Kind.CUSTOMER, "Larkspur Café", "c1"),
    currency="USD",
    lines=(Line(LineKind.CHARGE, description="Windows", quantity=Decimal("2.50"), amount=Money(2500, "USD")),),
    subtotal=Money(2500, "USD"),
    total=Money(2500, "USD"),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=40)
def test_what_is_written_is_read_back_and_written_alike(kind: type, data: st.DataObject) -> None:
    value = data.draw(of(kind))
    text = canonical.dumps(value)
    assert canonical.loads(kind, text) == value
    assert canonical.dumps(canonical.loads(kind, text)) == text
    assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def test_the_bytes_of_an_invoice() -> None:
    assert canonical.dumps(INVOICE).decode() == (
        '{"currency":"USD","customer":{"id":"c1","kind":"customer","name":"Larkspur Café"},"date":"2026-11-02",'
        '"is":"Invoice","lines":[{"amount":"25.00 USD","description":"Windows","kind":"charge","quantity":"2.5"}],'
        '"number":"1001","subtotal":"25.00 USD","total":"25.00 USD"}'
    )


@given(decimals, st.integers(0, 12))
def test_equal_numbers_give_equal_bytes_whatever_their_places(number: Decimal, more: int) -> None:
    stretched = (
        number.quantize(Decimal(1).scaleb(min(0, int(number.as_tuple().exponent)) - more)) if number else -number
    )
    assert stretched == number
    assert canonical.dumps(Item("x", unit_price=stretched)) == canonical.dumps(Item("x", unit_price=number))


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("1E+3", "1000"),
        ("1000.0", "1000"),
        ("-0", "0"),
        ("0E+5", "0"),
        ("-0.00", "0"),
        ("12.50", "12.5"),
        ("1E-5", "0.00001"),
        ("123456789012345678901234567890.12345", "123456789012345678901234567890.12345"),
        ("-100", "-100"),
    ],
)
def test_a_decimal_is_written_plainly_and_exactly(number: str, written: str) -> None:
    assert canonical.dump(Item("x", unit_price=Decimal(number)))["unit_price"] == written
    assert canonical.load(Item, {"name": "x", "unit_price": written}).unit_price == Decimal(number)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1E+999999999", "1E-999999999"])
def test_what_is_no_number_of_a_record_is_not_written(number: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        canonical.dumps(Item("x", unit_price=Decimal(number)))


def test_one_moment_in_two_zones_gives_equal_bytes() -> None:
    utc = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    west = utc.astimezone(dt.timezone(dt.timedelta(hours=-8)))
    assert canonical.dumps(Pull(Kind.ITEM, utc)) == canonical.dumps(Pull(Kind.ITEM, west))


@given(st.dictionaries(texts, texts, max_size=5))
def test_the_order_of_a_mapping_does_not_matter(pairs: dict[str, str]) -> None:
    backwards = dict(reversed(pairs.items()))
    assert canonical.dumps(Books("B", preferences=pairs)) == canonical.dumps(
        Books("B", preferences=MappingProxyType(backwards))
    )


def test_different_values_give_different_bytes() -> None:
    others = [
        replace(INVOICE, memo=""),
        replace(INVOICE, total=Money(2500, "EUR")),
        replace(INVOICE, total=Money(2501, "USD")),
        replace(INVOICE, lines=()),
        replace(INVOICE, lines=INVOICE.lines * 2),
        replace(INVOICE, custom={"a": ""}),
        replace(INVOICE, customer=replace(INVOICE.customer, kind=Kind.VENDOR)),
    ]
    assert len({canonical.dumps(one) for one in (INVOICE, *others)}) == len(others) + 1


def test_what_a_record_must_have_is_written_even_when_it_is_empty() -> None:
    empty = replace(INVOICE, lines=())
    assert canonical.dump(empty)["lines"] == []
    assert canonical.loads(Invoice, canonical.dumps(empty)) == empty
    assert canonical.loads(Batch, canonical.dumps(Batch("0" * 20, ()))) == Batch("0" * 20, ())


def test_an_address_without_parts_is_not_no_address() -> None:
    there = replace(INVOICE, bill_to=Address())
    assert canonical.loads(Invoice, canonical.dumps(there)) == there
    assert canonical.dumps(there) != canonical.dumps(INVOICE)


def test_a_tuple_of_records_is_written_and_read() -> None:
    two: tuple[Operation, ...] = (Identify(), Find(Kind.ITEM, name="x"))
    assert canonical.loads(tuple[Operation, ...], canonical.dumps(two)) == two


def test_half_a_surrogate_pair_is_refused_and_not_replaced() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        canonical.dumps(replace(INVOICE, memo="\ud800"))


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), [1]])
def test_a_value_of_another_kind_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        canonical.dumps(value)


def test_what_was_read_cannot_be_changed() -> None:
    read = canonical.load(Books, {"is": "Books", "name": "B", "preferences": {"a": "1"}})
    with pytest.raises(TypeError):
        read.preferences["a"] = "2"  # type: ignore[index]


# ---- foreign and hostile JSON

_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from(["Invoice", "1 USD"]))
_json = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
def test_a_document_with_any_part_replaced_is_read_rightly_or_refused(kind: type, data: st.DataObject) -> None:
    good = canonical.dump(data.draw(of(kind)))
    bad = _replaced(copy.deepcopy(good), data)
    try:
        value: Any = canonical.load(kind, bad)
    except REFUSALS:
        return
    _check_types(value)


@given(_json)
def test_foreign_json_is_refused(foreign: Any) -> None:
    with pytest.raises(REFUSALS):
        canonical.load(Invoice, foreign)


@given(st.one_of(st.binary(), texts))
def test_what_is_not_json_is_refused(text: bytes | str) -> None:
    with pytest.raises(REFUSALS):
        canonical.loads(Invoice, text)


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"a":' * 200_000, "1" * 10_000, "NaN", '{"is":"Invoice","is":"Invoice"}', "\ufeff{}", "null", ""],
    ids=["lists", "objects", "digits", "NaN", "twice", "mark", "null", "empty"],
)
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(REFUSALS):
        canonical.loads(Batch, text)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Item, {"name": "x", "unit_price": 1}),
        (Item, {"name": "x", "unit_price": 1.5}),
        (Item, {"name": "x", "unit_price": "1E+3"}),
        (Item, {"name": "x", "unit_price": "NaN"}),
        (Item, {"name": "x", "unit_price": " 1"}),
        (Item, {"name": "x", "unit_price": "1" * 200}),
        (Item, {"name": 5}),
        (Item, {"name": "x", "active": "false"}),
        (Item, {"name": "x", "active": 0}),
        (Item, {"name": "x", "colour": "red"}),
        (Item, {"is": "Customer", "name": "x"}),
        (Item, {}),
        (Item, []),
        (Item, "x"),
        (Item, None),
        (Customer, {"name": "x", "parent": {"kind": "nothing", "name": "p"}}),
        (Customer, {"name": "x", "parent": {"kind": ["customer"], "name": "p"}}),
        (Customer, {"name": "x", "billing_address": "1 Main Street"}),
        (Create, {"is": "Create", "record": {"is": "Payment"}}),
        (Create, {"is": "Create", "record": None}),
        (Batch, {"is": "Batch", "key": "k", "operations": "Identify"}),
        (Batch, {"is": "Batch", "key": "k", "operations": {"is": "Identify"}}),
        (Batch, {"is": "Batch", "key": "k", "operations": ""}),
        (Batch, {"is": "Batch", "key": "k", "operations": {}}),
        (Batch, {"is": "Batch", "key": "k", "operations": [{"is": "Batch"}]}),
        (Batch, {"is": "Batch", "key": "k", "operations": [{}]}),
        (Entry, {"kind": "invoice", "books_id": "1", "total": "12.5 USD"}),
        (Entry, {"kind": "invoice", "books_id": "1", "total": "12.50"}),
        (Entry, {"kind": "invoice", "books_id": "1", "total": 12.5}),
        (Entry, {"kind": "invoice", "books_id": "1", "date": "2026-02-30"}),
        (Entry, {"kind": "invoice", "books_id": "1", "changed": "yesterday"}),
        (Books, {"name": "B", "preferences": [["a", "b"]]}),
        (Books, {"name": "B", "preferences": {"a": 1}}),
    ],
)
def test_json_that_says_something_else_is_refused(kind: type, data: Any) -> None:
    with pytest.raises(REFUSALS):
        canonical.load(kind, data)


def _replaced(data: Any, draw: st.DataObject) -> Any:
    """The document with one part, at any depth, replaced, removed or added."""
    if isinstance(data, dict) and data and draw.draw(st.booleans()):
        key = draw.draw(st.sampled_from(sorted(data)))
        return {**data, key: _replaced(data[key], draw)}
    if isinstance(data, list) and data and draw.draw(st.booleans()):
        return [*data[:-1], _replaced(data[-1], draw)]
    if isinstance(data, dict) and data and draw.draw(st.booleans()):
        gone = draw.draw(st.sampled_from(sorted(data)))
        return {key: part for key, part in data.items() if key != gone}
    return draw.draw(_json)


def _check_types(value: Any) -> None:
    """What was read holds only values of the kinds that its type hints name."""
    hints = get_type_hints(type(value))
    for part in fields(value):
        held = getattr(value, part.name)
        if held is None:
            assert type(None) in get_args(hints[part.name]), part.name
        elif hasattr(held, "__dataclass_fields__"):
            _check_types(held)
        elif isinstance(held, tuple | Mapping):
            inside = held.values() if isinstance(held, Mapping) else held
            assert all(not isinstance(one, dict | list | float) for one in inside)
        else:
            assert isinstance(held, str | bool | int | Decimal | dt.date), (part.name, held)
