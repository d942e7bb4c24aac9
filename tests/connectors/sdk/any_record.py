"""Values of every kind that the interface can carry, drawn at random from the type hints themselves.

So a field that is added tomorrow is drawn tomorrow, without anybody thinking of it.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from dray_sdk import Address, Batch, Books, Customer, Entry, Invoice, Item, Line, Money, Operation, Payment, Reference

CURRENCIES = ("USD", "EUR", "JPY", "KWD", "CLF")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
decimals = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=5),
    st.builds(lambda digits, places: Decimal(digits).scaleb(places), st.integers(-(10**6), 10**6), st.integers(-6, 9)),
    st.sampled_from([Decimal("1E+3"), Decimal("-0"), Decimal("0E+5"), Decimal("0.00000")]),
)
moneys = st.builds(Money, st.integers(-(10**40), 10**40), st.sampled_from(CURRENCIES))
times = st.datetimes(
    dt.datetime(1990, 1, 1),  # noqa: DTZ001  the zone is drawn beside it
    dt.datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.one_of(st.just(dt.UTC), st.integers(-840, 840).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))),
)

_DRAWN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(0, 10**6),
    bool: st.booleans(),
    Decimal: decimals,
    Money: moneys,
    dt.date: st.dates(),
    dt.datetime: times,
}


@cache
def of(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a field with this type hint may have."""
    if hint in _DRAWN:
        return _DRAWN[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if part is type(None) else of(part) for part in parts))
    if origin is tuple and parts[1:] == (Ellipsis,):
        return st.lists(of(parts[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(of, parts))
    if origin is Mapping:
        return st.dictionaries(of(parts[0]), of(parts[1]), max_size=3).map(types.MappingProxyType)
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    hints = get_type_hints(hint)
    return st.builds(hint, **{part.name: of(hints[part.name]) for part in fields(hint)})


KINDS: tuple[type, ...] = (
    *get_args(Operation), Address, Batch, Books, Customer, Entry, Invoice, Item, Line, Payment, Reference,
)  # fmt: skip
"""Every kind that canonical JSON is asked to carry."""
