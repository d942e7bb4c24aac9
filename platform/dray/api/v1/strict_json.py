"""JSON as callers send it, read without surprises: what is unclear or hostile is refused with a sentence."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn


class NotJson(ValueError):
    """The body is not JSON that can be taken; the message is for people."""


def read(body: bytes) -> Any:
    """The value of a JSON text. Numbers with a fraction or an exponent become exact Decimals.

    Raises NotJson for anything that is not one JSON value in UTF-8, for NaN and Infinity, for a key given twice, for
    nesting and for numbers beyond all use.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8 text.") from None
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_such_number, object_pairs_hook=_keys_given_once)
    except NotJson:
        raise
    except RecursionError:
        raise NotJson("The body is nested too deeply.") from None
    except json.JSONDecodeError as wrong:
        raise NotJson(f"The body is not JSON: {wrong.msg} at line {wrong.lineno}, column {wrong.colno}.") from None
    except (ValueError, ArithmeticError):
        # Python refuses integers of thousands of digits before they cost anything.
        raise NotJson("The body holds a number that is too long.") from None


def _no_such_number(name: str) -> NoReturn:
    raise NotJson(f"{name} is not a JSON number.")


def _keys_given_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise NotJson(f"The key {json.dumps(twice)} is given twice in one object.")
    return value
