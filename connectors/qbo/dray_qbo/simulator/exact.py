"""JSON in which no amount ever is a float: numbers with a point are read and written as decimals."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii
from typing import Any

CENT = Decimal("0.01")
# json's types leave out that the C function is the public one where it exists.
_quoted: Callable[[str], str] = encode_basestring_ascii


def read(text: str | bytes) -> Any:
    """What the JSON text says. ValueError where it is no JSON; NaN and Infinity are none."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def write(value: Any) -> str:
    """JSON of dicts, lists, strings, booleans, None, whole numbers and decimals. TypeError for anything else."""
    match value:
        case str():
            return _quoted(value)
        case True:
            return "true"
        case False:
            return "false"
        case None:
            return "null"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join([f"{_quoted(key)}:{write(part)}" for key, part in value.items()]) + "}"
        case list() | tuple():
            return "[" + ",".join([write(part) for part in value]) + "]"
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def rounded(amount: Decimal) -> Decimal:
    """To the cent, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal | int) -> Decimal | int:
    """As QuickBooks Online writes amounts: 100.0, 337.5, 26.06, and 0 for nothing."""
    cents = rounded(Decimal(amount))
    if not cents:
        return 0
    short = cents.normalize()
    return short.quantize(Decimal("0.1")) if int(short.as_tuple().exponent) > -1 else short


def plain(number: Decimal | int) -> Decimal | int:
    """As QuickBooks Online writes quantities, prices and percents: 75, 4.5."""
    exact = Decimal(number)
    return int(exact) if exact == exact.to_integral_value() else exact.normalize()


def decimal(value: Any) -> Decimal | None:
    """A number that came as a number or as text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
