"""Writing JSON for QuickBooks Online: exact numbers, and the same value always as the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring

from dray_sdk import LocalProtocolError, Money

Content = Mapping[str, object]
"""An object to write: names to texts, truths, whole numbers, `Decimal`, `Money`, lists and further objects. A member
that is None is left out: QuickBooks Online leaves unset members out too, and reads null as "make it empty"."""


def document(content: Content) -> bytes:
    """The object as UTF-8. Numbers are written digit for digit from decimals, never by way of a float.

    Raises LocalProtocolError for a text that UTF-8 cannot carry (half of a surrogate pair).
    """
    parts: list[str] = []
    _object(content, parts)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"a text cannot be written: {error.reason}") from error


def _object(content: Content, parts: list[str]) -> None:
    mark = "{"
    for name, value in content.items():
        if value is None:
            continue
        parts.append(f"{mark}{encode_basestring(name)}:")
        _WRITERS[type(value)](value, parts)
        mark = ","
    parts.append("{}" if mark == "{" else "}")


def _array(values: Sequence[object], parts: list[str]) -> None:
    mark = "["
    for value in values:
        parts.append(mark)
        _WRITERS[type(value)](value, parts)
        mark = ","
    parts.append("[]" if mark == "[" else "]")


def _number(value: Decimal, parts: list[str]) -> None:
    if not value.is_finite():
        raise LocalProtocolError(f"{value} is no number that JSON can carry")
    parts.append(f"{value:f}" if value else "0")


_WRITERS: Mapping[type, Callable[..., None]] = {
    str: lambda value, parts: parts.append(encode_basestring(value)),
    bool: lambda value, parts: parts.append("true" if value else "false"),
    int: lambda value, parts: parts.append(str(value)),
    Money: lambda value, parts: parts.append(str(value)),
    Decimal: _number,
    dict: _object,
    list: _array,
    tuple: _array,
}
